import { sep } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { alive, type Entry, entriesOf } from "./ledger.ts";
import { folderOf, isSame, type Process, processes, programOf, type Running } from "./table.ts";

/** How long what was asked to stop may take before it is killed. */
const GRACE_MS = 10_000;

/**
 * Ends whatever a run left: what its ledger names, asked in reverse order, and then what belongs to it by session or by
 * working folder, as children do that left their parent's group.
 *
 * @returns how many processes were ended
 */
export async function sweep(folder: string, ledger: string, graceMs = GRACE_MS): Promise<number> {
  const entries = entriesOf(ledger);
  const remains = () => remainsOf(entries, [folder]);
  // while their parents live, children are known by them, whatever they run
  const before = remains();
  const found = new Set<number>([...alive(entries), ...before].map(({ pid }) => pid));
  for (const entry of alive(entries).reverse()) {
    send(entry, entry.signal);
    await gone([entry], graceMs);
  }
  await end(() => [...before.filter(isSame), ...remains()]);
  return found.size;
}

/** Kills until nothing is left: what dies may have just begun another. What cannot be killed is left to the system. */
export async function end(remains: () => readonly Process[]): Promise<void> {
  for (let tries = 0, left = held(remains); left.length > 0 && tries < 10; tries += 1, left = held(remains)) {
    for (const process of left) send(process, "SIGKILL");
    await gone(left, 2000);
  }
}

/** What is left, all of it stopped: what one begins just before it is killed would have lost the parent it is known by. */
function held(remains: () => readonly Process[]): readonly Process[] {
  const stopped = new Set<number>();
  for (;;) {
    const left = remains();
    const running = left.filter(({ pid }) => !stopped.has(pid));
    if (running.length === 0) return left;
    for (const process of running) {
      send(process, "SIGSTOP");
      stopped.add(process.pid);
    }
  }
}

/** Waits until all of them are gone, at most so long. */
export async function gone(processes: readonly Process[], withinMs: number): Promise<boolean> {
  const until = Date.now() + withinMs;
  for (;;) {
    if (!processes.some(isSame)) return true;
    if (Date.now() > until) return false;
    await sleep(25);
  }
}

/**
 * What is left of processes: themselves, their sessions, their programs' children in folders of the run, and all
 * that these have started and that has not outlived its parent.
 */
export function remainsOf(entries: readonly Entry[], folders: readonly string[]): Running[] {
  const all = processes();
  const byPid = new Map(all.map((each) => [each.pid, each]));
  const own = new Set(entries.filter(({ pid, start }) => byPid.get(pid)?.start === start).map(({ pid }) => pid));
  const sessions = new Set(entries.map(({ pid }) => pid));
  const programs = new Set(entries.flatMap((entry) => entry.programs));
  const found = all.filter((each) => {
    if (each.pid === process.pid) return false;
    if (own.has(each.pid)) return true;
    // the leader's number may have been given to another by now
    if (sessions.has(each.session) && own.has(each.session)) return true;
    const place = folderOf(each.pid);
    if (!folders.some((folder) => isIn(place, folder))) return false;
    return sessions.has(each.session) || isOneOf(programs, programOf(each.pid));
  });
  return withDescendants(found, all);
}

function withDescendants(found: readonly Running[], all: readonly Running[]): Running[] {
  const children = Map.groupBy(all, ({ parent }) => parent);
  const known = new Map(found.map((each) => [each.pid, each]));
  // a Map goes on to what is added to it meanwhile
  for (const pid of known.keys())
    for (const child of children.get(pid) ?? [])
      if (child.pid !== process.pid && !known.has(child.pid)) known.set(child.pid, child);
  return [...known.values()];
}

/** A program that was replaced meanwhile is shown as deleted. */
function isOneOf(programs: ReadonlySet<string>, program: string | undefined): boolean {
  return program !== undefined && programs.has(program.replace(/ \(deleted\)$/, ""));
}

/** Whether a path is a folder, or in it; what was deleted meanwhile too. */
export function isIn(path: string | undefined, folder: string): boolean {
  if (path === undefined) return false;
  const place = path.replace(/ \(deleted\)$/, "");
  return place === folder || place.startsWith(folder + sep);
}

export function send({ pid, start }: Process, signal: NodeJS.Signals): void {
  if (!isSame({ pid, start })) return;
  try {
    process.kill(pid, signal);
  } catch {
    // it ended in the meantime
  }
}
