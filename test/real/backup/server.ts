import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { Client } from "pg";
import { postgresProgram } from "../../../local/programs/postgres.ts";
import { freePort } from "../ports.ts";
import type { Processes } from "../processes.ts";

/** A PostgreSQL of this machine that a test can take everything from. */
export class Server {
  readonly data: string;
  readonly #processes: Processes;
  readonly #program: readonly string[];
  readonly #folder: string;
  readonly #port: number;
  #name = "";

  private constructor(processes: Processes, folder: string, before: readonly string[], port: number) {
    this.data = join(processes.folder, "data");
    this.#processes = processes;
    this.#folder = folder;
    this.#program = before;
    this.#port = port;
  }

  static async of(processes: Processes): Promise<Server> {
    const program = await postgresProgram("postgresql", () => {});
    if ("folder" in program) throw new Error(`there is no PostgreSQL: ${program.says}`);
    return new Server(processes, program.path[0] ?? "", program.before ?? [], await freePort());
  }

  /** By what its clients find it. */
  get environment(): Record<string, string> {
    return { PGHOST: this.#processes.folder, PGPORT: String(this.#port) };
  }

  /** Runs a program as the user that owns the data. */
  async run(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const [program = "", ...args] = [...this.#program, ...command];
    const { stdout } = await execa(program, args, {
      cwd: this.#processes.folder,
      env: { HOME: this.#processes.folder, ...env },
      stdin: "ignore",
    });
    return stdout;
  }

  /** Starts it, empty where there is no data, and waits until it takes writes. */
  async start(
    name: string,
    settings: Readonly<Record<string, string>>,
    env: Readonly<Record<string, string>>,
    recovery: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    this.#name = name;
    if (!existsSync(this.data))
      await this.run([
        join(this.#folder, "initdb"),
        `--pgdata=${this.data}`,
        "--username=postgres",
        "--auth=trust",
        "--data-checksums",
        "--no-sync",
      ]);
    if (Object.keys(recovery).length > 0) writeFileSync(join(this.data, "recovery.signal"), "");
    const all = {
      ...settings,
      ...recovery,
      listen_addresses: "",
      port: String(this.#port),
      unix_socket_directories: this.#processes.folder,
    };
    const options = Object.entries(all).flatMap(([setting, value]) => ["-c", `${setting}=${value}`]);
    const [program = "", ...args] = [...this.#program, join(this.#folder, "postgres"), "-D", this.data, ...options];
    this.#processes.start(name, [program, ...args], env);
    await this.#processes.until(name, "it takes writes", async () => {
      const waits = await this.ask("SELECT pg_is_in_recovery()").catch(() => "true");
      return waits === "false" || undefined;
    });
  }

  /** The first value of the last row. */
  async ask(query: string): Promise<string> {
    const client = new Client({
      host: this.#processes.folder,
      port: this.#port,
      user: "postgres",
      database: "postgres",
    });
    await client.connect();
    try {
      const { rows } = await client.query<unknown[]>({ text: query, rowMode: "array" });
      return String(rows.at(-1)?.[0]);
    } finally {
      await client.end();
    }
  }

  /** Waits until all that was written is archived. */
  async archived(): Promise<void> {
    const last = await this.ask("SELECT pg_walfile_name(pg_switch_wal())");
    await this.#processes.until(this.#name, `${last} archived`, async () => {
      const done = await this.ask("SELECT last_archived_wal FROM pg_stat_archiver");
      return done >= last || undefined;
    });
  }

  /** As when the machine and its volume are lost at once. */
  async loseAll(): Promise<void> {
    const pid = this.#processes.pidOf(this.#name);
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
    await this.#processes.stop(this.#name);
    rmSync(this.data, { recursive: true });
  }
}
