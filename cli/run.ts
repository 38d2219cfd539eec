import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { FilieraError, isFilieraError, messageOf, throwProblems } from "../constructs/kernel/errors.ts";
import { identity } from "../constructs/kernel/identity.ts";
import { firstLook } from "../local/first-look.ts";
import { elsewhere, type RunEvent, RunFolder, type RunningPlatform, runEnvironment } from "../local/index.ts";
import type { MlflowAccess } from "../local/mlflow.ts";
import { whenAbandoned } from "../local/process/ancestors.ts";
import type { Environment } from "../stacks/environment/index.ts";
import { readEnvironment } from "./environment.ts";
import type { LivePage } from "./live-page.ts";
import { formatProblems } from "./problems.ts";
import { Progress } from "./progress.ts";
import type { PlatformPipeline } from "./run-pipeline.ts";

export interface RunCommandOptions {
  readonly keep?: boolean;
  readonly fresh?: boolean;
  readonly port?: readonly string[];
}

/** Exit status of a process that a signal ended. */
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * `filiera run`: plans, runs the platform on this machine, asks MLflow itself, runs the environment's pipeline on it, and
 * stops it unless told to keep it.
 */
export async function run(name: string, options: RunCommandOptions): Promise<void> {
  const environment = readEnvironment(name);
  throwProblems(elsewhere(environment));
  const ports = portsOf(options.port ?? []);
  const pipeline = await pipelineOf(environment);
  const stop = new AbortController();
  const unwatch = watch(stop);
  try {
    const page = await openPage(name, environment);
    if (!(await live(name, environment, { ...options, ports, page, pipeline, signal: stop.signal })))
      process.exitCode = 1;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    unwatch();
  }
  if (stop.signal.aborted && typeof stop.signal.reason === "number") process.exitCode = stop.signal.reason;
}

interface Live extends RunCommandOptions {
  readonly ports: ReadonlyMap<string, number>;
  /** Shows what runs. */
  readonly page: LivePage | undefined;
  /** Is run on the platform once it is up. */
  readonly pipeline: PlatformPipeline | undefined;
  readonly signal: AbortSignal;
}

/** The platform from its start to its end; whether all went well. */
async function live(
  name: string,
  environment: Environment,
  { keep, fresh, ports, page, pipeline, signal }: Live,
): Promise<boolean> {
  const folder = new RunFolder(process.cwd(), name);
  const progress = new Progress((line) => console.log(line));
  const say = (line: string) => progress.line(line);
  let running: RunningPlatform | undefined;
  try {
    const listen = (event: RunEvent) => {
      progress.event(event);
      page?.changed();
    };
    const started = { folder, environment: name, fresh: fresh ?? false, ports, listen };
    await together(signal, [
      async (both) => {
        running = await runEnvironment(environment, { ...started, signal: both });
      },
      async (both) => pipeline?.install(say, both),
    ]);
    if (!running) throw new Error("it started, and is not there");
    const access = await looked(running, page, say);
    const wentWell = (await pipeline?.run({ mlflow: access, page, say, signal })) ?? true;
    signal.throwIfAborted();
    const told = pipeline?.summary() ?? [];
    console.log(summaryOf(name, access, folder, told, page?.url, keep ?? false));
    if (keep) await new Promise<void>((done) => signal.addEventListener("abort", () => done(), { once: true }));
    return wentWell;
  } catch (error) {
    if (signal.aborted) return true;
    if (!isFilieraError(error)) throw error;
    console.error(formatProblems(error.problems, "nothing is left running"));
    return false;
  } finally {
    if (running) progress.line("stopping");
    await running?.run.stop();
    await pipeline?.close();
    await page?.close();
    progress.end();
    if (running) console.log(`stopped; its state stays in ${folder.path}`);
  }
}

/** Does several things at once; the first that fails ends the others, and is told when they are over. */
async function together(signal: AbortSignal, all: readonly ((signal: AbortSignal) => Promise<void>)[]): Promise<void> {
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const results = all.map((each) => each(both).catch((error: unknown) => failed.abort(error)));
  await Promise.all(results);
  both.throwIfAborted();
}

/** Asks MLflow itself, and says what it gave back. */
async function looked(
  { run, platform }: RunningPlatform,
  page: LivePage | undefined,
  say: (line: string) => void,
): Promise<MlflowAccess> {
  const { url, user, password } = platform.mlflow.tracking;
  const access = { url: run.value(url), user, password: run.value(password) };
  const look = await firstLook(access);
  const { apiGroup, kind, metadata, name } = platform.mlflow.server.object;
  page?.made(identity(`${apiGroup}/${kind}`, metadata.namespace, name), [
    `run ${look.run}, with its metric ${look.metric}`,
    `an artifact of ${look.artifactBytes} bytes`,
    `model ${look.model}, version ${look.modelVersion}`,
  ]);
  say(
    `MLflow gave back what it was given: run ${look.run} with its metric ${look.metric}, an artifact of ${look.artifactBytes} bytes, version ${look.modelVersion} of the model ${look.model}`,
  );
  return access;
}

/** The pipeline that the environment names, if it names one. */
async function pipelineOf({ run: { pipeline } }: Environment): Promise<PlatformPipeline | undefined> {
  if (pipeline === undefined) return undefined;
  const { PlatformPipeline } = await import("./run-pipeline.ts");
  return PlatformPipeline.of(process.cwd(), pipeline);
}

function summaryOf(
  name: string,
  { url, user }: { readonly url: string; readonly user: string },
  folder: RunFolder,
  pipeline: readonly string[],
  page: string | undefined,
  keep: boolean,
): string {
  return [
    "",
    ...pipeline,
    `MLflow        ${url}`,
    `  user        ${user}`,
    `  password    "mlflow/admin" in ${folder.secrets}`,
    `logs          npx filiera logs ${name}`,
    `status        ${folder.status}`,
    ...(page === undefined || !keep ? [] : [`map           ${page}`]),
    keep ? "runs until Ctrl-C" : `to keep it running: npx filiera run ${name} --keep`,
    "",
  ].join("\n");
}

/** The plan's page, where Pulumi is installed: it is not needed to run. */
async function openPage(name: string, environment: Environment): Promise<LivePage | undefined> {
  const planning = await import("./plan.ts").catch((error: unknown) => {
    if (/Cannot find package '@pulumi\//.test(messageOf(error))) return undefined;
    throw error;
  });
  if (!planning) return undefined;
  const { out, plan } = await planning.planFiles(name, environment, undefined, "run it in another folder");
  const { LivePage } = await import("./live-page.ts");
  const page = await LivePage.open(out, new RunFolder(process.cwd(), name), process.cwd(), name);
  console.log(
    `planned: ${plan.totals.resources} resources; the map of the platform is ${pathToFileURL(join(out, "index.html"))}, and shows what runs at ${page.url}`,
  );
  return page;
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
