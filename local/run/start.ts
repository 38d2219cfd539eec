import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { IConstruct } from "constructs";
import { FilieraError } from "../../constructs/kernel/errors.ts";
import { kindOf } from "../../constructs/kernel/identity.ts";
import { collect } from "../../constructs/kernel/objects.ts";
import { order } from "../../constructs/kernel/order.ts";
import { sweep } from "../process/sweep.ts";
import { isSame, processOf } from "../process/table.ts";
import { type FolderInstead, type Program, programOf } from "../programs/index.ts";
import { setAside } from "./container-run.ts";
import { type RunFolder, readJson } from "./folder.ts";
import { dataIn, type Part, partsOf } from "./plan.ts";
import { type Pod, portKey } from "./pod.ts";
import { LOOPBACK, Ports } from "./ports.ts";
import { Run } from "./run.ts";
import { Secrets } from "./secrets.ts";
import { now, type ObjectStatus, type RunEvent, type RunStatus, StatusBoard } from "./status.ts";
import { isFolder, podBehind, type World } from "./world.ts";

/** @see run */
export interface RunOptions {
  /** Where the run keeps its state. */
  readonly folder: RunFolder;
  /** Name of what is run. */
  readonly environment: string;
  /** Deletes what an earlier run kept. @default false */
  readonly fresh?: boolean;
  /** Ports of this machine by `namespace/name:port`. @default - free ones, the same each time */
  readonly ports?: ReadonlyMap<string, number>;
  /** What stands for images of yours. @default - only what filiera knows */
  readonly programs?: (image: string) => Program | undefined;
  /** Is told all that happens. */
  readonly listen?: (event: RunEvent) => void;
  /** Ends the run, also while it starts. */
  readonly signal?: AbortSignal;
}

/**
 * Runs the objects below a construct as processes of this machine, in order, and settles when all are ready or done:
 * Deployments and StatefulSets with one pod each, Jobs once, CronJobs when asked. Nothing is left when it fails.
 *
 * @throws FilieraError for what cannot run here, naming its object
 */
export async function run(scope: IConstruct, options: RunOptions): Promise<Run> {
  try {
    return await start(scope, options);
  } catch (error) {
    throw options.folder.explained(error);
  }
}

async function start(scope: IConstruct, options: RunOptions): Promise<Run> {
  const { folder, environment, signal } = options;
  const parts = partsOf(order(scope, collect(scope, { places: "kept" })));
  await takeOver(folder, environment, options.fresh ?? false);
  const board = new StatusBoard(folder, statusOf(environment, parts), options.listen ? [options.listen] : []);
  const ports = new Ports(folder.ports, options.ports);
  try {
    // before anything is downloaded
    const local = await take(parts, ports);
    const programs = await programsFor(parts, board, options.programs);
    signal?.throwIfAborted();
    const world = worldOf(parts, programs, local, folder);
    for (const pod of world.pods) refuseOther(world, folder, pod);
    tell(board, parts, world, folder);
    const running = new Run({ folder, world, parts, board, ports, reaper: startReaper(folder) });
    await running.start(signal);
    return running;
  } catch (error) {
    await ports.close();
    board.phase("failed");
    throw error;
  }
}

/** Ends what a run left that was killed, and refuses to run beside one that lives. */
async function takeOver(folder: RunFolder, environment: string, fresh: boolean): Promise<void> {
  const before = readJson<RunStatus>(folder.status);
  if (
    before &&
    !["stopped", "failed"].includes(before.phase) &&
    isSame(before.supervisor) &&
    before.supervisor.pid !== process.pid
  )
    throw FilieraError.at(
      environment,
      `runs already, looked after by process ${before.supervisor.pid}: stop it with filiera stop ${environment}`,
    );
  await sweep(folder.path, folder.processes);
  if (fresh) folder.clear();
  folder.make();
  for (const file of [folder.processes, folder.events]) rmSync(file, { force: true });
  for (const log of existsSync(folder.logs) ? readdirSync(folder.logs) : [])
    if (log.endsWith(".log")) setAside(join(folder.logs, log));
}

function statusOf(environment: string, parts: readonly Part[]): RunStatus {
  const started = now();
  const objects = parts.map(({ identity, isRun }): ObjectStatus => {
    return {
      identity,
      state: isRun ? "waiting" : "not run here",
      since: started,
      addresses: {},
      logs: {},
      restarts: 0,
    };
  });
  const { pid, start } = processOf(process.pid) ?? { pid: process.pid, start: "" };
  return { environment, phase: "starting", supervisor: { pid, start }, started, objects, notes: [] };
}

/** What stands for the images, each found or made once. */
async function programsFor(
  parts: readonly Part[],
  board: StatusBoard,
  own: RunOptions["programs"],
): Promise<Map<string, Program | FolderInstead>> {
  const containers = parts.flatMap(({ pods }) => pods.flatMap((pod) => [...pod.init, ...pod.containers]));
  const programs = new Map<string, Program | FolderInstead>();
  for (const { image } of containers) {
    if (programs.has(image)) continue;
    const program = own?.(image) ?? (await programOf(image, (line) => board.note(line)));
    programs.set(image, program);
    board.note(`${image} is ${program.says}`);
  }
  return programs;
}

/** Ports of this machine for those of all pods. */
async function take(parts: readonly Part[], ports: Ports): Promise<World["ports"]> {
  const taken = new Map<string, number>();
  for (const pod of parts.flatMap((part) => part.pods))
    for (const port of pod.containers.flatMap((container) => [...container.ports.values()]))
      taken.set(portKey(pod, port), await ports.take(portKey(pod, port), pod.object));
  ports.keep();
  return taken;
}

/** What there is on this machine in place of the cluster of these parts. */
export function worldOf(
  parts: readonly Part[],
  programs: World["programs"],
  ports: World["ports"],
  folder: RunFolder,
): World {
  const secrets = new Secrets(folder.secrets);
  return {
    pods: parts.flatMap((part) => part.pods),
    services: parts.flatMap((part) => part.services),
    programs,
    ports,
    data: dataIn(parts),
    secret: (name) => secrets.get(name),
    instead: ({ namespace, name }, of) => madeFolder(folder.instead(namespace, name, of)),
  };
}

/** What an earlier run kept elsewhere, as a server or as a folder in its place, would be missing unseen. */
function refuseOther(world: World, folder: RunFolder, pod: Pod): void {
  const { namespace, name, claims, object } = pod;
  const instead = isFolder(world, pod);
  const others = instead
    ? claims.map((claim) => folder.volume(namespace, `${claim}-${name}-0`))
    : [folder.instead(namespace, name, "buckets"), folder.instead(namespace, name, "databases")];
  const other = others.find((path) => existsSync(path));
  if (other !== undefined)
    throw FilieraError.at(
      object,
      `was run by ${instead ? "a server" : "a folder in its place"} before, whose data is in ${other}: have the same stand for it again (FILIERA_POSTGRES, FILIERA_MINIO), or delete the data with filiera run --fresh`,
    );
}

function madeFolder(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}

/** Where the objects answer and write, known before they start. */
function tell(board: StatusBoard, parts: readonly Part[], world: World, folder: RunFolder): void {
  for (const { identity, pods, services } of parts) {
    const behind = services.flatMap((service) => podBehind(world, service) ?? []);
    const addresses = [...pods, ...behind].flatMap((pod) => addressesOf(world, pod));
    const logs = pods.flatMap((pod) =>
      [...pod.init, ...pod.containers].map(({ name }): [string, string] => [
        name,
        join(folder.logs, `${pod.namespace}.${pod.name}.${name}.log`),
      ]),
    );
    if (addresses.length > 0 || logs.length > 0)
      board.object(identity, { addresses: Object.fromEntries(addresses), logs: Object.fromEntries(logs) });
  }
  const left = parts.filter(({ isRun }) => !isRun).map(({ manifest }) => kindOf(manifest).replace(/^\//, ""));
  if (left.length > 0) board.note(`not run here, and not enforced: ${[...new Set(left)].sort().join(", ")}`);
  board.note("limits of memory and CPU, users and read-only file systems are not enforced here");
}

function addressesOf(world: World, pod: Pod): [string, string][] {
  return pod.containers.flatMap(({ ports }) =>
    [...ports].flatMap(([name, port]): [string, string][] => {
      const local = world.ports.get(portKey(pod, port));
      const scheme = /^https?$/.exec(name)?.[0];
      return local === undefined ? [] : [[name, `${scheme ? `${scheme}://` : ""}${LOOPBACK}:${local}`]];
    }),
  );
}

/** Starts what ends everything when this process is gone. */
function startReaper(folder: RunFolder): { dismiss(): void } {
  const script = fileURLToPath(new URL(`../process/reaper${extname(fileURLToPath(import.meta.url))}`, import.meta.url));
  const reaper = spawn(process.execPath, [script, folder.path, folder.processes], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    cwd: "/",
    env: {},
  });
  reaper.on("error", () => {});
  reaper.stdin?.on("error", () => {});
  reaper.unref();
  return { dismiss: () => reaper.stdin?.end("done\n") };
}
