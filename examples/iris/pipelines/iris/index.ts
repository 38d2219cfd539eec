import {
  artifactsOf,
  atLeast,
  classificationMetrics,
  collected,
  dataset,
  double,
  integer,
  listOf,
  markdown,
  metrics,
  model,
  pipeline,
  pythonStep,
} from "filiera/pipelines";

const file = (name: string) => new URL(name, import.meta.url);
const packages = ["pandas==2.3.3", "scikit-learn==1.7.2"];

const split = pythonStep({
  file: file("split.py"),
  inputs: { test_share: double(), seed: integer() },
  outputs: { train: dataset(), test: dataset() },
  packages,
});
const train = pythonStep({
  file: file("train.py"),
  inputs: { data: dataset(), strength: double() },
  outputs: { model: model() },
  packages,
});
const evaluate = pythonStep({
  file: file("evaluate.py"),
  inputs: { model: model(), data: dataset() },
  outputs: { metrics: metrics(), confusion: classificationMetrics(), accuracy: double() },
  packages,
});
const choose = pythonStep({
  file: file("choose.py"),
  inputs: { models: artifactsOf(model()), accuracies: listOf(double()) },
  outputs: { best: model(), accuracy: double() },
});
const describe = pythonStep({
  file: file("describe.py"),
  inputs: { model: model(), accuracy: double() },
  outputs: { card: markdown() },
});

/** Trains a classifier of iris flowers at several strengths, takes the best, and describes it if it is good enough. */
export const iris = pipeline(
  {
    name: "iris",
    inputs: {
      strengths: listOf(double(), { default: [0.01, 0.1, 1, 10] }),
      test_share: double({ default: 0.3 }),
      seed: integer({ default: 1 }),
      good_enough: double({ default: 0.9 }),
    },
    outputs: { model: model(), accuracy: double() },
  },
  (steps, { strengths, test_share, seed, good_enough }) => {
    const { train: learn, test } = steps.run(split, { test_share, seed }).outputs;
    const tried = steps.forEach(
      strengths,
      (round, strength) => {
        const trained = round.run(train, { data: learn, strength });
        const evaluated = round.run(evaluate, { model: trained.output, data: test });
        return { model: trained.output, accuracy: evaluated.outputs.accuracy };
      },
      { parallelism: 2 },
    );
    const best = steps.run(choose, { models: collected(tried.model), accuracies: collected(tried.accuracy) });
    const { accuracy } = best.outputs;
    steps.when(atLeast(accuracy, good_enough), (good) => good.run(describe, { model: best.outputs.best, accuracy }));
    return { model: best.outputs.best, accuracy };
  },
);
