import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { FilieraError, isFilieraError, throwProblems } from "../../constructs/kernel/errors.ts";
import { type Compiled, compile } from "../../pipelines/index.ts";
import { type PythonLock, pythonEnvironment } from "../python/environment.ts";
import { Driver, type DriverEvent, tidy } from "./driver.ts";
import type { FoundPipeline } from "./find.ts";
import { type LibraryHere, libraryHere, type TrackingHere, trackedExecutors } from "./library.ts";
import { leftOut, obstaclesOf } from "./obstacles.ts";
import { libraryImage, lockFor, missingPackages } from "./packages.ts";
import type { RunInputs } from "./parameters.ts";
import { cacheOf, RunFolder, type RunRecord, type TaskRecord } from "./record.ts";

/** What steps have that are none of the library: what the shell has. */
const NO_LIBRARY: LibraryHere = { env: {}, content: "", tracking: { env: {}, identity: "" } };

/** How a pipeline is run. */
export interface RunOptions {
  readonly inputs: RunInputs;
  /** Whether results of earlier runs are taken. @default true */
  readonly cache?: boolean;
  /** How many steps run at once. @default - as many as there are cores, at most 4 */
  readonly parallel?: number;
  /** Where models are registered. @default - as `MLFLOW_TRACKING_URI` says, or else in a store of the project's */
  readonly tracking?: TrackingHere;
  /** Stops the run. @default - only the end of this process does */
  readonly signal?: AbortSignal;
  /** Is told what happens before, in lines for people. */
  readonly say?: (line: string) => void;
  /** Is told, before the first step, where the run keeps what it keeps. */
  readonly began?: (folder: string) => Promise<void>;
  /** Is told of every change. */
  readonly changed?: (record: RunRecord, event: DriverEvent) => void;
}

/**
 * A pipeline as it runs here, and the lock of its packages.
 *
 * @throws FilieraError where something of it cannot run here
 */
export function prepared(
  project: string,
  { pipeline, lock: own }: FoundPipeline,
): { readonly compiled: Compiled; readonly lock: PythonLock } {
  const compiled = compile(pipeline, { installed: true });
  const lock = lockFor(pipeline, own);
  throwProblems([...obstaclesOf(compiled.pipelineSpec), ...missingPackages(pipeline, lock, project)]);
  return { compiled, lock };
}

/**
 * Runs a pipeline's Python steps on this machine. Its record is kept whatever becomes of it; when this process ends,
 * so do the steps.
 *
 * @throws FilieraError where something of it cannot run here, before anything of it does
 */
export async function runPipeline(project: string, found: FoundPipeline, options: RunOptions): Promise<RunRecord> {
  const { pipeline } = found;
  const {
    inputs,
    cache = true,
    parallel = Math.min(4, availableParallelism()),
    say = () => {},
    began,
    changed,
    signal,
  } = options;
  const { compiled, lock } = prepared(project, found);
  for (const each of leftOut(compiled)) say(`not here, but on the platform: ${each}`);
  const environment = await pythonEnvironment(lock, { progress: say, ...(signal && { signal }) });
  const folder = RunFolder.make(project, pipeline.name, new Date());
  const image = libraryImage(pipeline);
  const library = image ? libraryHere(project, folder.id, say, image, options.tracking) : NO_LIBRARY;
  const packages = hash(`${environment.version}\n${readFileSync(lock.requirements, "utf8")}${library.content}`);
  const keeper = new Keeper(folder, {
    pipeline: pipeline.name,
    id: folder.id,
    state: "running",
    started: new Date().toISOString(),
    parameters: inputs.parameters,
    spec: hash(JSON.stringify(compiled)),
    packages,
    tasks: {},
  });
  say(`${pipeline.name}: ${relative(project, folder.path)}`);
  await began?.(folder.path);
  if (signal?.aborted) {
    keeper.stopped();
    tidy(folder.path);
    return keeper.record;
  }
  const driver = new Driver(
    environment,
    {
      spec: compiled.pipelineSpec,
      ...inputs,
      folder: folder.path,
      cache: cache ? cacheOf(project, pipeline.name) : null,
      environment: packages,
      tracking: { ...library.tracking, executors: trackedExecutors(compiled) },
      parallel,
    },
    library.env,
  );
  const stop = (): void => {
    driver.stop();
    keeper.stopped();
    tidy(folder.path);
  };
  process.once("exit", stop);
  signal?.addEventListener("abort", stop);
  try {
    for await (const event of driver.events()) {
      if (signal?.aborted) continue;
      keeper.take(event);
      changed?.(keeper.record, event);
    }
  } finally {
    process.off("exit", stop);
    signal?.removeEventListener("abort", stop);
    tidy(folder.path);
  }
  if (keeper.record.state === "running") {
    keeper.stopped();
    throw FilieraError.at(
      pipeline.name,
      `found that what runs the steps ended before they did: ${relative(project, join(folder.path, "driver.log"))} says why`,
    );
  }
  return keeper.record;
}

/** Keeps the record of a run. */
class Keeper {
  record: RunRecord;
  readonly #folder: RunFolder;
  #soon: NodeJS.Timeout | undefined;

  constructor(folder: RunFolder, record: RunRecord) {
    this.#folder = folder;
    this.record = record;
    folder.write(record);
  }

  take(event: DriverEvent): void {
    const { record } = this;
    if (event.event === "run") {
      const { state, outputs, error } = event;
      this.#keep({ ...record, state, ended: now(), outputs, ...(error !== null && { error }) });
      return;
    }
    const { path, state, at, outputs, error, log } = event;
    const before = record.tasks[path];
    const time = new Date(at * 1000).toISOString();
    const task: TaskRecord = {
      ...before,
      state,
      ...(state === "running" ? { started: time } : { ended: time }),
      ...(state !== "running" && outputs !== undefined && { outputs }),
      ...(error && { error }),
      ...(log !== undefined && { log }),
    };
    this.#keep({ ...record, tasks: { ...record.tasks, [path]: task } });
  }

  /** What ran is over. */
  stopped(): void {
    const tasks = Object.entries(this.record.tasks).map(([path, task]): [string, TaskRecord] => [
      path,
      task.state === "running" ? { ...task, state: "stopped", ended: now() } : task,
    ]);
    this.#keep({ ...this.record, state: "stopped", ended: now(), tasks: Object.fromEntries(tasks) });
  }

  /** Writes it at once when a run ends, and else not so often that it slows a loop of thousands down. */
  #keep(record: RunRecord): void {
    this.record = record;
    if (record.state !== "running") this.#write();
    else this.#soon ??= setTimeout(() => this.#tryWrite(), 100);
  }

  /** What cannot be written now is told when the run ends, if it cannot be written then. */
  #tryWrite(): void {
    try {
      this.#write();
    } catch (error) {
      if (!isFilieraError(error)) throw error;
    }
  }

  #write(): void {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    this.#folder.write(this.record);
  }
}

function now(): string {
  return new Date().toISOString();
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
