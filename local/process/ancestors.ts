import { isSame, type Process, processOf } from "./table.ts";

/** Shells and npm between a person and this process, which die without telling it. */
const BETWEEN = /^(?:sh|dash|bash|node|npm.*|MainThread)$/;

/**
 * Calls back when whoever started this process is gone. npm ends at SIGTERM and leaves what it started alone, with a
 * shell in between: so each process up to npm is watched.
 *
 * @returns ends the watch
 */
export function whenAbandoned(action: () => void, everyMs = 300): () => void {
  const watched = ancestors(process.env["npm_lifecycle_event"] !== undefined);
  const timer = setInterval(() => {
    if (watched.every(isSame)) return;
    clearInterval(timer);
    action();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

function ancestors(byNpm: boolean): Process[] {
  const found: Process[] = [];
  for (let pid = process.ppid; pid > 1; ) {
    const parent = processOf(pid);
    if (!parent) break;
    found.push(parent);
    // npm calls itself by what it runs
    if (!byNpm || /^npm/.test(parent.name) || !BETWEEN.test(parent.name)) break;
    pid = parent.parent;
  }
  return found;
}
