import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Chart } from "cdk8s";
import { afterAll } from "vitest";
import { type Run, type RunEvent, RunFolder, type RunOptions, run } from "../../local/index.ts";
import { folderOf, processes } from "../../local/process/table.ts";
import { IMAGE, PROGRAM } from "./running-chart.ts";

export const scratch = mkdtempSync(join(tmpdir(), "filiera-run-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A folder of its own for a run. */
export function folderFor(name: string): RunFolder {
  return new RunFolder(join(scratch, name), "test");
}

/** Runs a chart with the image's programs. */
export function start(scope: Chart, folder: RunFolder, options: Partial<RunOptions> = {}): Promise<Run> {
  const programs = (image: string) => (image === IMAGE ? PROGRAM : undefined);
  return run(scope, { folder, environment: "test", programs, ...options });
}

/** What happened, in words: `Deployment web ready`. */
export function told(events: readonly RunEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.kind !== "object") return [];
    const [, kind, , name] = event.object.identity.split("/");
    return [`${kind} ${name} ${event.object.state}`];
  });
}

/** Processes that work in the folder of a run. */
export function left({ path }: RunFolder): string[] {
  return processes()
    .filter(({ pid }) => folderOf(pid)?.startsWith(path))
    .map(({ pid, name }) => `${pid} ${name}`);
}

/** What the server of a deployment answers. */
export async function ask(
  running: Run,
  name: string,
): Promise<{ env: Record<string, string>; pid: number; rest: string[]; folder: string }> {
  const answer = await fetch(`http://${running.address("test", name, 80)}/`);
  const said: { env: Record<string, string>; pid: number; rest: string[]; folder: string } = JSON.parse(
    await answer.text(),
  );
  return said;
}
