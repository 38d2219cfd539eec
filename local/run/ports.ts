import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FilieraError } from "../../constructs/kernel/errors.ts";
import { isSame, type Process, processOf } from "../process/table.ts";
import { readJson, writeWhole } from "./folder.ts";

export const LOOPBACK = "127.0.0.1";

/** Below the ports that systems hand out to clients, and above what is well known. */
const FIRST = 20_000;
const COUNT = 12_000;

/**
 * Ports of this machine for ports of containers: the same each time a run goes on, so that addresses stay. Each is
 * held until its container starts, and marked as taken for other runs, whose programs may take their time to listen.
 */
export class Ports {
  readonly #file: string;
  readonly #chosen: ReadonlyMap<string, number>;
  readonly #kept: Record<string, number>;
  readonly #given = new Map<string, number>();
  readonly #held = new Map<number, Server>();
  readonly #marks: string[] = [];

  /** @param chosen - ports that the user wants, by key */
  constructor(file: string, chosen: ReadonlyMap<string, number> = new Map()) {
    this.#file = file;
    this.#chosen = chosen;
    this.#kept = readJson<Record<string, number>>(file) ?? {};
  }

  /** The port that stands for a key such as `mlflow/mlflow:5000`. */
  async take(key: string, object: string): Promise<number> {
    const known = this.#given.get(key);
    if (known !== undefined) return known;
    const wanted = this.#chosen.get(key) ?? this.#kept[key];
    const port = wanted === undefined ? await this.#any() : await this.#one(wanted, key, object);
    this.#given.set(key, port);
    return port;
  }

  /** Writes down what was given, for the next time. */
  keep(): void {
    writeWhole(this.#file, `${JSON.stringify({ ...this.#kept, ...Object.fromEntries(this.#given) }, undefined, 2)}\n`);
  }

  /** Lets go of a port, for its container to listen on. */
  async release(port: number): Promise<void> {
    const server = this.#held.get(port);
    this.#held.delete(port);
    if (server) await new Promise((done) => server.close(done));
  }

  /** Lets go of everything. */
  async close(): Promise<void> {
    for (const port of [...this.#held.keys()]) await this.release(port);
    for (const mark of this.#marks.splice(0)) rmSync(mark, { force: true });
  }

  async #one(port: number, key: string, object: string): Promise<number> {
    if ((await this.#hold(port)) && this.#mark(port)) return port;
    await this.release(port);
    throw FilieraError.at(
      object,
      `cannot listen on port ${port}, which another program has: end that, or choose another port with --port ${key}=<number>`,
    );
  }

  async #any(): Promise<number> {
    for (let tries = 0; tries < COUNT; tries += 1) {
      const port = FIRST + Math.floor(Math.random() * COUNT);
      if (this.#held.has(port) || !(await this.#hold(port))) continue;
      if (this.#mark(port)) return port;
      await this.release(port);
    }
    throw FilieraError.at("ports", `no port from ${FIRST} to ${FIRST + COUNT} is free`);
  }

  async #hold(port: number): Promise<boolean> {
    // who calls before the container listens is sent away, or the port could not be let go of
    const server = createServer((socket) => socket.destroy());
    const listens = await new Promise<boolean>((done) => {
      server.once("error", () => done(false));
      server.listen({ port, host: LOOPBACK, exclusive: true }, () => done(true));
    });
    if (listens) this.#held.set(port, server);
    return listens;
  }

  /** Marks a port for other runs; a mark of a process that is gone counts for nothing. */
  #mark(port: number): boolean {
    const folder = join(tmpdir(), `filiera-ports-${process.getuid?.() ?? 0}`);
    const mark = join(folder, String(port));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (;;) {
      try {
        writeFileSync(mark, JSON.stringify(processOf(process.pid)), { flag: "wx" });
        this.#marks.push(mark);
        return true;
      } catch {
        const holder = holderOf(mark);
        if (holder && isSame(holder)) return holder.pid === process.pid && this.#marks.includes(mark);
        rmSync(mark, { force: true });
      }
    }
  }
}

function holderOf(mark: string): Process | undefined {
  try {
    const holder: Process = JSON.parse(readFileSync(mark, "utf8"));
    return holder;
  } catch {
    return undefined;
  }
}
