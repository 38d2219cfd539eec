import { firstLine } from "../constructs/kernel/errors.ts";
import type { ObjectStatus, RunEvent } from "../local/index.ts";

/** After so long without a word, what is waited for is said. */
const SILENCE_MS = 5000;

/** Kinds whose objects run, and are worth a line each; the others are data, done in no time. */
const SHOWN = /^(?:apps\/|batch\/|kafka\.strimzi\.io\/|postgresql\.cnpg\.io\/)/;

/** What happens in a run, a line each, with the time since it began. */
export class Progress {
  readonly #print: (line: string) => void;
  readonly #began = Date.now();
  readonly #starting = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  readonly #said = new Map<string, string>();
  #last = Date.now();

  constructor(print: (line: string) => void) {
    this.#print = print;
    this.#timer = setInterval(() => this.#remind(), 1000);
    this.#timer.unref();
  }

  event(event: RunEvent): void {
    if (event.kind === "note") this.line(event.note);
    else if (event.kind === "object") this.#object(event.object);
  }

  line(text: string): void {
    this.#last = Date.now();
    this.#print(`${((this.#last - this.#began) / 1000).toFixed(1).padStart(6)} s  ${text}`);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #object({ identity, state, detail, addresses }: ObjectStatus): void {
    if (!SHOWN.test(identity)) return;
    const name = shortName(identity);
    if (state === "starting" || state === "restarting") this.#starting.set(name, Date.now());
    else this.#starting.delete(name);
    const where = state === "ready" ? Object.values(addresses).join(" ") : "";
    const said = [name, state, where, firstLine(detail ?? "")].filter((part) => part !== "").join("  ");
    if (state === "waiting" || this.#said.get(identity) === said) return;
    this.#said.set(identity, said);
    this.line(said);
  }

  #remind(): void {
    const now = Date.now();
    if (now - this.#last < SILENCE_MS || this.#starting.size === 0) return;
    const waits = [...this.#starting].map(([name, since]) => `${name} (for ${Math.round((now - since) / 1000)} s)`);
    this.line(`waiting for ${waits.join(", ")}`);
  }
}

/** `apps/Deployment/mlflow/mlflow` as people say it: `Deployment mlflow/mlflow`. */
export function shortName(identity: string): string {
  const [, kind = "", namespace = "", name = ""] = identity.split("/");
  return `${kind} ${namespace === "" ? name : `${namespace}/${name}`}`;
}
