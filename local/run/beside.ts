import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { IConstruct } from "constructs";
import { documentIn, problemsIn } from "../../constructs/backup/said.ts";
import { FilieraError } from "../../constructs/kernel/errors.ts";
import type { JsonObject } from "../../constructs/kernel/json.ts";
import { collect, type Manifest } from "../../constructs/kernel/objects.ts";
import { order } from "../../constructs/kernel/order.ts";
import { type FolderInstead, type Program, programOf } from "../programs/index.ts";
import { certManager } from "../stand-ins/cert-manager.ts";
import { setAside } from "./container-run.ts";
import { contextOf } from "./context.ts";
import { type RunFolder, readJson } from "./folder.ts";
import { type Part, partsOf } from "./plan.ts";
import { type Pod, podOf } from "./pod.ts";
import { PodRun } from "./pod-run.ts";
import { Ports } from "./ports.ts";
import { worldOf } from "./start.ts";
import { readRun } from "./status.ts";
import type { World } from "./world.ts";

/** @see Beside */
export interface BesideOptions {
  /** Folder of the project. */
  readonly project: string;
  readonly environment: string;
  readonly folder: RunFolder;
  /** Is told what is downloaded and built. */
  readonly say: (line: string) => void;
}

/** Jobs beside a platform that another process keeps running here: they find its servers where it says they are. */
export class Beside {
  readonly #folder: RunFolder;
  readonly #world: World;
  readonly #parts: readonly Part[];

  private constructor(folder: RunFolder, world: World, parts: readonly Part[]) {
    this.#folder = folder;
    this.#world = world;
    this.#parts = parts;
  }

  /** @throws FilieraError where the environment does not run here */
  static async of(scope: IConstruct, { project, environment, folder, say }: BesideOptions): Promise<Beside> {
    const running = readRun(project, environment);
    if (!running?.alive || running.phase !== "ready")
      throw FilieraError.at(
        environment,
        `does not run here: run it with filiera run ${environment} --keep, and leave it running`,
      );
    const parts = partsOf(order(scope, collect(scope, { places: "kept" })));
    const ports = new Map(Object.entries(readJson<Record<string, number>>(folder.ports) ?? {}));
    const world = worldOf(parts, await programsFor(parts, say), ports, folder);
    return new Beside(folder, world, parts);
  }

  /** An object of the platform. */
  manifest(identity: string): Manifest {
    const found = this.#parts.find((part) => part.identity === identity);
    if (!found) throw FilieraError.at(identity, "is no object of this environment");
    return found.manifest;
  }

  /**
   * Runs a Job to its end.
   *
   * @returns the last document that its container `main` wrote
   * @throws FilieraError with the problems that its programs told, or with how it ended
   */
  async run(job: Manifest, signal?: AbortSignal): Promise<JsonObject> {
    const pod = podOf(job);
    if (!pod) throw new Error(`${job.kind} ${job.metadata.name} runs no pod`);
    const logs = [...pod.init, ...pod.containers].map(({ name }) =>
      join(this.#folder.logs, `${pod.namespace}.${pod.name}.${name}.log`),
    );
    for (const log of logs) setAside(log);
    await this.#certificates(pod);
    const ports = new Ports(this.#folder.ports);
    const run = new PodRun({
      world: this.#world,
      folder: this.#folder,
      ports,
      pod,
      changed: () => {},
      hopeless: () => {},
    });
    const stop = () => void run.stop();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      signal?.throwIfAborted();
      await run.start();
      return documentIn(textOf(logs.at(-1)));
    } catch (error) {
      signal?.throwIfAborted();
      const told = logs.flatMap((log) => problemsIn(textOf(log)));
      throw told.length > 0 ? new FilieraError(told) : error;
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  /** Certificates of the pod's namespace, which nobody may have asked for before. */
  async #certificates({ namespace }: Pod): Promise<void> {
    const kind = "cert-manager.io/Certificate";
    const context = contextOf(this.#folder, this.#world, this.#parts, () => {});
    for (const { identity, manifest } of this.#parts)
      if (identity.startsWith(`${kind}/${namespace}/`)) await certManager[kind]?.act?.(manifest, context);
  }
}

/** What stands for the images: of servers with data, in whose place a folder may be, and of backups. */
async function programsFor(
  parts: readonly Part[],
  say: (line: string) => void,
): Promise<Map<string, Program | FolderInstead>> {
  const pods = parts.flatMap((part) => part.pods);
  const containers = pods.flatMap((pod) => [...pod.init, ...pod.containers]);
  const programs = new Map<string, Program | FolderInstead>();
  for (const { image } of containers) if (!programs.has(image)) programs.set(image, await programOf(image, say));
  return programs;
}

function textOf(log: string | undefined): string {
  return log === undefined ? "" : readFileSync(log, { encoding: "utf8", flag: "a+" });
}
