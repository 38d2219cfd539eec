import { describe, expect, test } from "vitest";
import { at, type JsonObject } from "../../../constructs/kernel/json.ts";
import { compile, equal, lessThan, type Pipeline, pipeline, string, toPipelineYaml } from "../../../pipelines/index.ts";
import { danglingIn } from "../support/dangling.ts";
import { say } from "../support/steps.ts";
import { documentsOf } from "../support/vectors.ts";

/** What is written, of which every reference must lead somewhere. */
function written(of: Pipeline): JsonObject {
  const [spec = {}] = documentsOf(toPipelineYaml(compile(of)));
  expect(danglingIn(spec)).toEqual([]);
  return spec;
}

describe("where the SDK's result does not work, ours does", () => {
  test("a text with quotes in a condition", () => {
    const quoted = pipeline({ name: "quoted", inputs: { who: string() } }, (steps, { who }) => {
      steps.when(equal(who, "it's \\ me"), (steps) => steps.run(say, { words: "me" }));
    });
    expect(at(written(quoted), "root", "dag", "tasks", "condition-1", "triggerPolicy", "condition")).toBe(
      String.raw`inputs.parameter_values['pipelinechannel--who'] == 'it\'s \\ me'`,
    );
  });

  test("a step after elseWhen without otherwise is in no branch", () => {
    const after = pipeline({ name: "after", inputs: { who: string() } }, (steps, { who }) => {
      steps
        .when(lessThan(who, "a"), (steps) => steps.run(say, { words: "before" }))
        .elseWhen(equal(who, "b"), (steps) => steps.run(say, { words: "b" }));
      steps.run(say, { words: "then" });
    });
    expect(Object.keys(Object(at(written(after), "root", "dag", "tasks")))).toEqual(["condition-branches-1", "say-3"]);
  });

  test("fields of items of now are read in branches, each by its own type", () => {
    const fields = pipeline({ name: "fields" }, (steps) => {
      steps.forEach([{ size: 1, name: "a" }], (steps, item) => {
        steps.when(equal(item.field("size"), 1), (steps) => {
          steps.run(say, { words: item.field("name") });
        });
      });
    });
    expect(at(written(fields), "components", "comp-condition-3", "inputDefinitions", "parameters")).toEqual({
      "pipelinechannel--loop-item-param-1-subvar-name": { parameterType: "STRING" },
      "pipelinechannel--loop-item-param-1-subvar-size": { parameterType: "NUMBER_INTEGER" },
    });
  });

  test("steps of one name in pipelines in pipelines keep their own executors", () => {
    const inner = pipeline({ name: "inner" }, (steps) => {
      steps.run(say, { words: "a" });
      steps.run(say, { words: "b" });
    });
    const outer = pipeline({ name: "outer" }, (steps) => {
      steps.run(inner, {});
      steps.run(say, { words: "c" });
      steps.run(inner, {});
    });
    const spec = written(outer);
    const labels = Object.values(Object(spec["components"])).flatMap((one) => at(one, "executorLabel") ?? []);
    expect(labels).toHaveLength(5);
    expect(new Set(labels).size).toBe(5);
  });
});

test("compiling twice gives the same bytes", () => {
  const one = () =>
    pipeline({ name: "same", inputs: { b: string(), a: string() } }, (steps, { a, b }) => {
      steps.run(say, { words: b });
      steps.run(say, { words: a });
    });
  expect(toPipelineYaml(compile(one()))).toBe(toPipelineYaml(compile(one())));
});
