import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { listed } from "../../cli/pipeline.ts";
import { failure } from "../../cli/pipeline-lines.ts";
import { printed, screenOf, uncut } from "../../cli/screen.ts";
import type { RunRecord } from "../../local/pipeline/record.ts";
import { filiera, folder, write } from "../support/filiera.ts";

const GREET = `
from kfp.dsl import Output, Dataset

def greet(name: str, greeting: Output[Dataset]):
    print(name)
`;
const GREETINGS = `
import { dataset, integer, pipeline, pythonStep, string } from "filiera/pipelines";
const greet = pythonStep({
  file: new URL("greet.py", import.meta.url), inputs: { name: string() }, outputs: { greeting: dataset() },
});
export const greetings = pipeline(
  { name: "greetings", inputs: { name: string({ default: "world" }), times: integer({ optional: true }) } },
  (steps, { name }) => { steps.run(greet, { name }); },
);
`;

function projectWith(files: Readonly<Record<string, string>>): string {
  const made = folder();
  write(made, { "package.json": '{ "type": "module" }', ...files });
  return made;
}

const greetings = { "pipelines/greetings/index.ts": GREETINGS, "pipelines/greetings/greet.py": GREET };

test("a list is in one line each where nobody looks, and as wide as a terminal where somebody does", () => {
  const inputs = ["rows: integer = 30000", "biased: boolean = false", "seed: integer = 1"];
  const linesIn = (columns?: number) =>
    listed("fraud", inputs, "pipelines/fraud/index.ts", columns).map((line) =>
      printed(line, uncut(screenOf({ columns: 0 }))),
    );
  const whole = `fraud  ${inputs.join(", ")}  pipelines/fraud/index.ts`;
  expect(linesIn()).toEqual([whole]);
  expect(linesIn(100)).toEqual([whole]);
  expect(linesIn(40)).toEqual([
    "fraud  pipelines/fraud/index.ts",
    "    rows: integer = 30000, biased:",
    "    boolean = false, seed: integer = 1",
  ]);
});

test("a terminal without columns is one of 100", () => {
  expect(screenOf({ columns: 0 })).toEqual({ color: false, columns: 100 });
});

test("what a failed step said last steers no terminal", () => {
  const record: RunRecord = {
    pipeline: "fraud",
    id: "1",
    state: "failed",
    started: "",
    parameters: {},
    spec: "",
    packages: "",
    tasks: { train: { state: "failed", error: "exit status 3: \u001b[2J\u001b[31mno\u0007", log: "logs/train.log" } },
  };
  expect(failure(record)).toBe(
    "1 task failed:\n  fraud/train: found that it failed (exit status 3: no\uFFFD); it says more in .filiera/pipeline-runs/fraud/1/logs/train.log",
  );
});

describe.concurrent("filiera pipeline", () => {
  test("lists what the modules of a project export, without the package in it", async () => {
    const cwd = projectWith({
      ...greetings,
      "pipelines/aside.ts": 'export { greetings } from "./greetings/index.ts";\nexport const other = 1;\n',
    });
    expect(await filiera(["pipeline", "list"], { cwd })).toEqual({
      code: 0,
      stdout: 'greetings  name: string = "world", times: integer?  pipelines/aside.ts\n',
      stderr: "",
    });
  });

  test("says where none is", async () => {
    expect(await filiera(["pipeline", "list"], { cwd: projectWith({}) })).toEqual({
      code: 0,
      stdout: "",
      stderr: "no pipeline in pipelines: npx filiera pipeline new <name> writes one, -C names another project\n",
    });
  });

  test("compiles one for Kubeflow, to a file or not", async () => {
    const cwd = projectWith(greetings);
    const { stdout } = await filiera(["pipeline", "compile", "greetings"], { cwd });
    expect(parse(stdout)).toMatchObject({ pipelineInfo: { name: "greetings" }, schemaVersion: "2.1.0" });
    const { stdout: said } = await filiera(["pipeline", "compile", "greetings", "--out", "out.yaml"], { cwd });
    expect(said).toBe("written to out.yaml\n");
    expect(readFileSync(join(cwd, "out.yaml"), "utf8")).toBe(stdout);
  });

  test.each<[string, Readonly<Record<string, string>>, readonly string[], string]>([
    [
      "a project without any",
      {},
      ["run", "greetings"],
      "greetings: found no pipeline in this project: export one from a module in its folder pipelines, or name another project by -C",
    ],
    [
      "an unknown name",
      greetings,
      ["compile", "greeting"],
      "greeting: found no such pipeline; there are greetings; did you mean greetings?",
    ],
    [
      "a module that cannot be loaded",
      { "pipelines/broken.ts": 'throw new Error("no data");\n' },
      ["list"],
      "pipelines/broken.ts: cannot be loaded: no data",
    ],
    [
      "two of one name",
      { ...greetings, "pipelines/more.ts": GREETINGS },
      ["list"],
      "pipelines/more.ts: found a pipeline named greetings, which pipelines/greetings/index.ts has too: give it another name",
    ],
    [
      "a step whose Python differs from its ports",
      { ...greetings, "pipelines/greetings/greet.py": GREET.replace("name: str", "name: int") },
      ["run", "greetings"],
      "greetings/greet: found name: int in greet of greet.py, where the port is a string: write name: str",
    ],
    [
      "an unknown input",
      greetings,
      ["run", "greetings", "--param", "nam=x"],
      "greetings.nam: found an unknown input: known are name, times; did you mean name?",
    ],
    [
      "a wrong type",
      greetings,
      ["run", "greetings", "--param", "times=often"],
      'greetings.times: found "often": give it an integer',
    ],
    [
      "no number of steps",
      greetings,
      ["run", "greetings", "--parallel", "all"],
      '--parallel: found "all": give it the number of steps that may run at once, such as 4',
    ],
  ])("refuses %s", async (_, files, args, message) => {
    const { code, stdout, stderr } = await filiera(["pipeline", ...args], { cwd: projectWith(files) });
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: "",
      stderr: `1 problem, nothing was written:\n  ${message}\n`,
    });
  });
});
