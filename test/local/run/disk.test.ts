import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { mayMount, mounted } from "../../support/mounted.ts";
import { folderFor, left, scratch } from "../../support/running.ts";

const SCRIPT = join(import.meta.dirname, "../../support/running-alone.ts");

/** Runs a run of three pods in a folder that is a disk of its own; what it says when it ends. */
async function onDisk(name: string, options: string, mode = "") {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  const [command, ...args] = mounted(folder, options, [process.execPath, SCRIPT, folder, mode]);
  const { stdout, exitCode } = await execa(command, args, { reject: false, stderr: "inherit", timeout: 30_000 });
  await expect.poll(() => left(folderFor(name)), { timeout: 30_000 }).toEqual([]);
  return { said: stdout, exitCode };
}

describe.skipIf(!mayMount)(mayMount ? "a run's own disk" : "a run's own disk: nothing may be mounted here", () => {
  // each is full at another of the files that a run writes: its status, ports, the line of a process, a log
  test.each([4, 8, 12, 16, 20])("that is full after %i KiB is told, and nothing is left running", async (free) => {
    const name = `full-${free}`;
    const { said, exitCode } = await onDisk(name, `size=${free}k`);
    expect(said).toContain("is on a disk that is full (0 MB are left): make room, or run it in another folder");
    expect(said).toMatch(/^\[(?:apps\/(?:Deployment\/test\/web|StatefulSet\/test\/busy)|\/\S+\/\.filiera\/test)\] /);
    expect(exitCode).toBe(1);
  });

  test("that a server fills which was ready ends the run while others start", async () => {
    const { said, exitCode } = await onDisk("filling", "size=4m", "fill");
    const { logs } = folderFor("filling");
    expect(said.split("\n")[0]).toBe(
      `[apps/Deployment/test/filling] container main exited with 1, and ${logs} is on a disk that is full (4 MB are left): make room, or run it in another folder; its log ${logs}/test.filling.main.log ends with:`,
    );
    expect(exitCode).toBe(1);
  });

  test("that is read-only", async () => {
    const { path } = folderFor("read-only");
    expect(await onDisk("read-only", "ro")).toEqual({
      said: `[${path}] cannot be written (EROFS), and a run keeps its state there: mend that, or run it in another folder`,
      exitCode: 1,
    });
  });
});
