import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { at } from "../../../constructs/kernel/json.ts";
import { OWN_LOCK } from "../../../local/pipeline/packages.ts";
import { readInputs } from "../../../local/pipeline/parameters.ts";
import { type RunRecord, readRun } from "../../../local/pipeline/record.ts";
import { runPipeline } from "../../../local/pipeline/run.ts";
import { pythonEnvironment } from "../../../local/python/environment.ts";
import { compile, integer, type Pipeline, pipeline, string, toPipelineYaml } from "../../../pipelines/index.ts";
import { folder } from "../../support/filiera.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";
import { samples } from "./samples.ts";
import { add, content, double, fail, noNumber, nothing, say, tell, worksAtLast } from "./steps.ts";

const { skip, title } = skipped(layers.steps);

describe.skipIf(skip)(title, () => {
  describe.each(Object.entries(samples))("%s", (_, { pipeline, values = [], outputs, states, kfpLocal }) => {
    test("gives what it should, each task as it should be", async () => {
      const record = await ran(pipeline, { values });
      expect(record).toMatchObject({ state: "succeeded", outputs });
      const found = Object.keys(states ?? {}).map((path) => [path, record.tasks[path]?.state]);
      expect(Object.fromEntries(found)).toEqual(states ?? {});
    });

    test.skipIf(kfpLocal)("gives what kfp.local alone gives", async () => {
      expect(await kfpLocalGives(pipeline, values)).toEqual(outputs);
    });
  });

  test("an exit task runs after a failure, and is told of it; what needs what failed does not run", async () => {
    const project = folder();
    const file = join(project, "told.json");
    const watched = pipeline({ name: "watched" }, (steps) => {
      steps.onExit(tell, { file }, (inside) => {
        const text = inside.run(fail, { reason: "no data" }).output;
        inside.run(say, { text });
        inside.run(say, { text: "still here" }, { ignoreUpstreamFailure: true });
      });
    });
    const record = await ran(watched, { project });
    expect(record.state).toBe("failed");
    expect(statesOf(record)).toEqual({
      "exit-handler-1": "failed",
      "exit-handler-1/fail": "failed",
      "exit-handler-1/say": "blocked",
      "exit-handler-1/say-2": "succeeded",
      tell: "succeeded",
    });
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(["FAILED", "exit status 1: RuntimeError: no data"]);
  });

  test("an exit task runs after success, too", async () => {
    const project = folder();
    const file = join(project, "told.json");
    const watched = pipeline({ name: "fine" }, (steps) => {
      steps.onExit(tell, { file }, (inside) => {
        inside.run(say, { text: "fine" });
      });
    });
    expect((await ran(watched, { project })).state).toBe("succeeded");
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(["SUCCEEDED", null]);
  });

  test("a step is tried again as often as it may be, and no more", async () => {
    const project = folder();
    const tried = (name: string, times: number) =>
      pipeline({ name, outputs: { tries: integer() } }, (steps) => {
        const counter = join(project, name);
        return { tries: steps.run(worksAtLast, { counter, tries: 3 }, { retry: { times, wait: "0s" } }).output };
      });
    expect(await ran(tried("enough", 2), { project })).toMatchObject({ state: "succeeded", outputs: { tries: 3 } });
    const record = await ran(tried("too-few", 1), { project });
    expect(record.tasks["works-at-last"]?.error).toBe("exit status 1: RuntimeError: try 2");
    expect(readFileSync(join(project, "too-few"), "utf8")).toBe("2");
  });

  test("what ran with the same inputs is taken as it was, unless the content of its data is another", async () => {
    const project = folder();
    const file = join(project, "data.txt");
    const reading = pipeline(
      { name: "reading", inputs: { path: string() }, outputs: { text: string() } },
      (steps, { path }) => ({
        text: steps.run(content, { path }).output,
      }),
    );
    const run = async (cache?: boolean) => {
      const { tasks, outputs } = await ran(reading, { project, files: [`path=${file}`], cache });
      return [tasks["content"]?.state, at(outputs, "text")];
    };
    writeFileSync(file, "one");
    expect(await run()).toEqual(["succeeded", "one"]);
    expect(await run()).toEqual(["cached", "one"]);
    writeFileSync(file, "two");
    expect(await run()).toEqual(["succeeded", "two"]);
    expect(await run(false)).toEqual(["succeeded", "two"]);
    writeFileSync(file, "one");
    expect(await run()).toEqual(["cached", "one"]);
  });

  test.each([
    [
      "says what it is not",
      noNumber,
      "exit status 1: ValueError: Function `no_number` returned value of type <class 'str'>; want type <class 'int'>",
    ],
    ["says nothing", nothing, "it gave nothing for Output"],
  ])("a step that %s fails with its path, and its record stays", async (_, step, error) => {
    const project = folder();
    const wrong = pipeline({ name: "wrong" }, (steps) => {
      const number = steps.run(step, { text: "many" }).output;
      steps.run(double, { number });
    });
    const record = await ran(wrong, { project });
    const [failed = "", blocked = ""] = Object.keys(record.tasks);
    expect(record.tasks[failed]).toMatchObject({ state: "failed", error, log: `logs/${failed}.log` });
    expect(record.tasks[blocked]).toMatchObject({ state: "blocked" });
    expect(readRun(project, "wrong", "last")).toEqual(record);
  });

  test("independent steps run at once, and one that fails does not stop the others", async () => {
    const wide = pipeline({ name: "wide", outputs: { sum: integer() } }, (steps) => {
      steps.run(fail, { reason: "alone" });
      const [one, other] = [steps.run(add, { one: 1, other: 2 }), steps.run(add, { one: 3, other: 4 })];
      return { sum: steps.run(add, { one: one.output, other: other.output }).output };
    });
    expect(statesOf(await ran(wide))).toEqual({
      fail: "failed",
      add: "succeeded",
      "add-2": "succeeded",
      "add-3": "succeeded",
    });
  });
});

interface Given {
  readonly values?: readonly string[];
  readonly files?: readonly string[];
  readonly project?: string;
  readonly cache?: boolean | undefined;
}

function ran(
  pipeline: Pipeline,
  { values = [], files = [], project = folder(), cache = true }: Given = {},
): Promise<RunRecord> {
  const inputs = readInputs(pipeline, values, files);
  return runPipeline(project, { pipeline, module: "test", lock: undefined }, { inputs, cache });
}

function statesOf({ tasks }: RunRecord): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(tasks).map(([path, { state }]) => [path, state]));
}

async function kfpLocalGives(pipeline: Pipeline, values: readonly string[]): Promise<unknown> {
  const { python, bin } = await pythonEnvironment(OWN_LOCK);
  const here = folder();
  const file = join(here, "pipeline.yaml");
  writeFileSync(file, toPipelineYaml(compile(pipeline, { installed: true })));
  const { parameters } = readInputs(pipeline, values, []);
  const program = join(import.meta.dirname, "kfp_local.py");
  const { stdio } = await execa(python, [program, file, join(here, "outputs"), JSON.stringify(parameters)], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
    env: { PATH: `${bin}:${process.env["PATH"]}` },
  });
  return JSON.parse(String(stdio[3]));
}
