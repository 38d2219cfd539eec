import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { FilieraError, isFilieraError } from "../constructs/kernel/errors.ts";
import { firstLook } from "../local/first-look.ts";
import { type RunEvent, RunFolder, type RunningPlatform, runEnvironment } from "../local/index.ts";
import { whenAbandoned } from "../local/process/ancestors.ts";
import type { Environment } from "../stacks/environment/index.ts";
import { readEnvironment } from "./environment.ts";
import { formatProblems } from "./problems.ts";
import { Progress } from "./progress.ts";

export interface RunCommandOptions {
  readonly keep?: boolean;
  readonly fresh?: boolean;
  readonly port?: readonly string[];
}

/** Exit status of a process that a signal ended. */
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** `filiera run`: plans, runs the platform on this machine, asks MLflow itself, and stops it unless told to keep it. */
export async function run(name: string, options: RunCommandOptions): Promise<void> {
  const environment = readEnvironment(name);
  const ports = portsOf(options.port ?? []);
  const stop = new AbortController();
  const unwatch = watch(stop);
  try {
    await writePlan(name, environment);
    if (!(await live(name, environment, { ...options, ports, signal: stop.signal }))) process.exitCode = 1;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    unwatch();
  }
  if (stop.signal.aborted && typeof stop.signal.reason === "number") process.exitCode = stop.signal.reason;
}

interface Live extends RunCommandOptions {
  readonly ports: ReadonlyMap<string, number>;
  readonly signal: AbortSignal;
}

/** The platform from its start to its end; whether all went well. */
async function live(name: string, environment: Environment, { keep, fresh, ports, signal }: Live): Promise<boolean> {
  const folder = new RunFolder(process.cwd(), name);
  const progress = new Progress((line) => console.log(line));
  let running: RunningPlatform | undefined;
  try {
    const listen = (event: RunEvent) => progress.event(event);
    running = await runEnvironment(environment, {
      folder,
      environment: name,
      fresh: fresh ?? false,
      ports,
      listen,
      signal,
    });
    const { run: live, platform } = running;
    const { url, user, password } = platform.mlflow.tracking;
    const access = { url: live.value(url), user, password: live.value(password) };
    const look = await firstLook(access);
    progress.line(
      `MLflow gave back what it was given: run ${look.run} with its metric ${look.metric}, an artifact of ${look.artifactBytes} bytes, version ${look.modelVersion} of the model ${look.model}`,
    );
    console.log(summaryOf(name, access, folder, keep ?? false));
    if (keep) await new Promise<void>((done) => signal.addEventListener("abort", () => done(), { once: true }));
    return true;
  } catch (error) {
    if (signal.aborted) return true;
    if (!isFilieraError(error)) throw error;
    console.error(formatProblems(error.problems, "nothing is left running"));
    return false;
  } finally {
    if (running) progress.line("stopping");
    await running?.run.stop();
    progress.end();
    if (running) console.log(`stopped; its state stays in ${folder.path}`);
  }
}

function summaryOf(
  name: string,
  { url, user }: { readonly url: string; readonly user: string },
  folder: RunFolder,
  keep: boolean,
): string {
  return [
    "",
    `MLflow        ${url}`,
    `  user        ${user}`,
    `  password    "mlflow/admin" in ${folder.secrets}`,
    `logs          npx filiera logs ${name}`,
    `status        ${folder.status}`,
    keep ? "runs until Ctrl-C" : `to keep it running: npx filiera run ${name} --keep`,
    "",
  ].join("\n");
}

/** The plan's page, where Pulumi is installed: it is not needed to run. */
async function writePlan(name: string, environment: Environment): Promise<void> {
  if (!existsSync(join("node_modules", "@pulumi", "pulumi"))) return;
  const { planFiles } = await import("./plan.ts");
  const { out, plan } = await planFiles(name, environment, undefined);
  console.log(
    `planned: ${plan.totals.resources} resources; the map of the platform is ${pathToFileURL(join(out, "index.html"))}`,
  );
}

/** Ends the run on signals, and when whoever started it is gone. */
function watch(stop: AbortController): () => void {
  const signals = Object.entries(CODES);
  const end = (code: number) => {
    if (!stop.signal.aborted) stop.abort(code);
  };
  for (const [signal, code] of signals) {
    process.removeAllListeners(signal);
    process.on(signal, () => end(code));
  }
  return whenAbandoned(() => end(CODES.SIGHUP));
}

/** `--port mlflow/mlflow:5000=5000`: a port of this machine for a port of a pod. */
function portsOf(given: readonly string[]): ReadonlyMap<string, number> {
  return new Map(
    given.map((text) => {
      const [, key, port] = /^([a-z0-9.-]+\/[a-z0-9.-]+:\d+)=(\d+)$/.exec(text) ?? [];
      if (key === undefined || Number(port) < 1 || Number(port) > 65_535)
        throw FilieraError.at(
          "--port",
          `found "${text}"; allowed: a pod's port and one of this machine, such as mlflow/mlflow:5000=5000`,
        );
      return [key, Number(port)];
    }),
  );
}
