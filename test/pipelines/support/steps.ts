import {
  artifactsOf,
  containerStep,
  dataset,
  double,
  finalStatus,
  integer,
  model,
  string,
} from "../../../pipelines/index.ts";

const container = { image: "busybox:1.37" };

/** Steps for tests that look at how steps hang together, not at what they do. */
export const prepare = containerStep({ name: "prepare", outputs: { table: dataset(), rows: integer() }, container });
export const train = containerStep({
  name: "train",
  inputs: { table: dataset(), rate: double({ default: 0.1 }) },
  outputs: { model: model(), score: double() },
  container,
});
export const say = containerStep({
  name: "say",
  inputs: { words: string() },
  outputs: { Output: string() },
  container,
});
export const join = containerStep({ name: "join", inputs: { tables: artifactsOf(dataset()) }, container });
export const wake = containerStep({ name: "wake", inputs: { status: finalStatus() }, container });
