import { spawn } from "node:child_process";
import { closeSync, openSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { Json } from "../../constructs/kernel/json.ts";
import { cacheFolder } from "../cache.ts";
import { send } from "../process/sweep.ts";
import { processes, variablesOf } from "../process/table.ts";
import type { PythonEnvironment } from "../python/environment.ts";
import { writeIn } from "./record.ts";

/** The steps that reach MLflow: what they have in their environment, and no other step does. */
export interface TrackedSteps {
  /** What they are called among the pipeline's executors. */
  readonly executors: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What tells that MLflow from any other: their results hang on it. */
  readonly identity: string;
}

/** What the program is asked for that runs a pipeline. */
export interface DriverRequest {
  readonly spec: unknown;
  readonly parameters: Readonly<Record<string, Json>>;
  readonly artifacts: Readonly<Record<string, { readonly schema: string; readonly path: string }>>;
  readonly data: readonly string[];
  readonly folder: string;
  /** Where results are kept; null where none is. */
  readonly cache: string | null;
  /** What tells one set of packages from another. */
  readonly environment: string;
  /** What some steps alone are given. */
  readonly tracking: TrackedSteps;
  /** How many steps may run at once. */
  readonly parallel: number;
}

/** What the program tells. */
export type DriverEvent =
  | {
      readonly event: "task";
      readonly path: string;
      readonly state: "running" | "succeeded" | "cached" | "failed" | "skipped" | "blocked";
      /** Seconds since 1970. */
      readonly at: number;
      /** What a step says, from the run's folder; a group of them has none. */
      readonly log?: string;
      readonly outputs?: Json;
      readonly error?: string | null;
    }
  | {
      readonly event: "run";
      readonly state: "succeeded" | "failed";
      readonly outputs: Json;
      readonly error: string | null;
    };

const PROGRAM = join(
  dirname(createRequire(import.meta.url).resolve("filiera/package.json")),
  "local/pipeline/programs/run_pipeline.py",
);
/** How long steps may take to end when they are told to. */
const GRACE = 3_000;

/** The program that runs a pipeline's steps, and everything that it started: one process group, which ends as one. */
export class Driver {
  readonly #ended: Promise<number | null>;
  readonly #events: AsyncIterable<string>;
  readonly #pid: number | undefined;
  readonly #temporary: string;

  /** @param env - what steps have in their environment besides that of this process */
  constructor({ bin, python }: PythonEnvironment, request: DriverRequest, env: Readonly<Record<string, string>> = {}) {
    this.#temporary = join(request.folder, "tmp");
    const file = join(request.folder, "request.json");
    writeIn(request.folder, "request.json", JSON.stringify(request));
    const log = openSync(join(request.folder, "driver.log"), "a");
    const { PYTHONPATH: _, PYTHONHOME: __, PYTHONDONTWRITEBYTECODE: ___, ...inherited } = process.env;
    const child = spawn(python, ["-s", PROGRAM, file], {
      detached: true,
      env: {
        ...inherited,
        ...env,
        PATH: `${bin}:${inherited["PATH"] ?? ""}`,
        TMPDIR: this.#temporary,
        PYTHONUNBUFFERED: "1",
        // each step would else compile all that it imports
        PYTHONPYCACHEPREFIX: join(cacheFolder(), "python-compiled"),
      },
      // the program ends itself, and all that it started, when its standard input does
      stdio: ["pipe", log, log, "pipe"],
    });
    closeSync(log);
    this.#pid = child.pid;
    const events = child.stdio[3];
    this.#events = createInterface({ input: events instanceof Readable ? events : Readable.from([]) });
    this.#ended = new Promise((done) => {
      child.once("error", () => done(null));
      child.once("close", (code) => done(code));
    });
  }

  /** What happens, until the program has ended and nothing is left of it. */
  async *events(): AsyncGenerator<DriverEvent, number | null> {
    for await (const line of this.#events) {
      const event: DriverEvent = JSON.parse(line);
      yield event;
    }
    const code = await this.#ended;
    this.#signal("SIGKILL");
    this.#endStrays();
    return code;
  }

  /** Ends the program and its steps now, and waits until they are gone; it may be called when this process exits. */
  stop(): void {
    this.#signal("SIGTERM");
    const clock = new Int32Array(new SharedArrayBuffer(4));
    for (let waited = 0; waited < GRACE && this.#isThere(); waited += 50) Atomics.wait(clock, 0, 0, 50);
    this.#signal("SIGKILL");
    this.#endStrays();
  }

  /** Ends what left the group: it has the folder for temporary files that steps are given. */
  #endStrays(): void {
    for (const each of processes())
      if (each.pid !== process.pid && variablesOf(each.pid).includes(`TMPDIR=${this.#temporary}`))
        send(each, "SIGKILL");
  }

  #isThere(): boolean {
    return processes().some(({ group }) => group === this.#pid);
  }

  #signal(signal: NodeJS.Signals): boolean {
    if (this.#pid === undefined) return false;
    try {
      process.kill(-this.#pid, signal);
      return true;
    } catch {
      // all of it is gone
      return false;
    }
  }
}

/** Removes what is of no use after a run. */
export function tidy(folder: string): void {
  for (const each of ["tmp", "workspace", "request.json"]) rmSync(join(folder, each), { recursive: true, force: true });
}
