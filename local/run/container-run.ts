import { existsSync, readFileSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FilieraError, messageOf } from "../../constructs/kernel/errors.ts";
import { ContainerProcess, type Exit } from "../process/container-process.ts";
import { fullDisk } from "./folder.ts";
import type { Container, Pod } from "./pod.ts";
import type { Command } from "./prepare.ts";
import { type Asked, type Probe, probeOf } from "./probe.ts";

/** What a container does, as far as its pod wants to know. */
export type ContainerState = "starting" | "ready" | "restarting" | "stopped";

export interface ContainerRunOptions {
  readonly pod: Pod;
  readonly container: Container;
  readonly ledger: string;
  /** Makes the command anew for each start: files and ports of the last one may be spent. */
  readonly command: () => Promise<Command>;
  readonly asked: (command: Command) => Asked;
  readonly graceMs: number;
  readonly changed: (state: ContainerState, detail?: string) => void;
  /** Is told what no start will mend, also of a server that was ready before. */
  readonly hopeless: (error: unknown) => void;
}

/** A container ended, and should not have. */
export class ContainerEnded extends FilieraError {
  /** How it ended, without its log. */
  readonly detail: string;
  /** Whether another start may help. */
  readonly mayHelp: boolean;

  constructor(object: string, message: string, detail: string, mayHelp: boolean) {
    super([{ path: object, message }]);
    this.detail = detail;
    this.mayHelp = mayHelp;
  }
}

/** How one life of a container ended. */
type Failure = { readonly error: unknown } & Pick<ContainerEnded, "detail" | "mayHelp">;

/** Tries of a server that was never ready; one that was is started again for ever. */
const TRIES = 5;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** After so long without an exit, the next pause is short again. */
const CALM_MS = 60_000;

/** A container that runs until it is stopped: started again when it exits, longer pauses between. */
export class ContainerRun {
  readonly #options: ContainerRunOptions;
  readonly #stop = new AbortController();
  #process: ContainerProcess | undefined;
  #restarts = 0;
  #ready = false;
  #loop: Promise<void> | undefined;

  constructor(options: ContainerRunOptions) {
    this.#options = options;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Its processes that run now. */
  get pids(): number[] {
    return this.#process?.remains().map(({ pid }) => pid) ?? [];
  }

  /** Starts it, and settles when it is ready. Fails when it exits again and again before it ever was. */
  async start(): Promise<void> {
    let settle: (error?: unknown) => void = () => {};
    const ready = new Promise<void>((done, fail) => {
      settle = (error) => (error === undefined ? done() : fail(error));
    });
    this.#loop = this.#supervise(settle).catch((error: unknown) => {
      settle(error);
      this.#options.hopeless(error);
    });
    await ready;
  }

  /** Asks it to stop, and settles when nothing of it is left. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#process?.stop(this.#options.graceMs);
    await this.#loop;
    this.#options.changed("stopped");
  }

  async #supervise(settle: (error?: unknown) => void): Promise<void> {
    const { pod, container, changed } = this.#options;
    let pause = FIRST_PAUSE_MS;
    for (let tries = 1; !this.#stop.signal.aborted; tries += 1) {
      const began = Date.now();
      const failure = await this.#once(() => {
        this.#ready = true;
        changed("ready");
        settle();
      });
      if (this.#stop.signal.aborted) break;
      if (!failure.mayHelp) this.#options.hopeless(failure.error);
      if (!this.#ready && (!failure.mayHelp || tries >= TRIES)) {
        settle(failure.error);
        return;
      }
      if (Date.now() - began > CALM_MS) pause = FIRST_PAUSE_MS;
      this.#restarts += 1;
      changed("restarting", `${failure.detail}, starts again in ${pause / 1000} s`);
      await sleep(pause, undefined, { signal: this.#stop.signal }).catch(() => {});
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
    settle(FilieraError.at(pod.object, `container ${container.name} was stopped before it was ready`));
  }

  /** One life of the process, until nothing of it is left. */
  async #once(ready: () => void): Promise<Failure> {
    const { pod, container, ledger, changed } = this.#options;
    let command: Command;
    try {
      command = await this.#options.command();
      changed("starting");
      this.#process = await ContainerProcess.start(command, `${pod.namespace}/${pod.name} ${container.name}`, ledger);
    } catch (error) {
      const detail = `cannot be started (${messageOf(error)})`;
      const known =
        error instanceof FilieraError ? error : FilieraError.at(pod.object, `container ${container.name} ${detail}`);
      return { error: known, detail, mayHelp: false };
    }
    const running = this.#process;
    // it was told to stop while its process began
    if (this.#stop.signal.aborted) void running.stop(this.#options.graceMs);
    const asking = new AbortController();
    const probing = this.#probe(command, ready, asking.signal).then(async (wrong) => {
      if (wrong !== undefined) await running.stop(this.#options.graceMs);
      return wrong;
    });
    const exit = await running.exited;
    asking.abort();
    const wrong = await probing;
    // a leader's children may go on and answer in its place
    await running.clear();
    this.#process = undefined;
    const error = failed(pod, container, wrong ?? describeExit(exit), command.log);
    return { error, detail: error.detail, mayHelp: error.mayHelp };
  }

  /** Asks until the process is ready, and then whether it still lives; settles with what was wrong. */
  async #probe(command: Command, ready: () => void, signal: AbortSignal): Promise<string | undefined> {
    const asked = this.#options.asked(command);
    const { spec } = this.#options.container;
    const [startup, readiness, liveness] = (["startupProbe", "readinessProbe", "livenessProbe"] as const).map((kind) =>
      probeOf(spec, kind, asked),
    );
    if (startup && !(await answers(startup, signal))) return signal.aborted ? undefined : "did not start in time";
    if (readiness) await answers({ ...readiness, failures: Number.POSITIVE_INFINITY }, signal);
    if (signal.aborted) return undefined;
    ready();
    if (!liveness) return undefined;
    for (let missed = 0; !signal.aborted; ) {
      await sleep(liveness.periodMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return undefined;
      missed = (await liveness.ask()) ? 0 : missed + 1;
      if (missed >= liveness.failures) return "no longer answers";
    }
    return undefined;
  }
}

/** Runs a container to its end. */
export async function complete(
  options: Omit<ContainerRunOptions, "asked" | "changed" | "hopeless">,
  signal: AbortSignal,
  deadlineMs = Number.POSITIVE_INFINITY,
): Promise<void> {
  const { pod, container, ledger } = options;
  const command = await options.command();
  signal.throwIfAborted();
  const process = await ContainerProcess.start(command, `${pod.namespace}/${pod.name} ${container.name}`, ledger);
  const stop = () => void process.stop(options.graceMs);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const timer = Number.isFinite(deadlineMs) ? setTimeout(stop, deadlineMs) : undefined;
  try {
    const exit = await process.exited;
    await process.clear();
    if (exit.code !== 0) throw failed(pod, container, describeExit(exit), command.log);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

/** Asks quicker than a probe says, as nobody else asks here; as long as a probe would. */
async function answers(probe: Probe, signal: AbortSignal): Promise<boolean> {
  const until = Date.now() + probe.delayMs + probe.periodMs * probe.failures;
  const pauseMs = Math.min(probe.periodMs, 250);
  while (!signal.aborted) {
    if (await probe.ask()) return true;
    if (Date.now() > until) return false;
    await sleep(pauseMs, undefined, { signal }).catch(() => {});
  }
  return false;
}

function describeExit({ code, signal }: Exit): string {
  return signal ? `was ended by ${signal}` : `exited with ${code}`;
}

function failed({ object }: Pod, { name }: Container, ended: string, log: string): ContainerEnded {
  const last = lastLines(log);
  const full = fullDisk(dirname(log), last);
  const detail = full ? `${ended}, and ${dirname(log)} ${full}: make room, or run it in another folder` : ended;
  const message = `container ${name} ${detail}${last === "" ? "" : `; its log ${log} ends with:\n${last}`}`;
  return new ContainerEnded(object, message, detail, full === undefined);
}

/** What a log ends with, indented. */
export function lastLines(log: string, count = 12): string {
  if (!existsSync(log)) return "";
  const lines = readFileSync(log, "utf8").trimEnd().split("\n").slice(-count);
  return lines
    .map((line) => `      ${line.slice(0, 300)}`)
    .join("\n")
    .trimEnd();
}

/** Puts a log of an earlier run aside. */
export function setAside(log: string): void {
  if (existsSync(log)) renameSync(log, `${log}.before`);
}
