import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { compile } from "filiera/pipelines";
import { defaults } from "../config.ts";
import { starterPipeline as made } from "../index.ts";

test("the steps are joined as they are meant to be, and their Python fits their ports", () => {
  const { dag } = compile(made).pipelineSpec.root;
  const after = Object.entries(dag?.tasks ?? {}).map(([name, { dependentTasks }]) => [name, dependentTasks ?? []]);
  deepEqual(Object.fromEntries(after), { prepare: [], train: ["prepare"], evaluate: ["prepare", "train"] });
});

test("a run that gives no inputs takes those of the configuration", () => {
  const inputs = Object.entries(made.inputs).map(([name, { default: value }]) => [name, value]);
  deepEqual(Object.fromEntries(inputs), defaults);
});

test("Kubeflow knows it by its name", () => {
  equal(compile(made).pipelineSpec.pipelineInfo.name, "starter");
});
