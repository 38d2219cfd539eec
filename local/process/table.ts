import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process, told apart from a later one with the same number by when it began. */
export interface Process {
  readonly pid: number;
  /** When it began, in whatever unit the system counts. */
  readonly start: string;
}

/** What the system knows of a running process. */
export interface Running extends Process {
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Its program's short name. */
  readonly name: string;
}

const HAS_PROC = existsSync("/proc/self/stat");

/** A running process; undefined for one that ended, or that ended and was not collected by its parent yet. */
export function processOf(pid: number): Running | undefined {
  return HAS_PROC ? fromProc(pid) : fromPs(pid)[0];
}

/** Whether the process still runs, and is the same. */
export function isSame({ pid, start }: Process): boolean {
  return processOf(pid)?.start === start;
}

/** Every process that can be seen. */
export function processes(): Running[] {
  if (!HAS_PROC) return fromPs();
  return readdirSync("/proc").flatMap((entry) => (/^\d+$/.test(entry) ? (fromProc(Number(entry)) ?? []) : []));
}

/** The folder in which a process works; undefined where that cannot be seen. */
export function folderOf(pid: number): string | undefined {
  return linkOf(pid, "cwd");
}

/** The program that a process runs; undefined where that cannot be seen. */
export function programOf(pid: number): string | undefined {
  return linkOf(pid, "exe");
}

/** What stood in a process's environment when it began, as `NAME=value`; nothing where that cannot be seen. */
export function variablesOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}

function linkOf(pid: number, link: "cwd" | "exe"): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/${link}`);
  } catch {
    return undefined;
  }
}

function fromProc(pid: number): Running | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // the name is in brackets, and may hold brackets itself
    const name = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [state, parent, group, session] = fields;
    const start = fields[19];
    if (state === "Z" || state === "X" || start === undefined) return undefined;
    return { pid, start, parent: Number(parent), group: Number(group), session: Number(session), name };
  } catch {
    return undefined;
  }
}

/** Systems without `/proc`, such as macOS. */
function fromPs(pid?: number): Running[] {
  try {
    const which = pid === undefined ? ["-A"] : ["-p", String(pid)];
    const text = execFileSync("ps", [...which, "-o", "pid=,ppid=,pgid=,sess=,stat=,lstart=,comm="], {
      encoding: "utf8",
      env: { PATH: "/bin:/usr/bin", LC_ALL: "C" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    return text.split("\n").flatMap((line) => {
      const fields = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(.{24})\s+(.*)$/.exec(line);
      if (!fields || fields[5]?.startsWith("Z")) return [];
      const [, own, parent, group, session, , start = "", name = ""] = fields;
      return { pid: Number(own), parent: Number(parent), group: Number(group), session: Number(session), start, name };
    });
  } catch {
    return [];
  }
}
