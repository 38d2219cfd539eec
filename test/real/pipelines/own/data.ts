import {
  artifactOf,
  artifactsOf,
  boolean,
  choice,
  classificationMetrics,
  concat,
  containerStep,
  dataset,
  double,
  executorInput,
  html,
  ifPresent,
  integer,
  list,
  markdown,
  metrics,
  model,
  pipeline,
  string,
  struct,
  text,
  workspacePath,
} from "../../../../pipelines/index.ts";
import { count, join, judge, measure, prepare, say, scale, train, tune, twice } from "./steps.ts";

const image = "busybox:1.37";

export const parameters = pipeline(
  {
    name: "parameters",
    description: "Every kind of parameter.",
    inputs: {
      words: string({ description: "What is said." }),
      number: integer({ default: 3 }),
      ratio: double({ default: 0.25 }),
      really: boolean({ default: false }),
      order: list({ default: [1, "two", { three: true }] }),
      space: struct({ default: { rate: 0.5, deep: { inner: "x" } } }),
      mode: choice(["fast", "slow"], { default: "fast" }),
      maybe: string({ optional: true }),
    },
    outputs: { said: string() },
  },
  (steps, inputs) => {
    const said = steps.run(say, { words: inputs.words });
    steps.run(say, { words: inputs.mode });
    steps.run(say, { words: inputs.maybe });
    steps.run(count, { number: inputs.number });
    steps.run(scale, { number: inputs.ratio, really: inputs.really });
    steps.run(tune, { space: inputs.space, order: inputs.order });
    return { said: said.output };
  },
);

export const constants = pipeline({ name: "constants" }, (steps) => {
  steps.run(say, { words: "a 'quoted' text: with \"marks\"\nand lines" });
  steps.run(count, { number: 7 });
  steps.run(scale, { number: 2, really: false });
  steps.run(tune, { space: { rates: [0.1, 0.2], depth: 3, names: { a: "b" } }, order: [1, "x", "y", [2, 3]] });
});

export const texts = pipeline({ name: "texts", inputs: { who: string(), age: integer() } }, (steps, { who, age }) => {
  const said = steps.run(say, { words: text`hello ${who}, ${age} years` });
  steps.run(say, { words: text`they said: ${said.output}` });
  steps.run(tune, {
    space: { name: text`model of ${who}`, last: said.output, deep: { age: text`${age}` } },
    order: [who, text`${said.output}!`],
  });
});

const show = containerStep({
  name: "show",
  inputs: { table: dataset(), picture: html({ optional: true }) },
  outputs: { numbers: metrics(), curve: classificationMetrics(), page: html(), notes: markdown() },
  container: ({ inputs, outputs }) => ({
    image,
    command: ["show", inputs.table.path, inputs.table.uri, inputs.table.metadata(), inputs.table.metadata("rows")],
    args: [outputs.numbers.path, outputs.curve.path, outputs.page.uri, outputs.notes.metadata("title")],
  }),
});
export const artifacts = pipeline(
  {
    name: "artifacts",
    description: "Artifacts.",
    inputs: { given: dataset({ description: "A table." }), maybe: html({ optional: true }) },
    outputs: { model: model(), numbers: metrics(), score: double() },
  },
  (steps, { given, maybe }) => {
    const shown = steps.run(show, { table: given, picture: maybe });
    const trained = steps.run(train, { table: steps.run(prepare, { rows: 5 }).output, rate: 0.1 });
    steps.run(judge, { model: trained.outputs.model });
    return { model: trained.outputs.model, numbers: shown.outputs.numbers, score: trained.outputs.score };
  },
);

const scan = containerStep({
  name: "scan",
  outputs: { picture: artifactOf("system.Scan"), newer: artifactOf("system.Report", { version: "2.1.0" }) },
  container: { image },
});
const read = containerStep({ name: "read", inputs: { picture: artifactOf("system.Scan") }, container: { image } });
export const lists = pipeline(
  { name: "lists", inputs: { tables: artifactsOf(dataset()) }, outputs: { table: dataset() } },
  (steps, { tables }) => {
    steps.run(read, { picture: steps.run(scan, {}).outputs.picture });
    return { table: steps.run(join, { tables }).output };
  },
);

const command = containerStep({
  name: "command",
  inputs: { table: dataset(), words: string(), maybe: string({ optional: true }), limit: integer({ default: 3 }) },
  outputs: { table2: dataset(), lines: list() },
  container: ({ inputs, outputs }) => ({
    image,
    command: ["program", `--words=${inputs.words}`, concat("--table=", inputs.table.uri, "/", inputs.words)],
    args: [
      ifPresent("maybe", ["--maybe", inputs.maybe], ["--none"]),
      ifPresent("limit", concat("--limit=", inputs.limit)),
      concat("a", ifPresent("maybe", inputs.maybe, "nothing"), "é"),
      "--input",
      executorInput,
      outputs.lines.path,
      outputs.table2.uri,
    ],
    env: { LEVEL: "info", EMPTY: "" },
  }),
});
export const words = pipeline({ name: "words" }, (steps) => {
  steps.run(command, { table: steps.run(prepare, {}).output, words: "x" }, { env: { MORE: "yes" } });
});

export const python = pipeline(
  { name: "python", outputs: { most: double(), metrics: metrics(), doubled: integer() } },
  (steps) => {
    const measured = steps.run(measure, { table: steps.run(prepare, {}).output, label: "rows" });
    steps.run(measure, { table: steps.run(prepare, {}).output, scale: 2.5 });
    const doubled = steps.run(twice, { number: 21 });
    return { most: measured.outputs.most, metrics: measured.outputs.metrics, doubled: doubled.output };
  },
);

export const imports = pipeline({ name: "imports", inputs: { uri: string(), owner: string() } }, (steps, inputs) => {
  const fixed = steps.import({ uri: "s3://bucket/table.csv", type: dataset(), metadata: { rows: 3, of: ["a", "b"] } });
  const later = steps.import(
    {
      uri: inputs.uri,
      type: model(),
      again: true,
      metadata: { owner: inputs.owner, note: text`of ${inputs.owner}`, place: inputs.uri },
    },
    { cache: false, displayName: "The model" },
  );
  const made = steps.run(say, { words: "s3://bucket/other" });
  const chained = steps.import({ uri: made.output, type: dataset() });
  steps.run(train, { table: fixed.output });
  steps.run(train, { table: chained.output });
  steps.run(judge, { model: later.output });
});

const inWorkspace = containerStep({
  name: "in-workspace",
  container: { image, command: ["ls"], args: [workspacePath] },
});
export const workspace = pipeline(
  {
    name: "workspace",
    workspace: { size: "10Gi", claim: { storageClassName: "fast", accessModes: ["ReadWriteMany"] } },
    timeout: "2h",
    keep: { ended: "1d", succeeded: "1h", failed: "7d" },
  },
  (steps) => {
    const imported = steps.import({ uri: "s3://bucket/table.csv", type: dataset(), toWorkspace: true });
    steps.run(train, { table: imported.output });
    steps.run(inWorkspace, {});
  },
);

export const headed = pipeline(
  {
    name: "headed",
    displayName: "With a head",
    description: "Its storage is\nits own.",
    storage: "s3://bucket/runs",
  },
  (steps) => {
    steps.run(say, { words: "hello" });
  },
);
