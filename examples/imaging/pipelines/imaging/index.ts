import {
  boolean,
  dataset,
  deploying,
  double,
  integer,
  keyed,
  pipeline,
  pythonStep,
  stepLibrary,
  string,
  tracked,
} from "filiera/pipelines";
import {
  claim,
  fairness,
  gpu,
  image,
  name,
  policy,
  recipe,
  requests,
  schema,
  secret,
  slices,
  terms,
  training,
} from "./config.ts";

const library = stepLibrary({ image });
const { ingest, validateData, preprocess, trainImages } = library;
const { fairnessGate, evaluate, register, promote, recordLineage, deploy } = library;
const mlflow = tracked({ secret });
const serving = { ...deploying({ mlflow: secret, requests }), cache: false };
const keys = keyed({ claim });

const scans = pythonStep({
  file: new URL("scans.py", import.meta.url),
  inputs: { patients: integer(), seed: integer(), shift: double() },
  outputs: { before: dataset(), now: dataset() },
  image,
});

const results = {
  version: string(),
  promoted: boolean(),
  reason: string(),
  fairness: string(),
  auc: double(),
  request: string(),
};

/** From scans in Parquet files to a champion: of those before, only how they looked counts. */
export const imagingOfFiles = pipeline(
  {
    name: "imaging-of-files",
    inputs: { before: dataset(), now: dataset(), seed: integer({ default: 1 }) },
    outputs: results,
  },
  (steps, { before, now, seed }) => {
    const earlier = steps.run(
      ingest,
      { source: before, format: "parquet", policy },
      { ...keys, displayName: "ingest what was before" },
    );
    const taken = steps.run(ingest, { source: now, format: "parquet", policy }, keys);
    const { valid, skewed } = steps.run(validateData, {
      data: taken.output,
      schema,
      reference: earlier.output,
    }).outputs;
    const parts = steps.run(preprocess, { data: valid, schema, recipe, seed }).outputs;
    const trained = steps.run(
      trainImages,
      { data: parts.train, validation: parts.validation, parameters: training, seed },
      gpu,
    );
    const { judged, report, verdict } = steps.run(fairnessGate, {
      model: trained.output,
      train: parts.train,
      validation: parts.validation,
      test: parts.test,
      rules: fairness,
    }).outputs;
    const evaluated = steps.run(evaluate, { model: judged, data: parts.test, slices }).outputs;
    const registered = steps.run(
      register,
      { model: judged, train: parts.train, evaluation: evaluated.report, fairness: report, name },
      mlflow,
    ).outputs;
    // who is the champion, and what is recorded, may have changed since it was last asked
    const promotion = steps.run(
      promote,
      { name, version: registered.version, holdout: parts.holdout, fairness: verdict, skewed, terms },
      { ...mlflow, cache: false },
    ).outputs;
    const recorded = steps.run(
      recordLineage,
      { pipeline: "imaging", data: taken.output, registered: registered.registered, promotion: promotion.report },
      { ...mlflow, cache: false },
    ).outputs;
    const { promoted, reason, report: decision } = promotion;
    const request = steps.run(deploy, { promotion: decision, record: recorded.head }, serving).outputs.says;
    return { version: registered.version, promoted, reason, fairness: verdict, auc: evaluated.auc, request };
  },
);

/** The same with scans that are made up. */
export const imaging = pipeline(
  {
    name: "imaging",
    inputs: {
      patients: integer({ default: 700, description: "who have one to three scans each" }),
      shift: double({ default: 0.01, description: "by how much scans got darker" }),
      seed: integer({ default: 1 }),
    },
    outputs: results,
  },
  (steps, { patients, shift, seed }) => {
    const { before, now } = steps.run(scans, { patients, shift, seed }).outputs;
    return steps.run(imagingOfFiles, { before, now, seed }).outputs;
  },
);
