import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { codeOf, FilieraError, isFilieraError } from "../../constructs/kernel/errors.ts";
import { textAt } from "../../constructs/kernel/json.ts";
import { freeMegabytes, refusalOf } from "../cache.ts";
import { isIn } from "../process/sweep.ts";

/** Marks a folder as one that `--fresh` may delete. */
const MARK = "filiera-run";

/** Folders beside those of the runs, where pipelines keep theirs: an environment of such a name would share one. */
const TAKEN: ReadonlySet<string> = new Set(["keys", "mlflow", "pipeline-cache", "pipeline-runs", "serving"]);

/** Where a run keeps what it needs to go on later, and what there is to see of it: `.filiera/<environment>`. */
export class RunFolder {
  readonly path: string;

  constructor(project: string, environment: string) {
    this.path = join(project, ".filiera", environment);
  }

  /** What is there to see: written anew at each change. */
  get status(): string {
    return join(this.path, "status.json");
  }

  /** Every event of the run, a line each. */
  get events(): string {
    return join(this.path, "events.jsonl");
  }

  /** Every process that was started, a line each. */
  get processes(): string {
    return join(this.path, "processes.jsonl");
  }

  /** Passwords and keys, readable by their owner alone. */
  get secrets(): string {
    return join(this.path, "secrets.json");
  }

  get ports(): string {
    return join(this.path, "ports.json");
  }

  /** Jobs that were done. */
  get jobs(): string {
    return join(this.path, "jobs.json");
  }

  /** The certificates of this run's own authority. */
  get certificates(): string {
    return join(this.path, "certificates.json");
  }

  get logs(): string {
    return join(this.path, "logs");
  }

  /** What pods keep. */
  volume(namespace: string, claim: string): string {
    return join(this.path, "volumes", namespace, claim);
  }

  /** What is kept where a folder stands for a pod. */
  instead(namespace: string, name: string, of: "buckets" | "databases"): string {
    return join(this.path, "volumes", namespace, `${name}-${of}`);
  }

  /** What a pod has while it lives. */
  pod(namespace: string, name: string): string {
    return join(this.path, "pods", namespace, name);
  }

  /** Makes the folder; programs that listen on a socket in it need no long path, as none does. */
  make(): void {
    if (TAKEN.has(basename(this.path)))
      throw FilieraError.at(this.path, "is where pipelines keep what is theirs: give the environment another name");
    try {
      mkdirSync(this.logs, { recursive: true });
      writeFileSync(join(this.path, MARK), "what filiera run keeps; filiera run --fresh deletes it\n");
    } catch (error) {
      throw this.explained(error);
    }
  }

  /** Deletes all that was kept. */
  clear(): void {
    if (!existsSync(this.path)) return;
    if (!existsSync(join(this.path, MARK)))
      throw FilieraError.at(this.path, "is not a folder that filiera run made: move it away");
    rmSync(this.path, { recursive: true, force: true });
  }

  /** Says what is wrong where this folder cannot be written; other errors as they are. */
  explained(error: unknown, object?: string): unknown {
    const told = codeOf(error) ?? "";
    // what cannot be written any more is a file that was open, and has no path
    const isOurs = FULL.test(told) || isIn(textAt(error, "path"), this.path);
    const code = told === "ENOENT" ? refusalOf(this.path) : told;
    if (isFilieraError(error) || !isOurs || code === undefined || !REFUSED.has(code)) return error;
    const full = FULL.test(code) ? fullDisk(this.path, code) : undefined;
    const why = full ?? `cannot be written (${code}), and a run keeps its state there`;
    return FilieraError.at(
      object ?? this.path,
      `${object === undefined ? "" : `${this.path} `}${why}: ${full ? "make room" : "mend that"}, or run it in another folder`,
    );
  }
}

/** How a file system says that it takes no more, and how programs do. */
const FULL = /ENOSPC|EDQUOT|No space left on device|Disk quota exceeded|[Cc]heck free disk space|disk is full/;
const REFUSED: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EIO", "ENOTDIR"]);

/** That the disk of a folder is full, where nothing is left of it or what a program said last is that. */
export function fullDisk(folder: string, said = ""): string | undefined {
  const left = freeMegabytes(folder);
  return left < 1 || FULL.test(said) ? `is on a disk that is full (${left} MB are left)` : undefined;
}

/** Reads JSON that this program wrote; undefined where there is none. */
export function readJson<T>(file: string): T | undefined {
  try {
    const value: T = JSON.parse(readFileSync(file, "utf8"));
    return value;
  } catch {
    return undefined;
  }
}

/** Writes a file whole or not at all. */
export function writeWhole(file: string, text: string, mode = 0o644): void {
  const staged = `${file}.${process.pid}.new`;
  try {
    writeFileSync(staged, text, { mode });
    renameSync(staged, file);
  } catch (error) {
    rmSync(staged, { force: true });
    throw error;
  }
}

/** A short name of a text, for folders. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
