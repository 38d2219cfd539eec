import { readRun } from "../local/index.ts";
import { examineDeployed } from "../stacks/status/index.ts";
import { show } from "./doctor.ts";
import { readEnvironment } from "./environment.ts";
import { leftBehind, runReport } from "./local-status.ts";

/** `filiera status`: of the run on this machine, if there is one, or else of the cluster. */
export async function status(name: string, options: { json?: boolean }): Promise<void> {
  const environment = readEnvironment(name);
  const run = readRun(process.cwd(), name);
  const over = run?.phase === "stopped" || run?.phase === "failed";
  if (run?.alive && !over) return show(runReport(run), options);
  const report = await examineDeployed(name, environment);
  show(run && !over ? { ...report, findings: [leftBehind(run), ...report.findings] } : report, options);
}
