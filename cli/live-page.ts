import { relative, sep } from "node:path";
import { firstLine } from "../constructs/kernel/errors.ts";
import {
  type ObjectState,
  type ObjectStatus,
  type Phase,
  type RunFolder,
  type RunStatus,
  readRun,
} from "../local/index.ts";
import { PageServer } from "../local/page-server.ts";
import { EVENTS, type LiveObject, type LivePipeline, type LiveState } from "../stacks/plan/page/live.ts";

/** What runs brought about, by the identity of the object that did. */
export type Made = ReadonlyMap<string, readonly string[]>;

/** Milliseconds in which what happens at once is told at once. */
const GATHER = 100;

/** The page of a plan while the plan's objects run on this machine. */
export class LivePage {
  readonly #server: PageServer;
  readonly #read: () => RunStatus | undefined;
  readonly #logs: string;
  readonly #made = new Map<string, readonly string[]>();
  #pipeline: (() => LivePipeline) | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(server: PageServer, read: () => RunStatus | undefined, logs: string) {
    this.#server = server;
    this.#read = read;
    this.#logs = logs;
  }

  /** Serves the page that was written to a folder. */
  static async open(page: string, folder: RunFolder, project: string, environment: string): Promise<LivePage> {
    const server = await PageServer.start({ folders: { "": page, logs: folder.logs }, events: EVENTS });
    return new LivePage(server, () => readRun(project, environment), folder.logs);
  }

  get url(): string {
    return this.#server.url;
  }

  /** Has the page look again. */
  changed(): void {
    this.#timer ??= setTimeout(() => this.#tell(), GATHER).unref();
  }

  /** What an object brought about. */
  made(identity: string, lines: readonly string[]): void {
    this.#made.set(identity, lines);
    this.changed();
  }

  /** The pipeline that runs on the platform; asked each time that the page is told something. */
  pipeline(pipeline: () => LivePipeline): void {
    this.#pipeline = pipeline;
    this.changed();
  }

  /** Tells how it ended, and serves no longer. */
  async close(): Promise<void> {
    this.#tell();
    await this.#server.close();
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const status = this.#read();
    if (!status) return;
    const state = liveStateOf(status, this.#logs, this.#made);
    this.#server.tell(this.#pipeline ? { ...state, pipeline: this.#pipeline() } : state);
  }
}

/** A run as the page of its plan shows it. */
export function liveStateOf({ phase, objects }: RunStatus, logs: string, made: Made = new Map()): LiveState {
  const run = objects.filter(({ state }) => state !== "not run here");
  const live = run.map((each): [string, LiveObject] => [each.identity, liveObjectOf(each, logs, made)]);
  return { ...stateOf(phase, run, live), objects: Object.fromEntries(live) };
}

function stateOf(
  phase: Phase,
  run: readonly ObjectStatus[],
  live: readonly (readonly [string, LiveObject])[],
): Pick<LiveState, "state" | "says"> {
  const ready = live.filter(([, { state }]) => state === "ready").length;
  const count = `${ready} of ${run.length} are ready`;
  switch (phase) {
    case "starting":
      return { state: "working", says: `starting: ${count}` };
    case "ready":
      return ready < run.length ? { state: "working", says: count } : { state: "ready", says: "all is ready" };
    case "stopping":
      return { state: "working", says: "stopping" };
    case "stopped":
      return { state: "stopped", says: "stopped: what it keeps is there for the next run" };
    case "failed": {
      const failed = run.find(({ state }) => state === "failed");
      return {
        state: "failed",
        says: failed ? `failed: ${failed.identity} ${firstLine(failed.detail ?? "")}` : "failed",
      };
    }
  }
}

const STATES: Readonly<Record<Exclude<ObjectState, "not run here">, LiveObject["state"]>> = {
  waiting: "waiting",
  starting: "working",
  restarting: "working",
  ready: "ready",
  done: "ready",
  failed: "failed",
  stopped: "waiting",
};

function liveObjectOf(
  { identity, state, detail, addresses, logs }: ObjectStatus,
  folder: string,
  made: Made,
): LiveObject {
  const says = [
    ...(state === "ready" || state === "failed" || state === "waiting" ? [] : [state]),
    firstLine(detail ?? ""),
  ]
    .filter((part) => part !== "")
    .join(": ");
  const links = [
    ...Object.entries(addresses)
      .filter(([, address]) => /^https?:/.test(address))
      .map(([name, href]) => ({ name: `${name}: ${href}`, href })),
    ...Object.entries(logs).map(([container, file]) => ({
      name: `log of ${container}`,
      href: `logs/${relative(folder, file).split(sep).map(encodeURIComponent).join("/")}`,
    })),
  ];
  const lines = made.get(identity);
  return {
    state: state === "not run here" ? "waiting" : STATES[state],
    ...(says !== "" && { says }),
    ...(links.length > 0 && { links }),
    ...(lines && { made: lines }),
  };
}
