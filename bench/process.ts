/** What a plan costs as a whole process, beside a process that only loads Pulumi. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const RUNS = 7;

interface Figures {
  readonly "wall ms": number;
  readonly "peak MiB": number;
}

/** Runs a module in a process of its own, which tells its peak memory at its end. */
function run(program: string): Figures {
  const report = `process.on("exit", () => process.stderr.write("peak " + process.resourceUsage().maxRSS + "\\n"));`;
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", `${report} ${program}`], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  const wall = performance.now() - start;
  const peak = /^peak (\d+)$/m.exec(stderr)?.[1];
  if (status !== 0 || !peak) throw new Error(`a measured process failed: ${stderr}`);
  return { "wall ms": wall, "peak MiB": Number(peak) / 1024 };
}

/** The one in the middle. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** The one in the middle. */
export function medians(figures: readonly Figures[]): Figures {
  return {
    "wall ms": Math.round(median(figures.map((each) => each["wall ms"]))),
    "peak MiB": Math.round(median(figures.map((each) => each["peak MiB"]))),
  };
}

/** The two in turn, so that a noisy machine is noisy for both. */
export function processes(): void {
  const load = `import module from "node:module"; module.enableCompileCache(); await import("@pulumi/pulumi");`;
  const plan = `process.argv = ["node", "plan", "prod", "--json"]; await import("./bin/filiera.js");`;
  const loads: Figures[] = [];
  const plans: Figures[] = [];
  for (const program of [load, plan]) run(program);
  for (let i = 0; i < RUNS; i++) {
    loads.push(run(load));
    plans.push(run(plan));
  }
  const [loaded, planned] = [medians(loads), medians(plans)];
  console.table({ "load Pulumi": loaded, "plan prod --json": planned });
  console.log(
    `a plan of prod takes ${(planned["wall ms"] / loaded["wall ms"]).toFixed(2)} times as long as loading Pulumi`,
  );
}
