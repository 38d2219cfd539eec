import { appendFileSync, existsSync } from "node:fs";
import { isSame, type Process } from "../process/table.ts";
import { RunFolder, readJson, writeWhole } from "./folder.ts";

/** How far an object is. */
export type ObjectState =
  | "waiting"
  | "starting"
  | "ready"
  | "done"
  | "restarting"
  | "failed"
  | "stopped"
  | "not run here";

/** An object of the platform on this machine. */
export interface ObjectStatus {
  /** `group/Kind/namespace/name`. */
  readonly identity: string;
  readonly state: ObjectState;
  /** What there is to say of the state: why it starts again, what stands for it. */
  readonly detail?: string;
  /** Since when, in ISO 8601. */
  readonly since: string;
  /** Where it answers, by the name of its port. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Files with the output of its containers, by container. */
  readonly logs: Readonly<Record<string, string>>;
  readonly restarts: number;
}

export type Phase = "starting" | "ready" | "stopping" | "stopped" | "failed";

/** A run, as it stands in `status.json` and as its events change it. */
export interface RunStatus {
  readonly environment: string;
  readonly phase: Phase;
  /** The process that looks after it. */
  readonly supervisor: Process;
  readonly started: string;
  readonly objects: readonly ObjectStatus[];
  /** What stands for what, what is not enforced here, what was downloaded. */
  readonly notes: readonly string[];
}

/** What happened, a line each in `events.jsonl`. */
export type RunEvent = { readonly at: string } & (
  | { readonly kind: "phase"; readonly phase: Phase }
  | { readonly kind: "object"; readonly object: ObjectStatus }
  | { readonly kind: "note"; readonly note: string }
);

/** A run's status as others see it; undefined where there never was one. */
export function readRun(project: string, environment: string): (RunStatus & { readonly alive: boolean }) | undefined {
  const folder = new RunFolder(project, environment);
  const status = existsSync(folder.status) ? readJson<RunStatus>(folder.status) : undefined;
  return status && { ...status, alive: isSame(status.supervisor) };
}

/** Keeps the status of a run, on disk and for whoever listens. */
export class StatusBoard {
  readonly #folder: RunFolder;
  readonly #listeners: ((event: RunEvent) => void)[];
  readonly #objects = new Map<string, ObjectStatus>();
  #status: RunStatus;
  #refused: (error: unknown) => void = () => {};

  /** @throws FilieraError where the status cannot be written */
  constructor(folder: RunFolder, status: RunStatus, listeners: readonly ((event: RunEvent) => void)[]) {
    this.#folder = folder;
    this.#status = status;
    this.#listeners = [...listeners];
    for (const object of status.objects) this.#objects.set(object.identity, object);
    this.#refused = (error) => {
      throw folder.explained(error);
    };
    this.#write();
    this.#refused = () => {};
  }

  get status(): RunStatus {
    return this.#status;
  }

  /** Has somebody told of a status that could not be written: who changes it must not be kept from going on. */
  whenRefused(refused: (error: unknown) => void): void {
    this.#refused = refused;
  }

  phase(phase: Phase): void {
    this.#status = { ...this.#status, phase };
    this.#tell({ at: now(), kind: "phase", phase });
  }

  note(note: string): void {
    if (this.#status.notes.includes(note)) return;
    this.#status = { ...this.#status, notes: [...this.#status.notes, note] };
    this.#tell({ at: now(), kind: "note", note });
  }

  object(identity: string, change: Partial<Omit<ObjectStatus, "identity" | "since">>): void {
    const before = this.#objects.get(identity);
    if (!before) return;
    const { detail: _, ...rest } = before;
    const object = { ...rest, ...change, since: now() };
    this.#objects.set(identity, object);
    this.#status = { ...this.#status, objects: [...this.#objects.values()] };
    this.#tell({ at: now(), kind: "object", object });
  }

  #tell(event: RunEvent): void {
    this.#write();
    try {
      appendFileSync(this.#folder.events, `${JSON.stringify(event)}\n`);
    } catch {
      // a full disk must not keep a run from being stopped
    }
    for (const listener of this.#listeners) listener(event);
  }

  #write(): void {
    try {
      writeWhole(this.#folder.status, `${JSON.stringify(this.#status, undefined, 2)}\n`);
    } catch (error) {
      this.#refused(error);
    }
  }
}

export function now(): string {
  return new Date().toISOString();
}
