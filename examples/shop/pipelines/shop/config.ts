import type { ColumnPolicy, DataSchema, RankingRules, RankingTerms } from "filiera/pipelines";

/** The names of the models in MLflow. */
export const names = { recommendations: "recommendations" };

/** Our image `steps`, where this project's registry has it. */
export const image = "registry.example.com/filiera/steps:1";

/** The Secret that says where MLflow is, in the namespace of the runs. */
export const secret = "mlflow-pipelines";

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
