import { randomBytes } from "node:crypto";
import { globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { FilieraError, messageOf } from "../../constructs/kernel/errors.ts";
import type { Json } from "../../constructs/kernel/json.ts";

/** How a task or a run is or ended. `blocked` is what did not run because something before it failed. */
export type State = "running" | "succeeded" | "cached" | "failed" | "skipped" | "blocked" | "stopped";

/** What became of a task: a step, or a group of them. */
export interface TaskRecord {
  readonly state: State;
  /** ISO times; a task that was skipped has none. */
  readonly started?: string;
  readonly ended?: string;
  readonly outputs?: Json;
  readonly error?: string;
  /** What it said, from the run's folder; groups have none. */
  readonly log?: string;
}

/** What is kept of a run: written when it begins and at each change, so that one that is killed has one too. */
export interface RunRecord {
  readonly pipeline: string;
  readonly id: string;
  readonly state: State;
  readonly started: string;
  readonly ended?: string;
  readonly parameters: Json;
  /** Content hash of the IR that runs. */
  readonly spec: string;
  /** Content hash of the lock of the packages. */
  readonly packages: string;
  /** By their paths, such as `for-loop-1[0]/train`. */
  readonly tasks: Readonly<Record<string, TaskRecord>>;
  readonly outputs?: Json;
  readonly error?: string;
}

/** The folder of a run, in `.filiera/pipeline-runs/<pipeline>/<id>` of the project. */
export class RunFolder {
  readonly path: string;
  readonly id: string;

  private constructor(path: string, id: string) {
    this.path = path;
    this.id = id;
  }

  /** A new one. */
  static make(project: string, pipeline: string, now: Date): RunFolder {
    const time = now
      .toISOString()
      .replaceAll(/[-:]|\.\d+Z$/g, "")
      .replace("T", "-");
    const id = `${time}-${randomBytes(2).toString("hex")}`;
    const path = join(project, runsOf(pipeline), id);
    try {
      for (const each of ["logs", "artifacts", "tmp"]) mkdirSync(join(path, each), { recursive: true });
    } catch (error) {
      throw refused(path, error);
    }
    return new RunFolder(path, id);
  }

  /** @throws FilieraError where it cannot be written, as on a disk that is full */
  write(record: RunRecord): void {
    writeIn(this.path, "run.json", `${JSON.stringify(record, undefined, 2)}\n`);
  }
}

/**
 * Writes a file of a run whole, or leaves what was there.
 *
 * @throws FilieraError where it cannot be written
 */
export function writeIn(folder: string, name: string, text: string): void {
  const file = join(folder, name);
  try {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  } catch (error) {
    rmSync(`${file}.new`, { force: true });
    throw refused(folder, error);
  }
}

function refused(path: string, error: unknown): FilieraError {
  const reason = messageOf(error).split(",", 1)[0];
  return FilieraError.at(path, `cannot be written (${reason}): a run keeps its record there, run it elsewhere by -C`);
}

/**
 * The record of a run, or of the last one.
 *
 * @throws FilieraError where there is none
 */
export function readRun(project: string, pipeline: string, id: string): RunRecord {
  const folder = join(project, runsOf(pipeline));
  // one that was killed while its folder was made has no record
  const ids = globSync("*/run.json", { cwd: folder }).map(dirname).sort();
  const chosen = id === "last" ? ids.at(-1) : id;
  if (chosen === undefined || !ids.includes(chosen)) {
    const there = ids.length === 0 ? "it has not run here" : `there are ${ids.join(", ")}`;
    throw FilieraError.at(pipeline, `found no run "${id}": ${there}`);
  }
  const record: RunRecord = JSON.parse(readFileSync(join(folder, chosen, "run.json"), "utf8"));
  return record;
}

/** Where the results of steps are kept that need not run again. */
export function cacheOf(project: string, pipeline: string): string {
  return join(project, ".filiera/pipeline-cache", pipeline);
}

function runsOf(pipeline: string): string {
  return join(".filiera/pipeline-runs", pipeline);
}
