import {
  boolean,
  dataset,
  double,
  equal,
  integer,
  model,
  oneOf,
  pipeline,
  string,
} from "../../../../pipelines/index.ts";
import { count, prepare, say, train, wake } from "./steps.ts";

const greet = pipeline(
  { name: "greet", inputs: { who: string({ default: "you" }) }, outputs: { said: string() } },
  (steps, { who }) => {
    steps.run(say, { words: "hello" });
    return { said: steps.run(say, { words: who }).output };
  },
);

const fit = pipeline(
  {
    name: "fit",
    inputs: { table: dataset(), rate: double({ default: 0.3 }) },
    outputs: { model: model(), score: double() },
  },
  (steps, { table, rate }) => {
    const trained = steps.run(train, { table, rate }, { resources: { cpuLimit: 2 } });
    return { model: trained.outputs.model, score: trained.outputs.score };
  },
);

export const nested = pipeline({ name: "nested", outputs: { score: double() } }, (steps) => {
  const first = steps.run(greet, {});
  const second = steps.run(greet, { who: first.output }, { displayName: "again", cache: false });
  steps.run(say, { words: second.output });
  const fitted = steps.run(fit, { table: steps.run(prepare, {}).output, rate: 0.9 }, { retry: { times: 1 } });
  return { score: fitted.outputs.score };
});

const outer = pipeline({ name: "outer", inputs: { who: string() }, outputs: { said: string() } }, (steps, { who }) => {
  steps.forEach([1, 2], (steps, number) => {
    steps.run(count, { number });
    steps.run(greet, { who });
  });
  return { said: steps.run(greet, { who }).output };
});

export const nestedTwice = pipeline({ name: "nested-twice", inputs: { really: boolean() } }, (steps, { really }) => {
  steps.forEach(["a", "b"], (steps, who) => {
    steps.run(outer, { who });
  });
  const yes = steps.when(equal(really, true), (steps) => steps.run(outer, { who: "yes" }));
  const no = yes.otherwise((steps) => steps.run(greet, { who: "no" }));
  steps.run(say, { words: oneOf(yes.result.output, no.result.output) });
});

export const watched = pipeline(
  { name: "watched", inputs: { who: string(), many: integer() } },
  (steps, { who, many }) => {
    const before = steps.run(count, { number: many });
    const handled = steps.onExit(
      wake,
      { who },
      (steps) => {
        const counted = steps.run(count, { number: before.output });
        steps.when(equal(counted.output, many), (steps) => {
          steps.run(say, { words: who });
        });
        steps.forEach([1, 2], (steps, number) => {
          steps.run(count, { number });
        });
      },
      { displayName: "the work", settings: { cache: false, displayName: "tell" } },
    );
    steps.run(say, { words: "after all" }).after(handled);
  },
);

export const watchedByPipeline = pipeline({ name: "watched-by-pipeline" }, (steps) => {
  steps.onExit(greet, { who: "the end" }, (steps) => {
    steps.run(greet, {});
    steps.run(say, { words: "work" });
  });
  steps.onExit(say, { words: "second" }, (steps) => {
    steps.run(say, { words: "more" });
  });
});

export const anyway = pipeline({ name: "anyway" }, (steps) => {
  const said = steps.run(say, { words: "may fail" });
  steps.run(wake, { who: "me" }, { ignoreUpstreamFailure: true }).after(said);
  steps.run(say, { words: "clean up" }, { ignoreUpstreamFailure: true }).after(said);
});

export const settled = pipeline({ name: "settled" }, (steps) => {
  steps.run(say, { words: "a" }, { cache: false, displayName: "Say a" });
  steps.run(say, { words: "b" }, { cache: { key: "b of today" } });
  steps.run(say, { words: "c" }, { retry: { times: 3 } });
  steps.run(say, { words: "d" }, { retry: { times: 0, wait: "30s", factor: 1.5, longest: "2h" } });
});
