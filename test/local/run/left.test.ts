import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readRun } from "../../../local/index.ts";
import { entriesOf } from "../../../local/process/ledger.ts";
import { sweep } from "../../../local/process/sweep.ts";
import { isSame, processes } from "../../../local/process/table.ts";
import { ask, folderFor, left, scratch, start } from "../../support/running.ts";
import { chart, deployment, server } from "../../support/running-chart.ts";

const SCRIPT = join(import.meta.dirname, "../../support/running-alone.ts");

/** Starts a run in a process of its own, through other programs if any are given. */
async function alone(
  name: string,
  before: readonly string[] = [],
  after: readonly string[] = [],
): Promise<ChildProcess> {
  const [program = "", ...args] = [...before, process.execPath, SCRIPT, join(scratch, name), ...after];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", after.includes("throw") ? "ignore" : "inherit"] });
  await new Promise<void>((done, fail) => {
    child.stdout?.on("data", (data) => String(data).includes("ready") && done());
    child.once("exit", (code) => fail(new Error(`it ended with ${code}`)));
  });
  return child;
}

const nothingLeft = (name: string) =>
  expect.poll(() => left(folderFor(name)), { timeout: 30_000, interval: 100 }).toEqual([]);

/** It ended by itself, and was not ended by its reaper. */
const inOrder = (name: string) => expect.poll(() => readRun(join(scratch, name), "test")?.phase).toBe("stopped");

/** The process that ends everything when its parent is gone. */
function reaperOf(name: string): number[] {
  const { path } = folderFor(name);
  return processes().flatMap(({ pid }) => (commandOf(pid).some((part) => part === path) ? [pid] : []));
}

function commandOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

describe.skipIf(process.platform !== "linux")("nothing is left", () => {
  test("after SIGTERM, of a pod that ignores it and of a child that left its session", async () => {
    const child = await alone("sigterm");
    await expect.poll(() => left(folderFor("sigterm")).length).toBeGreaterThanOrEqual(3);
    child.kill("SIGTERM");
    await nothingLeft("sigterm");
    await inOrder("sigterm");
  });

  test("after SIGKILL of the process that looks after it", async () => {
    const child = await alone("sigkill");
    child.kill("SIGKILL");
    await nothingLeft("sigkill");
    await expect.poll(() => reaperOf("sigkill")).toEqual([]);
  });

  test("after SIGKILL of that and of its reaper: a sweep finds it, and so does the next run", async () => {
    for (const [name, clean] of [
      ["swept", () => sweep(folderFor("swept").path, folderFor("swept").processes)],
      ["next", () => start(chart(), folderFor("next")).then((running) => running.stop())],
    ] as const) {
      const child = await alone(name);
      await expect.poll(() => left(folderFor(name)).length).toBeGreaterThanOrEqual(3);
      const reapers = reaperOf(name).filter((pid) => pid !== child.pid);
      expect(reapers).toHaveLength(1);
      for (const pid of reapers) process.kill(pid, "SIGKILL");
      const over = once(child, "exit");
      child.kill("SIGKILL");
      await over;
      await expect.poll(() => entriesOf(folderFor(name).processes).some(isSame)).toBe(true);
      await clean();
      // what the killed had just begun may need a moment to end
      await nothingLeft(name);
    }
  });

  test("after an error that nobody catches, in the process that looks after it", async () => {
    await alone("thrown", [], ["throw"]);
    await nothingLeft("thrown");
  });

  test("when whoever started it is gone and said nothing, as npm does", async () => {
    const shell = await alone("abandoned", ["sh", "-c", '"$@"; true', "sh"], ["watch"]);
    shell.kill("SIGKILL");
    await nothingLeft("abandoned");
    await inOrder("abandoned");
  });

  test("of a run, and what others do in its folder goes on", async () => {
    const scope = chart();
    deployment(scope, "web", server());
    const running = await start(scope, folderFor("guest"));
    const guest = spawn("tail", ["-f", "/dev/null"], { cwd: folderFor("guest").logs });
    await ask(running, "web");
    await running.stop();
    expect(left(folderFor("guest"))).toEqual([`${guest.pid} tail`]);
    guest.kill();
  });
});

test("a run that lives is not run twice", async () => {
  const child = await alone("twice");
  await expect(start(chart(), folderFor("twice"))).rejects.toThrow(
    `[test] runs already, looked after by process ${child.pid}: stop it with filiera stop test`,
  );
  child.kill("SIGTERM");
  await nothingLeft("twice");
});
