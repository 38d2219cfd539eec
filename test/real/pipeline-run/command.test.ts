import { spawn } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { readRun } from "../../../local/pipeline/record.ts";
import { processes } from "../../../local/process/table.ts";
import { filiera, folder, write } from "../../support/filiera.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";

const { skip, title } = skipped(layers.steps);

const WAITING = `
import { pipeline, pythonStep, string } from "filiera/pipelines";
const file = new URL("steps.py", import.meta.url);
const wait = pythonStep({ file, function: "wait", inputs: { mark: string() } });
export const waiting = pipeline({ name: "waiting", inputs: { mark: string() } }, (steps, { mark }) => {
  steps.forEach([1, 2], (round) => { round.run(wait, { mark }, { cache: false }); });
});
`;
const FAILING = `
import { pipeline, pythonStep, string } from "filiera/pipelines";
const file = new URL("steps.py", import.meta.url);
const fail = pythonStep({ file, function: "fail", inputs: { reason: string() }, outputs: { Output: string() } });
export const failing = pipeline({ name: "failing", inputs: { reason: string() } }, (steps, { reason }) => {
  steps.run(fail, { reason });
});
`;

function project(): string {
  const made = folder();
  write(made, {
    "package.json": '{ "type": "module" }',
    "pipelines/waiting.ts": WAITING,
    "pipelines/failing.ts": FAILING,
  });
  cpSync(join(import.meta.dirname, "steps.py"), join(made, "pipelines/steps.py"));
  return made;
}

describe.skipIf(skip)(`${title}, by the command`, () => {
  test("a step that fails is told with its path, its reason and its log", async () => {
    const cwd = project();
    const { code, stdout, stderr } = await filiera(["pipeline", "run", "failing", "--param", "reason=no data"], {
      cwd,
    });
    const { id } = readRun(cwd, "failing", "last");
    const folder = `.filiera/pipeline-runs/failing/${id}`;
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`^failing: ${folder}\n▸ fail\n✗ fail {2}\\d+\\.\\d s\n$`));
    expect(stderr).toBe(
      `1 task failed:\n  failing/fail: found that it failed (exit status 1: RuntimeError: no data); it says more in ${folder}/logs/fail.log\n`,
    );
    expect(readFileSync(join(cwd, folder, "logs/fail.log"), "utf8")).toContain("RuntimeError: no data");
    expect(readdirSync(join(cwd, folder)).sort()).toEqual(["artifacts", "driver.log", "logs", "run.json"]);
  });

  test.each<["SIGINT" | "SIGKILL", number | null, string]>([
    ["SIGINT", 130, "stopped"],
    ["SIGKILL", null, "running"],
  ])("%s leaves no step behind, and a record", async (signal, code, state) => {
    const cwd = project();
    const mark = join(cwd, "mark");
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, "../../../bin/filiera.js"), "pipeline", "run", "waiting", "--param", `mark=${mark}`],
      {
        cwd,
        stdio: "ignore",
      },
    );
    const ended = new Promise((done) => child.once("exit", done));
    const step = await until(() =>
      existsSync(mark) && readFileSync(mark, "utf8") !== "" ? Number(readFileSync(mark, "utf8")) : undefined,
    );
    const group = processes().find(({ pid }) => pid === step)?.group;
    const members = () => processes().filter((each) => each.group === group);
    expect(members().length).toBeGreaterThan(2);
    await until(() => readRun(cwd, "waiting", "last").tasks["for-loop-2[0]/wait"]);
    child.kill(signal);
    expect(await ended).toBe(code);
    await until(() => (members().length === 0 ? true : undefined));
    const record = readRun(cwd, "waiting", "last");
    expect(record.state).toBe(state);
    expect(record.tasks["for-loop-2[0]/wait"]).toMatchObject({ state, log: "logs/for-loop-2.0/wait.log" });
  });
});

/** Asks until there is an answer; the test's own limit ends it. */
async function until<T>(answer: () => T | undefined): Promise<T> {
  for (;;) {
    const found = answer();
    if (found !== undefined) return found;
    await sleep(50);
  }
}
