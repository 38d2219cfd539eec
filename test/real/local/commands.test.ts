import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { Client } from "pg";
import { afterAll, describe, expect, test, vi } from "vitest";
import { RunFolder, readRun } from "../../../local/index.ts";
import { folderOf as folderOfProcess, processes } from "../../../local/process/table.ts";
import { findCommand, searchPath } from "../../../local/programs/find.ts";
import { postgresFolder, postgresProgram } from "../../../local/programs/postgres.ts";
import { findPython } from "../../../local/python/find.ts";
import { readJson } from "../../../local/run/folder.ts";
import { mayMount, mounted } from "../../support/mounted.ts";
import { layers } from "../layers.ts";
import { folderOf, skipped } from "../prepared.ts";
import { minio } from "./programs.ts";

const { skip, title } = skipped(layers.local);
const BIN = resolve("bin/filiera.js");
// a user's project: its package.json starts filiera as this one's does
const project = mkdtempSync(join(tmpdir(), "filiera-commands-"));
const folder = new RunFolder(project, "local");
const other = mkdtempSync(join(tmpdir(), "filiera-refused-"));
cpSync("environments", join(other, "environments"), { recursive: true });
afterAll(() => {
  for (const each of [project, other]) rmSync(each, { recursive: true, force: true });
});

const left = (within = folder.path) =>
  processes()
    .filter(({ pid }) => folderOfProcess(pid)?.startsWith(within))
    .map(({ pid, name }) => `${pid} ${name}`);
const nothingLeft = () => expect.poll(() => left(), { timeout: 60_000, interval: 200 }).toEqual([]);

function environment(): NodeJS.ProcessEnv {
  const { npm_lifecycle_event: _, ...env } = process.env;
  return { ...env, PATH: `${folderOf(minio)}:${env["PATH"]}` };
}

/** Starts a command in a group of its own, as a terminal does, and waits until the platform is up and stays. */
async function up(command: string, ...args: string[]): Promise<ChildProcess> {
  const child = spawn(command, args, {
    cwd: project,
    env: environment(),
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  let said = "";
  await new Promise<void>((done, fail) => {
    child.stdout?.on("data", (data) => {
      said += data;
      if (said.includes("runs until Ctrl-C")) done();
    });
    child.once("exit", (code) => fail(new Error(`it ended with ${code}:\n${said}`)));
  });
  expect(said).toMatch(
    /MLflow gave back what it was given: run [0-9a-f]{32} with its metric [\d.]+, an artifact of \d+ bytes, version \d+ of the model first-look/,
  );
  expect(left().length).toBeGreaterThan(3);
  return child;
}

const ended = (child: ChildProcess) => new Promise<number | null>((done) => child.once("exit", (code) => done(code)));

/** A query that goes on and on, and whose end its client does not wait for. */
async function busy(): Promise<Client> {
  const status = readRun(project, "local");
  const cluster = status?.objects.find(({ identity }) => identity === "postgresql.cnpg.io/Cluster/postgres/postgres");
  const port = Number(
    Object.values(cluster?.addresses ?? {})[0]
      ?.split(":")
      .at(-1),
  );
  const password = readJson<Record<string, string>>(folder.secrets)?.["postgres/postgres/superuser"];
  const client = new Client({
    host: "127.0.0.1",
    port,
    user: "postgres",
    database: "postgres",
    password,
    ssl: { rejectUnauthorized: false },
  });
  client.on("error", () => {});
  await client.connect();
  client.query("SELECT count(*) FROM generate_series(1, 1000000000)").catch(() => {});
  await expect.poll(() => processes().some(({ pid }) => /postgres: .*SELECT/.test(commandOf(pid)))).toBe(true);
  return client;
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

describe.skipIf(skip)(`${title}: its commands leave nothing`, () => {
  test("npm start -- --keep, and SIGTERM to npm, which tells nobody", async () => {
    cpSync("environments", join(project, "environments"), { recursive: true });
    writeFileSync(join(project, "package.json"), JSON.stringify({ scripts: { start: `node ${BIN} run local` } }));
    const child = await up("npm", "start", "--", "--keep");
    child.kill("SIGTERM");
    await nothingLeft();
    await expect.poll(() => readRun(project, "local")?.phase).toBe("stopped");
  });

  test("npm start -- --keep, and Ctrl-C, which all of the terminal's programs hear", async () => {
    const child = await up("npm", "start", "--", "--keep");
    const end = ended(child);
    process.kill(-(child.pid ?? 0), "SIGINT");
    await end;
    await nothingLeft();
    await expect.poll(() => readRun(project, "local")?.phase).toBe("stopped");
  });

  /** Runs it to its end, in a project of its own. */
  async function refused(env: NodeJS.ProcessEnv, through: readonly string[] = []) {
    const [command = "", ...args] = [...through, process.execPath, BIN, "run", "local"];
    const { exitCode, stderr } = await execa(command, args, { cwd: other, env, extendEnv: false, reject: false });
    expect(left(other)).toEqual([]);
    return [exitCode, stderr.replaceAll(other, "<project>")];
  }

  test("a container whose command does not exist ends the run", async () => {
    const bin = mkdtempSync(join(other, "bin-"));
    for (const program of ["setpriv", "python3"]) {
      const found = findCommand(program, searchPath());
      if (found) symlinkSync(found, join(bin, program));
    }
    const env = { ...environment(), PATH: bin, FILIERA_MINIO: "folder", FILIERA_POSTGRES: postgresFolder() ?? "" };
    const { program } = await findPython({ from: "3.10", below: "3.14" });
    const { says } = await postgresProgram("postgresql:18", () => {});
    expect(await refused({ ...env, FILIERA_PYTHON: program })).toEqual([
      1,
      [
        "1 problem, nothing is left running:",
        `  postgresql.cnpg.io/Cluster/postgres/postgres: container initdb: the command "sh" is not there: it is looked for in ${postgresFolder()}, PATH, where ${says} should be`,
      ].join("\n"),
    ]);
  });

  test.runIf(mayMount && process.getuid?.() === 0)("a disk that PostgreSQL fills ends the run", async () => {
    const state = join(other, ".filiera");
    mkdirSync(state, { recursive: true });
    const [code, said] = await refused(environment(), mounted(state, "size=45m", []));
    expect(said).toMatch(
      /^1 problem, nothing is left running:\n {2}(?:postgresql\.cnpg\.io\/Cluster\/postgres\/postgres|batch\/Job\/mlflow\/mlflow-migrate-\w+): .* is on a disk that is full \(\d+ MB are left\): make room, or run it in another folder/,
    );
    expect(code).toBe(1);
  });

  test("filiera run --keep, killed beside a busy PostgreSQL; and killed with its reaper, until filiera stop", async () => {
    const first = await up(process.execPath, BIN, "run", "local", "--keep");
    const client = await busy();
    first.kill("SIGKILL");
    await nothingLeft();
    await client.end().catch(() => {});

    const second = await up(process.execPath, BIN, "run", "local", "--keep");
    const again = await busy();
    for (const { pid } of processes())
      if (commandOf(pid).includes("reaper") && commandOf(pid).includes(folder.path)) process.kill(pid, "SIGKILL");
    second.kill("SIGKILL");
    await ended(second);
    expect(left().length).toBeGreaterThan(3);
    const { stdout } = await execa(process.execPath, [BIN, "stop", "local"], { cwd: project });
    expect(stdout).toMatch(/^\d+ processes that a crash had left ended$/);
    expect(left()).toEqual([]);
    await again.end().catch(() => {});
  });

  test("filiera stop asks a run that lives, here one on SQLite, and filiera logs shows what was written", async () => {
    rmSync(folder.path, { recursive: true });
    vi.stubEnv("FILIERA_POSTGRES", "sqlite");
    const child = await up(process.execPath, BIN, "run", "local", "--keep");
    const logs = await execa(process.execPath, [BIN, "logs", "local", "mlflow/mlflow", "--lines", "3"], {
      cwd: project,
    });
    expect(logs.stdout).toContain(`Deployment mlflow/mlflow, container main: ${folder.logs}/mlflow.mlflow.main.log`);
    const { stdout } = await execa(process.execPath, [BIN, "stop", "local"], { cwd: project });
    expect(stdout).toBe("local is stopped");
    expect(left()).toEqual([]);
    expect(child.exitCode).toBe(143);
    expect(existsSync(join(folder.instead("postgres", "postgres", "databases"), "mlflow.db"))).toBe(true);
    vi.unstubAllEnvs();
  });
});
