import { describe, expect, expectTypeOf, test } from "vitest";
import {
  type ArtifactType,
  artifact,
  artifactOf,
  artifactsOf,
  boolean,
  choice,
  collected,
  compile,
  containerStep,
  dataset,
  double,
  equal,
  finalStatus,
  integer,
  lessThan,
  list,
  listOf,
  model,
  oneOf,
  type Pipeline,
  pipeline,
  type Ref,
  type Scope,
  type StringType,
  string,
  struct,
  structOf,
  text,
} from "../../../pipelines/index.ts";

const container = { image: "busybox:1.37" };
const prepare = containerStep({ name: "prepare", outputs: { table: dataset(), rows: integer() }, container });
const train = containerStep({
  name: "train",
  inputs: { table: dataset(), rate: double({ default: 0.1 }) },
  outputs: { model: model(), score: double(), name: string(), isGood: boolean() },
  container,
});
const scan = containerStep({ name: "scan", inputs: { scan: artifactOf("system.Scan") }, container });
const count = containerStep({ name: "count", inputs: { rows: integer() }, outputs: { Output: integer() }, container });
const mode = containerStep({ name: "mode", inputs: { mode: choice(["fast", "slow"]) }, container });
const sum = containerStep({ name: "sum", inputs: { numbers: listOf(integer()) }, container });
const joined = containerStep({ name: "joined", inputs: { tables: artifactsOf(dataset()) }, container });
const tune = containerStep({ name: "tune", inputs: { space: structOf({ rate: double() }) }, container });
const watch = containerStep({ name: "watch", inputs: { status: finalStatus(), who: string() }, container });
const anything = containerStep({ name: "anything", inputs: { it: artifact() }, container });

const wrap = (body: (steps: Scope) => void): Pipeline => pipeline({ name: "wrong" }, body);

/** Pipelines that must not compile as TypeScript; a program without types is told when it compiles them. */
const refusedTwice: readonly (readonly [string, () => Pipeline])[] = [
  [
    "a model at a dataset's port",
    () =>
      wrap((steps) => {
        const { table } = steps.run(prepare, {}).outputs;
        const trained = steps.run(train, { table });
        // @ts-expect-error a model is no dataset
        steps.run(train, { table: trained.outputs.model });
      }),
  ],
  [
    "a missing input",
    // @ts-expect-error the table is missing
    () => wrap((steps) => steps.run(train, {})),
  ],
  [
    "an input that the step does not have",
    // @ts-expect-error the step has no input called speed
    () => wrap((steps) => steps.run(count, { rows: 1, speed: 2 })),
  ],
  [
    "a text where a number is asked for",
    // @ts-expect-error a text is no number
    () => wrap((steps) => steps.run(count, { rows: "many" })),
  ],
  [
    "a number where a text is asked for",
    // @ts-expect-error a number is no text
    () => wrap((steps) => steps.run(mode, { mode: 1 })),
  ],
  [
    "a double's output at an integer's port",
    () =>
      wrap((steps) => {
        const { table } = steps.run(prepare, {}).outputs;
        // @ts-expect-error a double is no integer
        steps.run(count, { rows: steps.run(train, { table }).outputs.score });
      }),
  ],
  [
    "a boolean's output at a double's port",
    () =>
      wrap((steps) => {
        const { table } = steps.run(prepare, {}).outputs;
        // @ts-expect-error true or false is no number
        steps.run(train, { table, rate: steps.run(train, { table }).outputs.isGood });
      }),
  ],
  [
    "a choice that is none",
    // @ts-expect-error only fast and slow are choices
    () => wrap((steps) => steps.run(mode, { mode: "turbo" })),
  ],
  [
    "a parameter at an artifact's port",
    // @ts-expect-error a number is no dataset
    () => wrap((steps) => steps.run(train, { table: steps.run(prepare, {}).outputs.rows })),
  ],
  [
    "an artifact at a parameter's port",
    // @ts-expect-error a dataset is no number
    () => wrap((steps) => steps.run(count, { rows: steps.run(prepare, {}).outputs.table })),
  ],
  [
    "a value of now at an artifact's port",
    // @ts-expect-error a text is no dataset
    () => wrap((steps) => steps.run(train, { table: "s3://bucket/table" })),
  ],
  [
    "one artifact where a list of them is asked for",
    // @ts-expect-error a dataset is no list of datasets
    () => wrap((steps) => steps.run(joined, { tables: steps.run(prepare, {}).outputs.table })),
  ],
  [
    "an artifact of another schema of one's own",
    // @ts-expect-error a dataset is no scan
    () => wrap((steps) => steps.run(scan, { scan: steps.run(prepare, {}).outputs.table })),
  ],
  [
    "a value for the status that Kubeflow gives",
    // @ts-expect-error the status is given by Kubeflow
    () => wrap((steps) => steps.onExit(watch, { who: "me", status: "done" }, (steps) => steps.run(prepare, {}))),
  ],
  [
    "an output that is missing",
    () =>
      // @ts-expect-error the model is missing
      pipeline({ name: "wrong", outputs: { model: model() } }, (steps) => ({
        table: steps.run(prepare, {}).outputs.table,
      })),
  ],
  [
    "an output of another type",
    () =>
      // @ts-expect-error a dataset is no model
      pipeline({ name: "wrong", outputs: { model: model() } }, (steps) => {
        const { table } = steps.run(prepare, {}).outputs;
        return { model: table };
      }),
  ],
  [
    "an output of now",
    // @ts-expect-error a number of now is no output of a task
    () => pipeline({ name: "wrong", outputs: { rows: integer() } }, () => ({ rows: 1 })),
  ],
  [
    "the only output of a task that has several",
    // @ts-expect-error there are two outputs
    () => wrap((steps) => steps.run(count, { rows: steps.run(prepare, {}).output })),
  ],
  [
    "a loop's item at a port of another type",
    // @ts-expect-error a text is no number
    () => wrap((steps) => steps.forEach(["a", "b"], (steps, item) => steps.run(count, { rows: item }))),
  ],
  [
    "an artifact of a loop at a port of another type",
    () =>
      pipeline({ name: "wrong", inputs: { models: artifactsOf(model()) } }, (steps, { models }) =>
        // @ts-expect-error a model is no dataset
        steps.forEach(models, (steps, item) => steps.run(train, { table: item })),
      ),
  ],
  [
    "what is collected at a port of one",
    () =>
      wrap((steps) => {
        const counted = steps.forEach([1, 2], (steps, item) => steps.run(count, { rows: item }));
        // @ts-expect-error a list of numbers is no number
        steps.run(count, { rows: collected(counted.output) });
      }),
  ],
  [
    "a text in a list of numbers",
    // @ts-expect-error the list is of numbers
    () => wrap((steps) => steps.run(sum, { numbers: "1, 2" })),
  ],
  [
    "a text with values in it where a number is asked for",
    // @ts-expect-error a text is no number
    () => wrap((steps) => steps.run(count, { rows: text`${steps.run(prepare, {}).outputs.rows} rows` })),
  ],
];

/** Wrong by their types alone: nothing at run time tells a program without types. */
const refusedOnce = {
  "a list with an item of another type": (steps: Scope) =>
    // @ts-expect-error the second is a text
    steps.run(sum, { numbers: [1, "2"] }),
  "a struct with a field of another type": (steps: Scope) =>
    // @ts-expect-error the rate is a number
    steps.run(tune, { space: { rate: "high" } }),
  "a struct without a field": (steps: Scope) =>
    // @ts-expect-error the rate is missing
    steps.run(tune, { space: {} }),
  "any text where a choice is asked for": (steps: Scope, { name }: { name: Ref<StringType> }) =>
    // @ts-expect-error the text may be none of the choices
    steps.run(mode, { mode: name }),
  "a field that the item does not have": (steps: Scope) =>
    // @ts-expect-error there is no field called size
    steps.forEach([{ rows: 1 }], (steps, item) => steps.run(count, { rows: item.field("size") })),
  "an output that the task does not have": (steps: Scope) =>
    // @ts-expect-error there is no output called columns
    steps.run(count, { rows: steps.run(prepare, {}).outputs.columns }),
  "a comparison of a text with a number": (name: Ref<StringType>) =>
    // @ts-expect-error a text is compared with texts
    equal(name, 1),
  "an order of booleans": (steps: Scope, table: Ref<ArtifactType<"system.Dataset">>) =>
    // @ts-expect-error true and false have no order
    lessThan(steps.run(train, { table }).outputs.isGood, true),
  "a condition on an artifact": (table: Ref<ArtifactType<"system.Dataset">>) =>
    // @ts-expect-error artifacts cannot be compared
    equal(table, "table"),
  "branches that give different types": (steps: Scope, table: Ref<ArtifactType<"system.Dataset">>) => {
    const trained = steps.run(train, { table });
    // @ts-expect-error a text is no number
    return oneOf(trained.outputs.score, trained.outputs.name);
  },
  "a schema that KFP's tools do not take": () =>
    // @ts-expect-error titles begin with system. or google.
    artifactOf("acme.Scan"),
  "a default of another type": () =>
    // @ts-expect-error the default is a text
    integer({ default: "1" }),
  "a default that is no choice": () =>
    // @ts-expect-error the default is no choice
    choice(["fast", "slow"], { default: "turbo" }),
  "memory without a unit": (steps: Scope) =>
    // @ts-expect-error which unit?
    steps.run(prepare, {}, { resources: { memoryLimit: "4" } }),
  "a wait without a unit": (steps: Scope) =>
    // @ts-expect-error which unit?
    steps.run(prepare, {}, { retry: { times: 2, wait: "30" } }),
  "an unknown pull policy": (steps: Scope) =>
    // @ts-expect-error there is no such policy
    steps.run(prepare, {}, { kubernetes: { imagePullPolicy: "Sometimes" } }),
  "a toleration with an unknown effect": (steps: Scope) =>
    // @ts-expect-error there is no such effect
    steps.run(prepare, {}, { kubernetes: { tolerations: [{ key: "gpu", effect: "NoThing" }] } }),
};

describe("wrong pipelines do not compile", () => {
  test.each(refusedTwice)("%s, and is refused without types, too", (_, wrong) => {
    expect(() => compile(wrong())).toThrow(expect.objectContaining({ name: "FilieraError" }));
  });

  test("more than that are wrong by their types alone", () => {
    expect(Object.keys(refusedOnce).length + refusedTwice.length).toBeGreaterThanOrEqual(20);
  });
});

test("types follow from the ports", () => {
  pipeline({ name: "right", inputs: { names: listOf(string()), any: list(), space: struct() } }, (steps, inputs) => {
    const trained = steps.run(train, { table: steps.run(prepare, {}).outputs.table, rate: 0.5 });
    expectTypeOf(trained.outputs.model).toEqualTypeOf<Ref<ArtifactType<"system.Model">>>();
    expectTypeOf<typeof trained.output>().toBeUndefined();
    expectTypeOf(steps.run(count, { rows: 1 }).output).toEqualTypeOf<
      ReturnType<typeof steps.run<typeof count.inputs, typeof count.outputs>>["outputs"]["Output"]
    >();
    expectTypeOf(steps.run<typeof count.inputs, typeof count.outputs>)
      .parameter(1)
      .toHaveProperty("rows");
    // an item of an undeclared list fits every parameter, any artifact fits `artifact`
    steps.forEach(inputs.any, (steps, item) => steps.run(count, { rows: item }));
    steps.run(anything, { it: trained.outputs.model });
    steps.forEach(inputs.names, (steps, name) => steps.run(watch, { who: name }));
  });
});
