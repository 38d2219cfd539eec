import { examine, probeTools } from "../stacks/doctor/index.ts";
import { exitCodeOf, type Report } from "../stacks/findings/index.ts";
import { readEnvironment } from "./environment.ts";
import { jsonOf, reportOf } from "./findings.ts";
import { screenOf } from "./screen.ts";

/** `filiera doctor`. */
export async function doctor(name: string, options: { json?: boolean }): Promise<void> {
  show(await examine(name, readEnvironment(name), await probeTools(process.cwd(), process.env["PATH"] ?? "")), options);
}

/** Prints a report; the exit status is 1 where there are problems, 2 where some could not be looked for. */
export function show(report: Report, { json }: { json?: boolean }): void {
  process.stdout.write(json ? jsonOf(report) : reportOf(report, screenOf(process.stdout)));
  process.exitCode = exitCodeOf(report);
}
