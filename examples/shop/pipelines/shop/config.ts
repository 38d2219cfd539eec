import type {
  ColumnPolicy,
  DataSchema,
  DemandRows,
  ForecastTerms,
  RankingRules,
  RankingTerms,
  StockPolicy,
} from "filiera/pipelines";

/** The names of the models in MLflow. */
export const names = { recommendations: "recommendations", demand: "demand" };

/** Our image `steps`, where this project's registry has it. */
export const image = "registry.example.com/filiera/steps:1";

/** The Secret that says where MLflow is, in the namespace of the runs. */
export const secret = "mlflow-pipelines";

/** The Secret that says where serving requests go, there as well. */
export const requests = "serving-requests";

/** The PersistentVolumeClaim with the keys of customers, there as well. */
export const claim = "keys";

/** What of customers is taken in; deleting one's key leaves nothing that leads back to them. */
export const policy = {
  subject: "customer",
  retention: { days: 730 },
  columns: {
    customer: "pseudonymise",
    born: { generalise: "decade" },
    item: "keep",
    supplier: "keep",
    time: "keep",
  },
} as const satisfies ColumnPolicy;

/** What a table of who took what is. */
export const feedback = {
  task: "ranking",
  columns: {
    customer: { type: "category", role: "user" },
    item: { type: "category", role: "item" },
    time: { type: "time", role: "time" },
    // no model is given these, but lists are judged by them
    born: { type: "category", role: "sensitive" },
    supplier: { type: "category", role: "sensitive" },
  },
} as const satisfies DataSchema;

/** People of every age are served alike, and every supplier is shown. */
export const fairness = {
  users: ["born"],
  items: ["supplier"],
  limits: { ndcg_difference: 0.1, exposure_to_catalogue_ratio: 0.6 },
} as const satisfies RankingRules;

/** What it takes to be the champion: a tenth better than what most people took. */
export const ranking = { gain: 0.1 } as const satisfies RankingTerms;

/** What a table of sales is: a row for each item and day. Nobody is in it. */
export const sales = {
  task: "forecast",
  columns: {
    item: { type: "category", role: "item" },
    day: { type: "time", role: "time" },
    units: { type: "number", role: "target" },
    price: { type: "number", min: 0 },
    supplier: { type: "category", role: "id" },
    lead_days: { type: "number", role: "id" },
    short: { type: "number", role: "id" },
    over: { type: "number", role: "id" },
    on_hand: { type: "number", role: "id", min: 0 },
  },
} as const satisfies DataSchema;

/** What was sold is looked at over the days that a delivery takes. */
export const demand = { lead: "lead_days" } as const satisfies DemandRows;

/** As much of each item as is cheapest, by what a unit costs that is short or over. */
export const stocked = {
  costs: { short: "short", over: "over" },
  on_hand: "on_hand",
} as const satisfies StockPolicy;

/** What it takes to forecast: a twentieth better than what needs no learning. */
export const forecasting = { gain: 0.05 } as const satisfies ForecastTerms;
