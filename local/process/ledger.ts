import { appendFileSync, readFileSync } from "node:fs";
import { isSame, type Process } from "./table.ts";

/** A process that a run started, as it stands in the run's ledger. */
export interface Entry extends Process {
  /** What it is, such as `mlflow/mlflow main`. */
  readonly name: string;
  /** The signal that asks it to stop. */
  readonly signal: NodeJS.Signals;
  /** Its program, and what that was called as: its children are known by them after it is gone. */
  readonly programs: readonly string[];
}

/** Notes a process on the disk, so that it can be found when nobody remembers it. */
export function note(file: string, entry: Entry): void {
  appendFileSync(file, `${JSON.stringify(entry)}\n`);
}

/** All that was noted, in order; half a line, which a crash can leave, counts for nothing. */
export function entriesOf(file: string): Entry[] {
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    try {
      const entry: Entry = JSON.parse(line);
      return [entry];
    } catch {
      return [];
    }
  });
}

/** Those that still run. */
export function alive(entries: readonly Entry[]): Entry[] {
  return entries.filter(isSame);
}
