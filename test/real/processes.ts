import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

// Reads until whoever holds the other end is gone, however it went; then nothing is left of what that one started.
const REAPER = `
cat > /dev/null
for running in "$1"/pids/*; do kill -KILL -"\${running##*/}" 2> /dev/null; done
rm -rf "$1"`;

/**
 * Programs that run beside a test, each in a process group of its own, with a folder for what they write. Nothing is
 * left of them when the test stops them, and nothing when the test itself is killed.
 */
export class Processes {
  /** Gone when they are. */
  readonly folder = mkdtempSync(join(tmpdir(), "filiera-real-"));
  readonly #running = new Map<string, ChildProcess>();
  readonly #ended = new Map<string, string>();
  readonly #reaper: ChildProcess;

  constructor() {
    mkdirSync(join(this.folder, "pids"));
    this.#reaper = spawn("sh", ["-c", REAPER, "reaper", this.folder], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.#reaper.unref();
  }

  /** Starts a program; what it says goes to `<name>.log` in the folder. */
  start(
    name: string,
    [command, ...args]: readonly [string, ...string[]],
    environment: Readonly<Record<string, string>> = {},
  ): void {
    const log = openSync(join(this.folder, `${name}.log`), "a");
    const child = spawn(command, args, {
      detached: true,
      cwd: this.folder,
      env: { PATH: process.env["PATH"], HOME: this.folder, ...environment },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    const mark = join(this.folder, "pids", String(child.pid));
    if (child.pid !== undefined) writeFileSync(mark, "");
    this.#running.set(name, child);
    const end = (how: string): void => {
      this.#running.delete(name);
      this.#ended.set(name, how);
      rmSync(mark, { force: true });
    };
    child.once("error", ({ message }) => end(message));
    child.once("exit", (code, signal) => end(signal ?? `exit status ${code}`));
  }

  /** Whether a program runs. */
  runs(name: string): boolean {
    return this.#running.has(name);
  }

  /** The process id of a program that runs. */
  pidOf(name: string): number | undefined {
    return this.#running.get(name)?.pid;
  }

  /** What a program has said so far. */
  logOf(name: string): string {
    return readFileSync(join(this.folder, `${name}.log`), "utf8");
  }

  /**
   * Asks again and again until there is an answer.
   *
   * @throws Error when the program that should give it has ended, or after a while, with the last lines of its log.
   */
  async until<T>(name: string, what: string, answer: () => Promise<T | undefined>, seconds = 120): Promise<T> {
    const end = performance.now() + seconds * 1000;
    for (;;) {
      const found = await answer();
      if (found !== undefined) return found;
      const ended = this.#ended.get(name);
      if (ended !== undefined) throw new Error(`${name} ended (${ended}) before ${what}\n${this.#tail(name)}`);
      if (performance.now() > end) throw new Error(`${name}: not ${what} after ${seconds} s\n${this.#tail(name)}`);
      await sleep(100);
    }
  }

  /** Stops one program and all that it started, and waits until they are gone. */
  async stop(name: string): Promise<void> {
    const child = this.#running.get(name);
    if (child?.pid === undefined) return;
    const gone = new Promise((done) => child.once("exit", done));
    kill(child.pid, "SIGTERM");
    await Promise.race([gone, sleep(5_000, undefined, { ref: false })]);
    kill(child.pid, "SIGKILL");
    await gone;
    // its children are collected by the system, which may take a moment
    while (kill(child.pid, "SIGKILL")) await sleep(10);
  }

  /** Stops all, the last first, and removes the folder. */
  async stopAll(): Promise<void> {
    for (const name of [...this.#running.keys()].reverse()) await this.stop(name);
    const reaped = new Promise((done) => this.#reaper.once("exit", done));
    this.#reaper.stdin?.end();
    await reaped;
    rmSync(this.folder, { recursive: true, force: true });
  }

  #tail(name: string): string {
    return this.logOf(name).split("\n").slice(-15).join("\n");
  }
}

/** Sends a signal to a group; false where nobody is left in it. */
function kill(group: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}
