import { setTimeout as sleep } from "node:timers/promises";
import { FilieraError, firstLine, messageOf } from "../../constructs/kernel/errors.ts";
import { at } from "../../constructs/kernel/json.ts";
import type { Program } from "../programs/program.ts";
import { ContainerEnded, ContainerRun, type ContainerState, complete } from "./container-run.ts";
import type { RunFolder } from "./folder.ts";
import { type Container, completes, type Pod, portKey } from "./pod.ts";
import type { Ports } from "./ports.ts";
import { type Command, makeVolumes, prepare, type Volumes } from "./prepare.ts";
import type { Asked } from "./probe.ts";
import { textFor, type World } from "./world.ts";

export interface PodRunOptions {
  readonly world: World;
  readonly folder: RunFolder;
  readonly ports: Ports;
  readonly pod: Pod;
  readonly changed: (state: ContainerState, detail?: string) => void;
  /** Is told what no start will mend, also of a server that was ready before. */
  readonly hopeless: (error: unknown) => void;
}

/** The pod of an object, from its initial containers to its end. */
export class PodRun {
  readonly pod: Pod;
  readonly #options: PodRunOptions;
  readonly #running: ContainerRun[] = [];
  readonly #stop = new AbortController();
  readonly #states = new Map<string, ContainerState>();

  constructor(options: PodRunOptions) {
    this.pod = options.pod;
    this.#options = options;
  }

  get restarts(): number {
    return this.#running.reduce((sum, { restarts }) => sum + restarts, 0);
  }

  get pids(): number[] {
    return this.#running.flatMap(({ pids }) => pids);
  }

  /** Settles when a server is ready, or a Job done. */
  async start(): Promise<void> {
    const { pod } = this;
    const { folder, changed } = this.#options;
    const volumes = makeVolumes(folder, pod);
    changed("starting");
    if (completes(pod)) return this.#complete(volumes);
    for (const container of pod.init) await this.#once(container, volumes);
    this.#stop.signal.throwIfAborted();
    for (const container of pod.containers) this.#running.push(this.#supervised(container, volumes));
    await Promise.all(this.#running.map((running) => running.start()));
  }

  async stop(): Promise<void> {
    this.#stop.abort(FilieraError.at(this.pod.object, "was stopped before it was ready"));
    await Promise.all(this.#running.map((running) => running.stop()));
    this.#options.changed("stopped");
  }

  /** Runs the containers of a Job to their end, and again when they fail, as often as it allows. */
  async #complete(volumes: Volumes): Promise<void> {
    const { pod } = this;
    for (let tries = 0; ; tries += 1) {
      try {
        for (const container of pod.init) await this.#once(container, volumes);
        await Promise.all(pod.containers.map((container) => this.#once(container, volumes)));
        return;
      } catch (error) {
        this.#stop.signal.throwIfAborted();
        // what cannot be started at all will not be the next time
        const isFinal = error instanceof FilieraError && !(error instanceof ContainerEnded && error.mayHelp);
        if (isFinal || tries >= Math.min(pod.retries, 2)) throw error;
        this.#options.changed("restarting", firstLine(messageOf(error)).replace(/; its log .*$/, ""));
        await sleep(1000, undefined, { signal: this.#stop.signal }).catch(() => {});
      }
    }
  }

  #once(container: Container, volumes: Volumes): Promise<void> {
    return complete({ ...this.#common(container, volumes) }, this.#stop.signal);
  }

  #supervised(container: Container, volumes: Volumes): ContainerRun {
    const { pod } = this;
    const { world } = this.#options;
    const states = this.#states;
    return new ContainerRun({
      ...this.#common(container, volumes),
      hopeless: this.#options.hopeless,
      asked: (command): Asked => ({
        command,
        port: (port) => {
          const number = typeof port === "number" ? port : container.ports.get(port);
          const local = number === undefined ? undefined : world.ports.get(portKey(pod, number));
          if (local === undefined)
            throw FilieraError.at(
              pod.object,
              `container ${container.name}: a probe asks port ${port}, which is none of its ports`,
            );
          return local;
        },
        text: (value) => textFor(world, value, command.reader),
      }),
      changed: (state, detail) => {
        states.set(container.name, state);
        if (state === "restarting") this.#options.changed("restarting", `container ${container.name} ${detail}`);
        if (pod.containers.every(({ name }) => states.get(name) === "ready")) this.#options.changed("ready");
      },
    });
  }

  #common(container: Container, volumes: Volumes) {
    const { pod } = this;
    const { world, folder, ports } = this.#options;
    const grace = at(pod.spec, "terminationGracePeriodSeconds");
    return {
      pod,
      container,
      ledger: folder.processes,
      graceMs: (typeof grace === "number" ? grace : 30) * 1000,
      command: async (): Promise<Command> => {
        const program = programFor(world, pod, container);
        const command = prepare(world, { run: folder, pod, container, volumes, program });
        for (const port of container.ports.values()) await ports.release(world.ports.get(portKey(pod, port)) ?? 0);
        return command;
      },
    };
  }
}

function programFor({ programs }: World, { object }: Pod, { image, name }: Container): Program {
  const program = programs.get(image);
  if (!program || "folder" in program)
    throw FilieraError.at(object, `container ${name}: nothing here stands for ${image}`);
  return program;
}
