import {
  artifactsOf,
  boolean,
  containerStep,
  dataset,
  double,
  finalStatus,
  integer,
  list,
  metrics,
  model,
  pythonStep,
  string,
  struct,
} from "../../../../pipelines/index.ts";

const image = "busybox:1.37";

/** Steps of the pipelines that are written twice; sdk/steps.py has the same. */
export const say = containerStep({
  name: "say",
  inputs: { words: string() },
  outputs: { said: string() },
  container: ({ inputs, outputs }) => ({
    image,
    command: ["sh", "-c", 'printf "%s" "$0" > "$1"'],
    args: [inputs.words, outputs.said.path],
  }),
});
export const count = containerStep({
  name: "count",
  inputs: { number: integer() },
  outputs: { next: integer() },
  container: ({ inputs, outputs }) => ({ image, command: ["count"], args: [inputs.number, outputs.next.path] }),
});
export const scale = containerStep({
  name: "scale",
  inputs: { number: double(), really: boolean({ default: true }) },
  outputs: { scaled: double() },
  container: ({ inputs, outputs }) => ({
    image,
    command: ["scale"],
    args: [inputs.number, inputs.really, outputs.scaled.path],
  }),
});
export const prepare = containerStep({
  name: "prepare",
  inputs: { rows: integer({ default: 10 }) },
  outputs: { table: dataset() },
  container: ({ inputs, outputs }) => ({ image, command: ["prepare"], args: [inputs.rows, outputs.table.path] }),
});
export const train = containerStep({
  name: "train",
  inputs: { table: dataset(), rate: double({ default: 0.5 }) },
  outputs: { model: model(), score: double() },
  container: ({ inputs, outputs }) => ({
    image,
    command: ["train"],
    args: [inputs.table.path, inputs.rate, outputs.model.path, outputs.score.path],
  }),
});
export const judge = containerStep({
  name: "judge",
  inputs: { model: model() },
  container: ({ inputs }) => ({ image, command: ["judge"], args: [inputs.model.uri] }),
});
export const join = containerStep({
  name: "join",
  inputs: { tables: artifactsOf(dataset()) },
  outputs: { table: dataset() },
  container: ({ inputs, outputs }) => ({ image, command: ["join"], args: [inputs.tables, outputs.table.path] }),
});
export const sum = containerStep({
  name: "sum",
  inputs: { numbers: list() },
  outputs: { total: integer() },
  container: ({ inputs, outputs }) => ({ image, command: ["sum"], args: [inputs.numbers, outputs.total.path] }),
});
export const names = containerStep({
  name: "names",
  outputs: { all: list() },
  container: ({ outputs }) => ({ image, command: ["names"], args: [outputs.all.path] }),
});
export const tune = containerStep({
  name: "tune",
  inputs: { space: struct(), order: list() },
  container: ({ inputs }) => ({ image, command: ["tune"], args: [inputs.space, inputs.order] }),
});
export const wake = containerStep({
  name: "wake",
  inputs: { status: finalStatus(), who: string({ default: "everybody" }) },
  container: ({ inputs }) => ({ image, command: ["wake"], args: [inputs.who, inputs.status] }),
});
export const measure = pythonStep({
  file: new URL("../steps/measure.py", import.meta.url),
  inputs: { table: dataset(), scale: double({ default: 1 }), label: string({ optional: true }) },
  outputs: { metrics: metrics(), least: double(), most: double() },
});
export const twice = pythonStep({
  file: new URL("../steps/double.py", import.meta.url),
  function: "double",
  inputs: { number: integer() },
  outputs: { Output: integer() },
  image: "python:3.12-slim",
  packages: ["numpy==2.2.6"],
});
