import { FilieraError, isFilieraError, messageOf } from "../../constructs/kernel/errors.ts";
import type { Json } from "../../constructs/kernel/json.ts";
import type { Text } from "../../constructs/kernel/late.ts";
import { isLoopback, listeningOf } from "../process/listening.ts";
import { sweep } from "../process/sweep.ts";
import type { StandInContext } from "../stand-ins/index.ts";
import { contextOf } from "./context.ts";
import { type RunFolder, readJson, writeWhole } from "./folder.ts";
import type { Part } from "./plan.ts";
import { completes, type Pod } from "./pod.ts";
import { PodRun } from "./pod-run.ts";
import { LOOPBACK, type Ports } from "./ports.ts";
import type { RunStatus, StatusBoard } from "./status.ts";
import { isFolder, portOf, textFor, type World } from "./world.ts";

/** What a run is made of. */
export interface RunParts {
  readonly folder: RunFolder;
  readonly world: World;
  readonly parts: readonly Part[];
  readonly board: StatusBoard;
  readonly ports: Ports;
  /** Ends all that was started when this process is gone, unless told that it ended in order. */
  readonly reaper: { dismiss(): void };
}

/** A platform that runs on this machine. */
export class Run {
  readonly folder: RunFolder;
  readonly #world: World;
  readonly #parts: readonly Part[];
  readonly #board: StatusBoard;
  readonly #ports: Ports;
  readonly #reaper: RunParts["reaper"];
  readonly #started: PodRun[] = [];
  readonly #turns = new Map<string, Promise<void>>();
  readonly #hopeless = Promise.withResolvers<never>();
  #stopping: Promise<void> | undefined;

  /** @internal */
  constructor({ folder, world, parts, board, ports, reaper }: RunParts) {
    this.folder = folder;
    this.#world = world;
    this.#parts = parts;
    this.#board = board;
    this.#ports = ports;
    this.#reaper = reaper;
    // after the start nobody asks: what is hopeless is then said in its state
    this.#hopeless.promise.catch(() => {});
    board.whenRefused((error) => this.#hopeless.reject(folder.explained(error)));
  }

  get status(): RunStatus {
    return this.#board.status;
  }

  /** Where a Service's port is on this machine, as `127.0.0.1:20001`; undefined where nothing runs behind it. */
  address(namespace: string, service: string, port: number): string | undefined {
    const local = portOf(this.#world, namespace, service, port);
    return local === undefined ? undefined : `${LOOPBACK}:${local}`;
  }

  /** A secret by its name, such as `mlflow/admin`. */
  secret(name: string): string {
    return this.#world.secret(name);
  }

  /** A late value, such as an URL of a connection, as it is on this machine. */
  value(text: Text | Json): string {
    return textFor(this.#world, text);
  }

  /** Runs a Job again, or a CronJob now, by identity. */
  async trigger(identity: string): Promise<void> {
    const pod = this.#parts.find((part) => part.identity === identity)?.pods.find(completes);
    if (!pod) throw FilieraError.at(identity, "is no Job or CronJob of this run");
    await this.#runPod(pod);
    this.#board.object(identity, { state: "done" });
  }

  /** Settles when every object is ready or done; what fails ends the run. */
  async start(signal?: AbortSignal): Promise<void> {
    try {
      const aborted = new Promise<never>((_, fail) => {
        signal?.addEventListener("abort", () => fail(signal.reason));
        if (signal?.aborted) fail(signal.reason);
      });
      const started = Promise.all(this.#parts.map((part) => this.#turn(part)));
      await Promise.race([started, aborted, this.#hopeless.promise]);
      this.#board.phase("ready");
      this.#checkListening();
    } catch (error) {
      await this.stop("failed");
      throw error;
    }
  }

  /** Stops all that runs, in reverse order; nothing is left when it settles. */
  stop(phase: "stopped" | "failed" = "stopped"): Promise<void> {
    this.#stopping ??= this.#stop(phase);
    return this.#stopping;
  }

  async #stop(phase: "stopped" | "failed"): Promise<void> {
    this.#board.phase("stopping");
    for (const pod of [...this.#started].reverse()) await pod.stop();
    await Promise.allSettled(this.#turns.values());
    await sweep(this.folder.path, this.folder.processes);
    await this.#ports.close();
    this.#reaper.dismiss();
    this.#board.phase(phase);
  }

  #turn(part: Part): Promise<void> {
    const known = this.#turns.get(part.identity);
    if (known) return known;
    const turn = this.#take(part);
    this.#turns.set(part.identity, turn);
    return turn;
  }

  async #take(part: Part): Promise<void> {
    const { identity, dependsOn, standIn } = part;
    const before = this.#parts.filter((each) => dependsOn.includes(each.identity));
    await Promise.all(before.map((each) => this.#turn(each)));
    if (this.#stopping || !part.isRun) return;
    try {
      for (const pod of part.pods) if (!this.#isSkipped(pod)) await this.#runPod(pod);
      await standIn?.act?.(part.manifest, this.#context());
      if (part.pods.every(completes) && this.#stateOf(identity) !== "done")
        this.#board.object(identity, { state: "done" });
    } catch (error) {
      const explained = this.folder.explained(error, identity);
      const known = isFilieraError(explained) ? explained : FilieraError.at(identity, messageOf(explained));
      if (!this.#stopping) this.#board.object(identity, { state: "failed", detail: messageOf(known) });
      throw known;
    }
  }

  /** Whether there is nothing to run of a pod: said in its state. */
  #isSkipped(pod: Pod): boolean {
    const why = isFolder(this.#world, pod)
      ? "a folder stands for it"
      : pod.kind === "CronJob"
        ? "runs on demand"
        : pod.kind === "Job" && this.#doneJobs().includes(pod.object)
          ? "was done by an earlier run"
          : undefined;
    if (why !== undefined) this.#board.object(pod.object, { state: "done", detail: why });
    return why !== undefined;
  }

  async #runPod(pod: Pod): Promise<void> {
    if (this.#stopping) throw FilieraError.at(pod.object, "was not started, as the run stops");
    const isJob = completes(pod);
    const run = new PodRun({
      world: this.#world,
      folder: this.folder,
      ports: this.#ports,
      pod,
      hopeless: (error) => this.#hopeless.reject(error),
      changed: (state, detail) =>
        this.#board.object(pod.object, { state, restarts: run.restarts, ...(detail !== undefined && { detail }) }),
    });
    this.#started.push(run);
    await run.start();
    if (!isJob) return;
    this.#started.splice(this.#started.indexOf(run), 1);
    writeWhole(this.folder.jobs, JSON.stringify([...new Set([...this.#doneJobs(), pod.object])], undefined, 2));
  }

  #doneJobs(): readonly string[] {
    return readJson<string[]>(this.folder.jobs) ?? [];
  }

  #stateOf(object: string) {
    return this.status.objects.find(({ identity }) => identity === object)?.state;
  }

  #context(): StandInContext {
    return contextOf(this.folder, this.#world, this.#parts, (message) => this.#board.note(message));
  }

  /** What listens is what was declared, and nobody but this machine can reach it. */
  #checkListening(): void {
    const declared = new Set(this.#world.ports.values());
    for (const run of this.#started)
      for (const socket of listeningOf(run.pids)) {
        if (!isLoopback(socket))
          throw FilieraError.at(
            run.pod.object,
            `listens on ${socket.address}:${socket.port}, where other machines reach it: have it listen on here.listen()`,
          );
        if (!declared.has(socket.port))
          throw FilieraError.at(
            run.pod.object,
            `listens on port ${socket.port}, which none of its containers declares: declare it, and tell the program here.port(…)`,
          );
      }
  }
}
