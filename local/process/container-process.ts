import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import type { Command } from "../run/prepare.ts";
import { type Entry, note } from "./ledger.ts";
import { end, gone, remainsOf, send } from "./sweep.ts";
import { isSame, processOf, programOf, type Running } from "./table.ts";

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The process of a container, in a session of its own, with its output in a file. */
export class ContainerProcess {
  readonly pid: number;
  /** Settles when the process itself has ended; what it started may go on. */
  readonly exited: Promise<Exit>;
  readonly #entry: Entry | undefined;
  readonly #command: Command;

  private constructor(child: ChildProcess & { readonly pid: number }, command: Command, name: string) {
    this.pid = child.pid;
    this.#command = command;
    this.exited = new Promise((done) => child.once("exit", (code, signal) => done({ code, signal })));
    // it may have ended already, and then left nothing that could be found by its number
    const running = processOf(child.pid);
    const { signal, program } = command;
    const programs = [...new Set([program, programOf(child.pid) ?? program])];
    this.#entry = running && { pid: running.pid, start: running.start, name, signal, programs };
  }

  /** @throws Error where the program cannot be started, or not be noted in the ledger: then it does not run */
  static async start(command: Command, name: string, ledger: string): Promise<ContainerProcess> {
    const [program, ...args] = command.argv;
    const log = openSync(command.log, "a");
    try {
      const child = spawn(program, args, {
        cwd: command.folder,
        env: { ...command.env },
        detached: true,
        stdio: ["ignore", log, log],
      });
      await new Promise<void>((done, fail) => {
        child.once("spawn", done);
        child.once("error", fail);
      });
      const process = new ContainerProcess(started(child), command, name);
      await process.#note(ledger);
      return process;
    } finally {
      closeSync(log);
    }
  }

  /** What is not noted would outlive a crash: it may not run. */
  async #note(ledger: string): Promise<void> {
    try {
      if (this.#entry) note(ledger, this.#entry);
    } catch (error) {
      await this.clear();
      throw error;
    }
  }

  /** Asks it to stop, and kills it when it takes longer than it may; then ends what it left. */
  async stop(graceMs: number): Promise<void> {
    const before = this.remains();
    if (this.#entry) {
      send(this.#entry, this.#command.signal);
      if (!(await gone([this.#entry], graceMs))) send(this.#entry, "SIGKILL");
    }
    await end(() => [...before.filter(isSame), ...this.remains()]);
  }

  /** Ends what the process left when it ended: its session, and its program's children in its folders. */
  async clear(): Promise<void> {
    await end(() => this.remains());
  }

  /** It and all that it started. */
  remains(): Running[] {
    return this.#entry ? remainsOf([this.#entry], this.#command.folders) : [];
  }
}

function started(child: ChildProcess): ChildProcess & { readonly pid: number } {
  const { pid } = child;
  if (pid === undefined) throw new Error("the process has no number");
  return Object.assign(child, { pid });
}
