import type {
  ColumnPolicy,
  DataSchema,
  FairnessRules,
  NetworkTraining,
  PromotionTerms,
  Recipe,
  Settings,
} from "filiera/pipelines";

/** The name of the model in MLflow. */
export const name = "scan-findings";

/** Our image `steps-pytorch`, where this project's registry has it. */
export const image = "registry.example.com/filiera/steps-pytorch:1";

/** The Secret that says where MLflow is, in the namespace of the runs. */
export const secret = "mlflow-pipelines";

/** The Secret that says where serving requests go, there as well. */
export const requests = "serving-requests";

/** The PersistentVolumeClaim with the keys of patients, there as well. */
export const claim = "keys";

/** Where the network learns in a cluster: one GPU, in a pool whose taint keeps others away. Here it learns on the CPU. */
export const gpu = {
  resources: { accelerator: { type: "nvidia.com/gpu", count: 1 } },
  kubernetes: {
    pool: {
      nodeSelector: { "example.com/pool": "gpu" },
      tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
    },
  },
} as const satisfies Settings;

/** What of patients is taken in; deleting one's key leaves nothing that leads back to them. */
export const policy = {
  subject: "patient",
  retention: { days: 365 },
  columns: { patient: "pseudonymise", site: "keep", sex: "keep", age: "keep", finding: "keep", pixels: "keep" },
} as const satisfies ColumnPolicy;

/** What a table of scans is: 32 rows of 32 pixels each, from black to white. */
export const schema = {
  columns: {
    patient: { type: "category", role: "id" },
    pixels: { type: "array", shape: [32, 32], min: 0, max: 1 },
    site: { type: "category", role: "sensitive", values: ["a", "b"] },
    sex: { type: "category", role: "sensitive", values: ["f", "m"] },
    age: { type: "category", role: "sensitive", values: ["60 or more", "under 60"] },
    finding: { type: "boolean", role: "target" },
  },
} as const satisfies DataSchema;

/** Scans of one patient are learnt from or judged by, never both. */
export const recipe = { together: "patient" } as const satisfies Recipe;

export const training = { epochs: 12, learning_rate: 0.003, filters: 8 } as const satisfies NetworkTraining;

/** What metrics are told by. */
export const slices = ["site", "sex", "age"];

/** Findings are found alike, whoever is looked at and with whatever scanner. */
export const fairness = {
  sensitive: ["site", "sex", "age"],
  intersections: false,
  limits: { equal_opportunity_difference: 0.15 },
} as const satisfies FairnessRules;

/** What it takes to be the champion. */
export const terms = { floor: 0.8, margin: 0.02 } as const satisfies PromotionTerms;
