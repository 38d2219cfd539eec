import { existsSync } from "node:fs";
import { FilieraError } from "../constructs/kernel/errors.ts";
import { RunFolder, readRun } from "../local/index.ts";
import { gone, send, sweep } from "../local/process/sweep.ts";
import { checkName } from "./environment.ts";

/** How long a run may take to stop in order. */
const PATIENCE_MS = 90_000;

/** `filiera stop`: asks the run to stop, and ends whatever a crash left. */
export async function stop(name: string): Promise<void> {
  checkName(name);
  const folder = new RunFolder(process.cwd(), name);
  const status = readRun(process.cwd(), name);
  if (!status || !existsSync(folder.path))
    throw FilieraError.at(name, `was never run here: filiera run ${name} runs it`);
  const stopped = status.alive && status.phase !== "stopped" && status.phase !== "failed";
  if (stopped) {
    send(status.supervisor, "SIGTERM");
    await gone([status.supervisor], PATIENCE_MS);
  }
  const swept = await sweep(folder.path, folder.processes);
  const left = swept === 0 ? "" : `${swept === 1 ? "1 process" : `${swept} processes`} that a crash had left ended`;
  console.log(
    [stopped ? `${name} is stopped` : left === "" ? `nothing of ${name} runs` : "", left]
      .filter((part) => part !== "")
      .join("; "),
  );
}
