import type {
  ColumnPolicy,
  DataSchema,
  FairnessRules,
  PromotionTerms,
  Recipe,
  RecordColumns,
  TrafficPlan,
} from "filiera/pipelines";

/** The name of the model in MLflow. */
export const name = "card-fraud";

/** Our image `steps`, where this project's registry has it. */
export const image = "registry.example.com/filiera/steps:1";

/** The Secret that says where MLflow is, in the namespace of the runs. */
export const secret = "mlflow-pipelines";

/** The Secret that says where serving requests go, there as well. */
export const requests = "serving-requests";

/** The PersistentVolumeClaim with the keys of cardholders, there as well. */
export const claim = "keys";

/** The Secret with the key of who may read what an ingestion took from a topic, there as well. */
export const lake = "payments-lake";

/** What of cardholders is taken in; deleting one's key leaves nothing that leads back to them. */
export const policy = {
  subject: "cardholder",
  retention: { days: 365 },
  columns: {
    // by the number of a payment the bank would know whose it was
    payment: "pseudonymise",
    cardholder: "pseudonymise",
    born: { generalise: "decade" },
    time: "keep",
    amount: "keep",
    kilometres: "keep",
    minutes_since_last: "keep",
    merchant: "keep",
    district: "keep",
    card_present: "keep",
    origin: "keep",
    age: "keep",
    fraud: "keep",
  },
} as const satisfies ColumnPolicy;

/** The fields of payments in a topic, and the columns that an ingestion makes of them by the same policy. */
export const columns = {
  payment: "text",
  cardholder: "text",
  born: "text",
  time: "time",
  amount: "number",
  kilometres: "number",
  minutes_since_last: "number",
  merchant: "text",
  district: "text",
  card_present: "boolean",
  origin: "text",
  age: "text",
  fraud: "boolean",
} as const satisfies RecordColumns;

/** What an ingestion has treated stays as it is, for as long. */
export const treated = {
  retention: policy.retention,
  columns: Object.fromEntries(Object.keys(columns).map((name) => [name, "keep"] as const)),
} satisfies ColumnPolicy;

/** What a table of card payments is. */
export const schema = {
  columns: {
    payment: { type: "category", role: "id" },
    cardholder: { type: "category", role: "id" },
    time: { type: "time", role: "time" },
    amount: { type: "number", min: 0, max: 100_000 },
    kilometres: { type: "number", min: 0, max: 20_000 },
    minutes_since_last: { type: "number", min: 0, missing: 0.05 },
    merchant: { type: "category", values: ["fuel", "grocery", "online", "restaurant", "travel"] },
    district: { type: "category" },
    card_present: { type: "boolean" },
    // nobody is judged by these, but models are judged by how they treat them
    origin: { type: "category", role: "sensitive", values: ["a", "b"] },
    born: { type: "category", role: "sensitive" },
    age: { type: "category", role: "sensitive", values: ["60 or more", "under 60"] },
    fraud: { type: "boolean", role: "target" },
  },
} as const satisfies DataSchema;

/** Learnt from the first half of the time, judged by the last fifteen hundredths. */
export const recipe = {
  log: ["amount", "kilometres", "minutes_since_last"],
  clock: ["time"],
  split: "time",
} as const satisfies Recipe;

/** What metrics are told by. */
export const slices = ["origin", "age", "merchant"];

/**
 * About 5 payments in 100 are fraud, whoever pays, and so the shares that are stopped should be alike. Limits by label,
 * such as equalized odds, would measure with labels that may be biased themselves.
 */
export const fairness = {
  sensitive: ["origin", "age"],
  limits: { demographic_parity_difference: 0.035 },
} as const satisfies FairnessRules;

/** What it takes to be the champion. */
export const terms = { floor: 0.7, margin: 0.02 } as const satisfies PromotionTerms;

/** A new champion decides about 5 payments in 100 for an hour, then about half of them for a day. */
export const traffic = {
  steps: [
    { percent: 5, minutes: 60 },
    { percent: 50, minutes: 24 * 60 },
    { percent: 100, minutes: 0 },
  ],
} as const satisfies TrafficPlan;
