import { readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Problem } from "../../constructs/kernel/errors.ts";
import { at, textAt } from "../../constructs/kernel/json.ts";

/** A run that has, or had, a state of this machine to itself. */
export interface Lock {
  readonly pid: number;
  readonly who: string;
  readonly since: string;
  /** Whether its process is gone, so that nobody holds the lock any more. */
  readonly stale: boolean;
}

/** The locks of a stack whose state is a folder, as Pulumi's backend writes them. */
export function locksOf(state: string, project: string, stack: string): Lock[] {
  const folder = join(state, ".pulumi", "locks", "organization", project, stack);
  return filesIn(folder).flatMap((file): Lock[] => {
    const content = read(join(folder, file));
    const pid = Number(at(content, "pid"));
    if (!Number.isInteger(pid)) return [];
    const host = textAt(content, "hostname");
    return [
      {
        pid,
        who: `${textAt(content, "username")}@${host}`,
        since: textAt(content, "timestamp") ?? "",
        stale: host === hostname() && !isAlive(pid),
      },
    ];
  });
}

/** What to do about a lock that somebody may still hold. */
export function lockProblem({ pid, who, since }: Lock, environment: string): Problem {
  return {
    path: "filiera:state",
    message: `another run holds the state (process ${pid} of ${who}, since ${since}): wait for it, or if it is gone: npx filiera pulumi ${environment} -- cancel`,
  };
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((file) => file.endsWith(".json"));
  } catch {
    return [];
  }
}

function read(file: string): unknown {
  try {
    const content: unknown = JSON.parse(readFileSync(file, "utf8"));
    return content;
  } catch {
    // it may be let go just now
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
