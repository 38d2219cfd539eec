import { dataset, double, integer, metrics, model, pipeline, pythonStep } from "filiera/pipelines";
import { defaults } from "./config.ts";

const file = (name: string) => new URL(name, import.meta.url);

const prepare = pythonStep({
  file: file("prepare.py"),
  inputs: { rows: integer(), test_share: double(), seed: integer() },
  outputs: { train: dataset(), test: dataset() },
});
const train = pythonStep({
  file: file("train.py"),
  inputs: { data: dataset() },
  outputs: { model: model() },
});
const evaluate = pythonStep({
  file: file("evaluate.py"),
  inputs: { model: model(), data: dataset() },
  outputs: { metrics: metrics(), error: double(), baseline: double() },
});

/** Learns a line from some rows, and measures it on the others. */
export const starterPipeline = pipeline(
  {
    name: "starter",
    inputs: {
      rows: integer({ default: defaults.rows }),
      test_share: double({ default: defaults.test_share }),
      seed: integer({ default: defaults.seed }),
    },
    outputs: { model: model(), error: double(), baseline: double() },
  },
  (steps, { rows, test_share, seed }) => {
    const { train: learn, test } = steps.run(prepare, { rows, test_share, seed }).outputs;
    const trained = steps.run(train, { data: learn });
    const { error, baseline } = steps.run(evaluate, { model: trained.output, data: test }).outputs;
    return { model: trained.output, error, baseline };
  },
);
