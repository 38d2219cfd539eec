import {
  boolean,
  dataset,
  deploying,
  double,
  integer,
  pipeline,
  pythonStep,
  stepLibrary,
  string,
  tracked,
} from "filiera/pipelines";
import {
  fairness,
  image,
  name,
  recipe,
  requests,
  schema,
  secret,
  slices,
  terms,
  training,
  windowed,
  windows,
} from "./config.ts";

const library = stepLibrary({ image });
const { ingest, validateData, window, preprocess, trainSeries } = library;
const { fairnessGate, evaluate, register, promote, recordLineage, deploy } = library;
const mlflow = tracked({ secret });
const serving = { ...deploying({ mlflow: secret, requests }), cache: false };

const machines = pythonStep({
  file: new URL("machines.py", import.meta.url),
  inputs: { count: integer(), seed: integer(), drift: double() },
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

/** From sensors in CSV files to a champion: of those before, only how they looked counts. */
export const maintenanceOfFiles = pipeline(
  {
    name: "maintenance-of-files",
    inputs: { before: dataset(), now: dataset(), seed: integer({ default: 1 }) },
    outputs: results,
  },
  (steps, { before, now, seed }) => {
    const earlier = steps.run(ingest, { source: before, format: "csv" }, { displayName: "ingest what was before" });
    const taken = steps.run(ingest, { source: now, format: "csv" });
    const { valid, skewed } = steps.run(validateData, {
      data: taken.output,
      schema,
      reference: earlier.output,
    }).outputs;
    const cut = steps.run(window, { data: valid, recipe: windows });
    const parts = steps.run(preprocess, { data: cut.output, schema: windowed, recipe, seed }).outputs;
    const trained = steps.run(trainSeries, {
      data: parts.train,
      validation: parts.validation,
      parameters: training,
      seed,
    });
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
      { pipeline: "maintenance", data: taken.output, registered: registered.registered, promotion: promotion.report },
      { ...mlflow, cache: false },
    ).outputs;
    const { promoted, reason, report: decision } = promotion;
    const request = steps.run(deploy, { promotion: decision, record: recorded.head }, serving).outputs.says;
    return { version: registered.version, promoted, reason, fairness: verdict, auc: evaluated.auc, request };
  },
);

/** The same with machines that are made up. */
export const maintenance = pipeline(
  {
    name: "maintenance",
    inputs: {
      count: integer({ default: 120, description: "how many machines" }),
      drift: double({ default: 0.1, description: "by how much temperatures moved" }),
      seed: integer({ default: 1 }),
    },
    outputs: results,
  },
  (steps, { count, drift, seed }) => {
    const { before, now } = steps.run(machines, { count, drift, seed }).outputs;
    return steps.run(maintenanceOfFiles, { before, now, seed }).outputs;
  },
);
