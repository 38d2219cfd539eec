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
const STRANGE = `
import { double, metrics, pipeline, pythonStep } from "filiera/pipelines";
const file = new URL("strange.py", import.meta.url);
const measure = pythonStep({ file, function: "measure", outputs: { metrics: metrics() } });
const number = pythonStep({ file, function: "no_number", outputs: { Output: double() } });
const steps = ["kill", "shout", "beside"].map((name) => pythonStep({ file, function: name }));
export const strange = pipeline({ name: "strange" }, (all) => {
  all.run(measure, {});
  all.run(number, {});
  for (const step of steps) all.run(step, {});
});
`;
const STRANGE_STEPS = `
import os
import signal

from kfp.dsl import Metrics, Output


def measure(metrics: Output[Metrics]):
    metrics.log_metric("auc", float("nan"))


def no_number() -> float:
    return float("inf")


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def shout():
    raise ValueError("\\x1b[2J" + "a" * 30000)


def beside():
    import beside
`;

function project(): string {
  const made = folder();
  write(made, {
    "package.json": '{ "type": "module" }',
    "pipelines/waiting.ts": WAITING,
    "pipelines/failing.ts": FAILING,
    "pipelines/strange.ts": STRANGE,
    "pipelines/strange.py": STRANGE_STEPS,
    "beside.py": "",
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

  test("what a step gives that JSON does not have is that step's failure, and a signal is told by its name", async () => {
    const cwd = project();
    const { code, stderr } = await filiera(["pipeline", "run", "strange"], { cwd });
    expect(code).toBe(1);
    const told = stderr.replaceAll(/; it says more in \S+/g, "").split("\n");
    expect(told.sort()).toEqual([
      "",
      "  strange/beside: found that it failed (exit status 1: ModuleNotFoundError: No module named 'beside')",
      "  strange/kill: found that it failed (it was ended by SIGKILL, as the system does where memory runs out)",
      "  strange/measure: found that it failed (it gave an artifact or metric what JSON does not have (Failed to serialize metadata field: Fail to serialize NaN for Value.number_value, which would parse as string_value.): leave it out)",
      "  strange/no-number: found that it failed (it gave NaN or an infinity for Output, which JSON does not have)",
      `  strange/shout: found that it failed (exit status 1: ValueError: ${"a".repeat(284)}…)`,
      "5 tasks failed:",
    ]);
  });

  test.each<["SIGINT" | "SIGHUP" | "SIGKILL", number | null, string]>([
    ["SIGINT", 130, "stopped"],
    ["SIGHUP", 129, "stopped"],
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
    const [step, stray] = await until(() => {
      const pids = existsSync(mark) ? readFileSync(mark, "utf8").split(" ").map(Number) : [];
      return pids.length === 2 ? pids : undefined;
    });
    const group = processes().find(({ pid }) => pid === step)?.group;
    // one of them has left the group, as a daemon does
    const members = () => processes().filter((each) => each.group === group || each.pid === stray);
    expect(members().length).toBeGreaterThan(3);
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
