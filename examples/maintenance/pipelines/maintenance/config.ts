import type {
  DataSchema,
  FairnessRules,
  NetworkTraining,
  PromotionTerms,
  Recipe,
  WindowRecipe,
} from "filiera/pipelines";

/** The name of the model in MLflow. */
export const name = "machine-failure";

/** Our image `steps-keras`, where this project's registry has it. */
export const image = "registry.example.com/filiera/steps-keras:1";

/** The Secret that says where MLflow is, in the namespace of the runs. */
export const secret = "mlflow-pipelines";

/** The Secret that says where serving requests go, there as well. */
export const requests = "serving-requests";

/** What a table of machines is: a row for each cycle of each. */
export const schema = {
  columns: {
    machine: { type: "category", role: "id" },
    plant: { type: "category", role: "sensitive", values: ["north", "south"] },
    line: { type: "category", role: "sensitive", values: ["1", "2", "3"] },
    cycle: { type: "number", role: "id", min: 1 },
    vibration: { type: "number", min: 0, max: 20 },
    temperature: { type: "number", min: 0, max: 200 },
    current: { type: "number", min: 0, max: 60 },
    pressure: { type: "number", min: 0, max: 20 },
    failed: { type: "boolean", role: "target" },
  },
} as const satisfies DataSchema;

/** Windows of 30 cycles, and whether the machine fails within the 20 after each. */
export const windows = {
  series: "machine",
  order: "cycle",
  values: ["vibration", "temperature", "current", "pressure"],
  event: "failed",
  length: 30,
  stride: 5,
  horizon: 20,
  keep: ["plant", "line"],
  target: "fails_soon",
} as const satisfies WindowRecipe;

/** What a table of windows is. */
export const windowed = {
  columns: {
    machine: { type: "category", role: "id" },
    plant: { type: "category", role: "sensitive" },
    line: { type: "category", role: "sensitive" },
    cycle: { type: "number", role: "id" },
    window: { type: "array", shape: [windows.length, windows.values.length] },
    fails_soon: { type: "boolean", role: "target" },
  },
} as const satisfies DataSchema;

/** Windows of one machine overlap: they are learnt from or judged by, never both. */
export const recipe = { together: "machine" } as const satisfies Recipe;

export const training = { epochs: 20, batch_size: 128, learning_rate: 0.003 } as const satisfies NetworkTraining;

/** What metrics are told by. */
export const slices = ["plant", "line"];

/** Failures are foreseen in both plants alike. */
export const fairness = {
  sensitive: ["plant"],
  limits: { equal_opportunity_difference: 0.2 },
} as const satisfies FairnessRules;

/** What it takes to be the champion. */
export const terms = { floor: 0.8, margin: 0.02 } as const satisfies PromotionTerms;
