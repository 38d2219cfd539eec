import {
  collected,
  equal,
  greaterThan,
  integer,
  listOf,
  oneOf,
  type Pipeline,
  pipeline,
  string,
  structOf,
  text,
} from "../../../pipelines/index.ts";
import { add, concatenate, double, fit, join_, name, numbers, read, say, total, whose, write } from "./steps.ts";

/** A pipeline, and what comes of it. */
export interface Sample {
  readonly pipeline: Pipeline;
  readonly values?: readonly string[];
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Paths of tasks and how they end, as far as they matter. */
  readonly states?: Readonly<Record<string, string>>;
  /** Why kfp.local alone does not give the same. @default - it does */
  readonly kfpLocal?: string;
}

const branches = pipeline(
  { name: "branches", inputs: { number: integer() }, outputs: { word: string(), file: string() } },
  (steps, { number }) => {
    const named = steps.run(name, { total: number, word: "it's" });
    const large = steps.when(greaterThan(named.outputs.total, 10), (then) => ({
      word: then.run(say, { text: text`${named.outputs.word} large` }).output,
      file: then.run(fit, { file: then.run(write, { text: "large" }).outputs.file }).output,
    }));
    const small = large.otherwise((then) => ({
      word: then.run(say, { text: "small" }).output,
      file: then.run(fit, { file: then.run(write, { text: "small" }).outputs.file }).output,
    }));
    const word = oneOf(large.result.word, small.result.word);
    const model = oneOf(large.result.file, small.result.file);
    return { word: steps.run(say, { text: word }).output, file: steps.run(whose, { model }).output };
  },
);

const inner = pipeline(
  {
    name: "inner",
    inputs: { number: integer({ default: 20 }), note: string({ optional: true }) },
    outputs: { sum: integer() },
  },
  (steps, { number }) => ({ sum: steps.run(add, { one: number, other: 1 }).output }),
);

const adding = pipeline(
  { name: "adding", inputs: { number: integer() }, outputs: { sum: integer() } },
  (steps, { number }) => ({ sum: steps.run(add, { one: number, other: 1 }).output }),
);

/** One for each thing that a pipeline can be made of. */
export const samples: Readonly<Record<string, Sample>> = {
  artifacts: {
    pipeline: pipeline({ name: "artifacts", outputs: { text: string() } }, (steps) => ({
      text: steps.run(read, { file: steps.run(write, { text: "hello" }).outputs.file }).output,
    })),
    outputs: { text: "hello of 5" },
  },
  "the branch that is taken": {
    pipeline: branches,
    values: ["number=11"],
    outputs: { word: "it's large", file: "LARGE" },
    states: { "condition-branches-1/condition-2": "succeeded", "condition-branches-1/condition-3": "skipped" },
    kfpLocal: "it takes a condition on a named output for false",
  },
  "the other branch": {
    pipeline: branches,
    values: ["number=10"],
    outputs: { word: "small", file: "SMALL" },
    states: { "condition-branches-1/condition-2": "skipped", "condition-branches-1/condition-3": "succeeded" },
    kfpLocal: "it takes one artifact for the only one of several branches",
  },
  "a condition on the only output": {
    pipeline: pipeline({ name: "condition", outputs: { text: string() } }, (steps) => {
      const sum = steps.run(add, { one: 1, other: 2 }).output;
      const taken = steps.when(equal(sum, 3), (then) => then.run(say, { text: "three" }).output);
      const other = taken.otherwise((then) => then.run(say, { text: "another" }).output);
      return { text: oneOf(taken.result, other.result) };
    }),
    outputs: { text: "three" },
  },
  "a loop of texts, collected": {
    pipeline: pipeline({ name: "words", outputs: { text: string() } }, (steps) => {
      const said = steps.forEach(["a", "b", "c"], (round, word) => round.run(say, { text: word }).output);
      return { text: steps.run(join_, { words: collected(said) }).output };
    }),
    outputs: { text: "a-b-c" },
  },
  "a pipeline in a pipeline": {
    pipeline: pipeline({ name: "around", outputs: { sum: integer() } }, (steps) => ({
      sum: steps.run(adding, { number: steps.run(adding, { number: 1 }).output }).output,
    })),
    outputs: { sum: 3 },
    states: { "adding/add": "succeeded", "adding-2/add": "succeeded" },
  },
  "loops over lists of now, collected": {
    pipeline: pipeline({ name: "static", outputs: { total: integer() } }, (steps) => {
      const doubled = steps.forEach([1, 2, 3], (round, number) => round.run(double, { number }).output);
      return { total: steps.run(total, { numbers: collected(doubled) }).output };
    }),
    outputs: { total: 12 },
    kfpLocal: "collected integers come as floats",
  },
  "loops over parameters and outputs, with values from outside of them": {
    pipeline: pipeline(
      { name: "loops", inputs: { counts: listOf(integer(), { default: [2, 3] }) }, outputs: { total: integer() } },
      (steps, { counts }) => {
        const ten = steps.run(add, { one: 4, other: 6 }).output;
        const sums = steps.forEach(counts, (outer, count) => {
          const list = outer.run(numbers, { count }).output;
          const added = outer.forEach(list, (round, one) => round.run(add, { one, other: ten }).output);
          const sum = outer.run(total, { numbers: collected(added) }).output;
          return outer.run(add, { one: sum, other: count }).output;
        });
        return { total: steps.run(total, { numbers: collected(sums) }).output };
      },
    ),
    outputs: { total: 64 },
    states: { "for-loop-1[1]/for-loop-2[2]/add-2": "succeeded" },
    kfpLocal: "it takes the item for every output from outside",
  },
  "loops over objects": {
    pipeline: pipeline(
      {
        name: "fields",
        inputs: { pairs: listOf(structOf({ word: string(), number: integer() })) },
        outputs: { words: string() },
      },
      (steps, { pairs }) => {
        const said = steps.forEach(
          pairs,
          (round, pair) => round.run(say, { text: text`${pair.field("word")}${pair.field("number")}` }).output,
          { parallelism: 1 },
        );
        return { words: steps.run(join_, { words: collected(said), mark: "," }).output };
      },
    ),
    values: ['pairs=[{"word":"a","number":1},{"word":"b","number":2}]'],
    outputs: { words: "a1,b2" },
    kfpLocal: "numbers in objects come as floats",
  },
  "an empty list": {
    pipeline: pipeline(
      { name: "empty", inputs: { all: listOf(integer()) }, outputs: { total: integer() } },
      (steps, { all }) => {
        const doubled = steps.forEach(all, (round, number) => round.run(double, { number }).output);
        return { total: steps.run(total, { numbers: collected(doubled) }).output };
      },
    ),
    values: ["all=[]"],
    outputs: { total: 0 },
    kfpLocal: "it forgets the outputs of a loop without rounds",
  },
  "collected artifacts, and a loop over them": {
    pipeline: pipeline({ name: "files", outputs: { text: string(), models: string() } }, (steps) => {
      const files = steps.forEach(["a", "b", "c"], (round, word) => round.run(write, { text: word }).outputs.file);
      const all = collected(files);
      const models = steps.forEach(
        all,
        (round, file) => round.run(whose, { model: round.run(fit, { file }).output }).output,
      );
      return {
        text: steps.run(concatenate, { files: all }).output,
        models: steps.run(join_, { words: collected(models) }).output,
      };
    }),
    outputs: { text: "a+b+c", models: "A-B-C" },
    kfpLocal: "it looks for a list that is collected under another name",
  },
  "pipelines in pipelines, with defaults": {
    pipeline: pipeline({ name: "outer", outputs: { sum: integer() } }, (steps) => {
      const first = steps.run(inner, {}).output;
      return { sum: steps.run(inner, { number: first }).output };
    }),
    outputs: { sum: 22 },
    states: { "inner/add": "succeeded", "inner-2/add": "succeeded" },
    kfpLocal: "it cannot leave out an input without a default",
  },
  "values in texts, lists and objects": {
    pipeline: pipeline(
      { name: "texts", inputs: { rate: integer({ default: 7 }) }, outputs: { text: string() } },
      (steps, { rate }) => {
        const word = steps.run(say, {
          text: text`rate ${rate}`,
          options: { rate, all: [rate, text`${rate}%`] },
        }).output;
        return { text: steps.run(join_, { words: [word, "end"] }).output };
      },
    ),
    outputs: { text: 'rate 7{"all": [7, "7%"], "rate": 7}-end' },
    kfpLocal: "it leaves placeholders in lists and objects as they are",
  },
};
