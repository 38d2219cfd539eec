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
  type Refs,
  type Scope,
  stepLibrary,
  string,
  tracked,
} from "filiera/pipelines";
import {
  claim,
  columns,
  fairness,
  image,
  lake,
  name,
  policy,
  recipe,
  requests,
  schema,
  secret,
  slices,
  terms,
  traffic,
  treated,
} from "./config.ts";

const { ingest, validateData, preprocess, train, fairnessGate, evaluate, register, promote, recordLineage, deploy } =
  stepLibrary({ image });
const mlflow = tracked({ secret });
const serving = { ...deploying({ mlflow: secret, requests }), cache: false };
const keys = keyed({ claim });
const reading = {
  kubernetes: {
    secretEnv: [{ secret: lake, keys: { accessKeyId: "AWS_ACCESS_KEY_ID", secretAccessKey: "AWS_SECRET_ACCESS_KEY" } }],
  },
};

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
type Chosen = Refs<typeof choices>;
type Table = Refs<{ readonly table: ReturnType<typeof dataset> }>["table"];
const results = {
  version: string(),
  promoted: boolean(),
  reason: string(),
  fairness: string(),
  auc: double(),
  request: string(),
};

/** From payments that were taken in to a champion: of those before, only how they looked counts. */
function learn(steps: Scope, reference: Table, taken: Table, { estimator, mitigation, seed }: Chosen) {
  const { valid, skewed } = steps.run(validateData, { data: taken, schema, reference }).outputs;
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
    { pipeline: "fraud", data: taken, registered: registered.registered, promotion: promotion.report },
    { ...mlflow, cache: false },
  ).outputs;
  const { promoted, reason, report: decision } = promotion;
  const request = steps.run(deploy, { promotion: decision, record: recorded.head, traffic }, serving).outputs.says;
  return { version: registered.version, promoted, reason, fairness: verdict, auc: evaluated.auc, request };
}

/** From payments in CSV files to a champion. */
export const fraudOfFiles = pipeline(
  {
    name: "fraud-of-files",
    inputs: { before: dataset(), now: dataset(), ...choices },
    outputs: results,
  },
  (steps, { before, now, ...chosen }) => {
    const earlier = steps.run(
      ingest,
      { source: before, format: "csv", policy },
      { ...keys, displayName: "ingest what was before" },
    );
    const taken = steps.run(ingest, { source: now, format: "csv", policy }, keys);
    return learn(steps, earlier.output, taken.output, chosen);
  },
);

/** From payments that an ingestion took from a topic, and treated: each input is its folder, and between which offsets. */
export const fraudOfLake = pipeline(
  {
    name: "fraud-of-lake",
    inputs: { before: string(), now: string(), ...choices },
    outputs: results,
  },
  (steps, { before, now, ...chosen }) => {
    const earlier = steps.run(
      ingest,
      { uri: before, columns, policy: treated },
      { ...reading, displayName: "ingest what was before" },
    );
    const taken = steps.run(ingest, { uri: now, columns, policy: treated }, reading);
    return learn(steps, earlier.output, taken.output, chosen);
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
