import {
  boolean,
  choice,
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
  image,
  name,
  policy,
  recipe,
  requests,
  schema,
  secret,
  slices,
  terms,
  traffic,
} from "./config.ts";

const { ingest, validateData, preprocess, train, fairnessGate, evaluate, register, promote, recordLineage, deploy } =
  stepLibrary({ image });
const mlflow = tracked({ secret });
const serving = { ...deploying({ mlflow: secret, requests }), cache: false };
const keys = keyed({ claim });

const payments = pythonStep({
  file: new URL("payments.py", import.meta.url),
  inputs: { rows: integer(), seed: integer(), drift: double(), biased: boolean() },
  outputs: { before: dataset(), now: dataset() },
  image,
});

const choices = {
  estimator: choice(["logistic_regression", "hist_gradient_boosting", "random_forest"], {
    default: "hist_gradient_boosting",
  }),
  mitigation: choice(["none", "reweighing", "thresholds"], { default: "none" }),
  seed: integer({ default: 1 }),
};
const results = {
  version: string(),
  promoted: boolean(),
  reason: string(),
  fairness: string(),
  auc: double(),
  request: string(),
};

/** From payments in CSV files to a champion: of those before, only how they looked counts. */
export const fraudOfFiles = pipeline(
  {
    name: "fraud-of-files",
    inputs: { before: dataset(), now: dataset(), ...choices },
    outputs: results,
  },
  (steps, { before, now, estimator, mitigation, seed }) => {
    const earlier = steps.run(
      ingest,
      { source: before, format: "csv", policy },
      { ...keys, displayName: "ingest what was before" },
    );
    const taken = steps.run(ingest, { source: now, format: "csv", policy }, keys);
    const reference = earlier.output;
    const { valid, skewed } = steps.run(validateData, { data: taken.output, schema, reference }).outputs;
    const parts = steps.run(preprocess, { data: valid, schema, recipe, seed }).outputs;
    const trained = steps.run(train, { data: parts.train, validation: parts.validation, estimator, seed });
    const { judged, report, verdict } = steps.run(fairnessGate, {
      model: trained.output,
      train: parts.train,
      validation: parts.validation,
      test: parts.test,
      rules: { ...fairness, mitigation },
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
      { pipeline: "fraud", data: taken.output, registered: registered.registered, promotion: promotion.report },
      { ...mlflow, cache: false },
    ).outputs;
    const { promoted, reason, report: decision } = promotion;
    const request = steps.run(deploy, { promotion: decision, record: recorded.head, traffic }, serving).outputs.says;
    return { version: registered.version, promoted, reason, fairness: verdict, auc: evaluated.auc, request };
  },
);

/** The same with payments that are made up. */
export const fraud = pipeline(
  {
    name: "fraud",
    inputs: {
      rows: integer({ default: 30_000 }),
      biased: boolean({ default: false, description: "whether some honest payments were reported as fraud" }),
      drift: double({ default: 0.1, description: "by how much amounts moved" }),
      ...choices,
    },
    outputs: results,
  },
  (steps, { rows, biased, drift, estimator, mitigation, seed }) => {
    const { before, now } = steps.run(payments, { rows, biased, drift, seed }).outputs;
    return steps.run(fraudOfFiles, { before, now, estimator, mitigation, seed }).outputs;
  },
);
