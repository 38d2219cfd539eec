import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunRecord, TaskRecord } from "../../../local/pipeline/record.ts";
import { STAGES, stagesOf, stepOf } from "../../../local/pipeline/stages.ts";
import { dataset, pipeline, stepLibrary } from "../../../pipelines/index.ts";
import { folder, write } from "../../support/filiera.ts";

const library = stepLibrary({ image: "registry.example.com/filiera/steps:1" });
const { ingest, evaluate, validateData } = library;
const schema = { columns: { label: { type: "boolean", role: "target" } } } as const;

const nested = pipeline({ name: "nested", inputs: { source: dataset() } }, (steps, { source }) => {
  steps.run(ingest, { source }, { displayName: "what was before" });
  steps.forEach([1, 2], (round) => {
    round.run(validateData, { data: source, schema });
  });
});
const whole = pipeline({ name: "whole", inputs: { source: dataset() } }, (steps, { source }) => {
  steps.run(ingest, { source });
  steps.run(nested, { source });
});

function record(tasks: Readonly<Record<string, TaskRecord>>): RunRecord {
  return { pipeline: "whole", id: "1", state: "running", started: "", parameters: {}, spec: "", packages: "", tasks };
}
const taken = (rows: number) => ({ data: { metadata: { rows, sha256: "0123456789abcdef" } } });

test("every step of the library is in a stage", () => {
  const placed = Object.values(STAGES).flat();
  expect(placed.sort()).toEqual(
    Object.values(library)
      .map((step) => step.function)
      .sort(),
  );
});

test("a stage is what its steps are, wherever in the pipeline they run, with what they made and said", () => {
  expect(stagesOf(whole, undefined)).toEqual([
    { name: "ingestion", state: "waiting", made: [], logs: {} },
    { name: "preprocessing", state: "waiting", made: [], logs: {} },
  ]);
  const first = { state: "succeeded", log: "logs/ingest.log", outputs: taken(30_000) } as const;
  expect(stagesOf(whole, record({ ingest: first }))[0]).toMatchObject({ state: "running" });
  const [ingestion, preprocessing] = stagesOf(
    whole,
    record({
      ingest: first,
      nested: { state: "running" },
      "nested/ingest": { state: "cached", log: "logs/nested/ingest.log", outputs: taken(5) },
      "nested/for-loop-2": { state: "failed" },
      "nested/for-loop-2[1]/validate-data": { state: "failed", log: "logs/1.log", error: "exit status 1" },
    }),
  );
  expect(ingestion).toEqual({
    name: "ingestion",
    state: "done",
    made: ["ingest: 30,000 rows, SHA-256 0123456789ab…", "what was before: 5 rows, SHA-256 0123456789ab…"],
    // a step that was taken from an earlier run said nothing in this one
    logs: { ingest: "logs/ingest.log" },
  });
  expect(preprocessing).toMatchObject({ state: "failed", says: "validate-data: exit status 1" });
  expect(stepOf(whole, "nested/for-loop-2[0]/validate-data")).toBe("validate_data");
  expect(stepOf(whole, "nested/other")).toBeUndefined();
});

test("what a step measured is read from its report, and what it did not is said", () => {
  const at = folder();
  write(at, {
    report: JSON.stringify({
      rows: 10,
      auc: { value: 0.96193, low: 0.952, high: 0.97 },
      precision: { value: null, low: null, high: null },
      slices: { origin: { a: { auc: { value: 0.9, low: 0.8, high: 1 } } } },
    }),
  });
  const one = pipeline({ name: "one", inputs: { data: dataset() } }, (steps, { data }) => {
    const model = steps.run(library.train, { data, validation: data }).output;
    steps.run(evaluate, { model, data });
  });
  const outputs = { report: { uri: join(at, "report") } };
  const [, validation] = stagesOf(one, record({ evaluate: { state: "cached", log: "logs/e.log", outputs } }));
  expect(validation).toEqual({
    name: "validation",
    state: "done",
    says: "as before",
    made: ["AUC 0.962 (0.952 to 0.970)", "precision not told by the rows", "origin a: AUC 0.900 (0.800 to 1.000)"],
    logs: {},
  });
});

test("what asks for a champion to be served is a stage, and so is that there is nothing to deploy", () => {
  const one = pipeline({ name: "one", inputs: { data: dataset() } }, (steps, { data }) => {
    const { report } = steps.run(library.promote, { name: "m", version: "1", holdout: data }).outputs;
    steps.run(library.deploy, { promotion: report, record: "" });
  });
  const told = (report: unknown) => {
    const at = folder();
    write(at, { report: JSON.stringify(report) });
    const outputs = { report: { uri: join(at, "report") } };
    return stagesOf(one, record({ deploy: { state: "succeeded", log: "logs/d.log", outputs } }))[1];
  };
  const steps = [{ percent: 5 }, { percent: 100 }];
  const request = { traffic: { steps }, previous: { uri: "models:/m/1" } };
  expect(told({ verdict: "requested", says: "s3://models/m/0000000002.json", request })).toMatchObject({
    name: "deployment",
    state: "done",
    made: ["requested: s3://models/m/0000000002.json", "traffic 5 %, 100 %; back to models:/m/1"],
  });
  expect(told({ verdict: "requested", says: "there", request: { ...request, previous: null } })).toMatchObject({
    made: ["requested: there", "traffic 5 %, 100 %; nothing to go back to"],
  });
  const nothing = { verdict: "nothing to deploy", says: "fairness: found unfair, wanted fair", request: null };
  expect(told(nothing)).toMatchObject({ made: ["nothing to deploy: fairness: found unfair, wanted fair"] });
});

test("what a model is used for stands after its promotion", () => {
  const stock = pipeline({ name: "stock", inputs: { data: dataset() } }, (steps, { data }) => {
    const parts = steps.run(library.prepareDemand, { data, schema }).outputs;
    const policy = { service: 0.95 };
    steps.run(library.planStock, { name: "m", version: "1", current: parts.current, holdout: parts.holdout, policy });
  });
  const outputs = { orders: { metadata: { rows: 40 } }, by: "models:/m/1", saving: 8.2 };
  const ran = record({ "plan-stock": { state: "succeeded", log: "logs/p.log", outputs } });
  expect(stagesOf(stock, ran).map(({ name, state, made }) => [name, state, made])).toEqual([
    ["preprocessing", "waiting", []],
    ["use", "done", ["orders for 40 items, by models:/m/1", "of a delivery's cost it saves 8.200"]],
  ]);
});
