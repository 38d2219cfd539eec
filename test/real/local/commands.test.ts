import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { Client } from "pg";
import { afterAll, describe, expect, test, vi } from "vitest";
import { RunFolder, readRun } from "../../../local/index.ts";
import { readRun as readPipelineRun } from "../../../local/pipeline/record.ts";
import { folderOf as folderOfProcess, processes } from "../../../local/process/table.ts";
import { findCommand, searchPath } from "../../../local/programs/find.ts";
import { postgresFolder, postgresProgram } from "../../../local/programs/postgres.ts";
import { findPython } from "../../../local/python/find.ts";
import { readJson } from "../../../local/run/folder.ts";
import type { LivePipeline, LiveState } from "../../../stacks/plan/page/live.ts";
import { PLATFORM_ALONE, write } from "../../support/filiera.ts";
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
write(other, { "environments/Pulumi.local.yaml": PLATFORM_ALONE });
afterAll(() => {
  for (const each of [project, other]) rmSync(each, { recursive: true, force: true });
});

const left = (within = project) =>
  processes()
    .filter(({ pid }) => folderOfProcess(pid)?.startsWith(within))
    .map(({ pid, name }) => `${pid} ${name}`);
const nothingLeft = () => expect.poll(() => left(), { timeout: 60_000, interval: 200 }).toEqual([]);

function environment(): NodeJS.ProcessEnv {
  const { npm_lifecycle_event: _, ...env } = process.env;
  return { ...env, PATH: `${folderOf(minio)}:${env["PATH"]}` };
}

/** Starts a command in a group of its own, as a terminal does, and waits until it has said something: that it stays. */
async function up(command: readonly string[], until = /runs until Ctrl-C/) {
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    cwd: project,
    env: environment(),
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  let said = "";
  await new Promise<void>((done, fail) => {
    child.stdout?.on("data", (data) => {
      said += data;
      if (until.test(said)) done();
    });
    child.once("exit", (code) => fail(new Error(`it ended with ${code}:\n${said}`)));
  });
  expect(said).toMatch(
    /MLflow gave back what it was given: run [0-9a-f]{32} with its metric [\d.]+, an artifact of \d+ bytes, version \d+ of the model first-look/,
  );
  expect(left().length).toBeGreaterThan(3);
  return { child, said };
}

/** What a page hears first. */
async function firstEvent(address: string): Promise<LiveState> {
  const { body } = await fetch(address);
  let text = "";
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (text.includes("\n\n")) break;
  }
  const state: LiveState = JSON.parse(text.replace(/^data: /, ""));
  return state;
}

function pipelineIn({ pipeline }: LiveState): LivePipeline {
  if (!pipeline) throw new Error("the page shows no pipeline");
  return pipeline;
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
  const npmStart = ["npm", "start", "--", "--keep"] as const;
  const stopped = () => expect.poll(() => readRun(project, "local")?.phase).toBe("stopped");

  test("npm start takes the example to a champion, which its page shows and MLflow has; SIGTERM to npm tells nobody", async () => {
    cpSync("environments", join(project, "environments"), { recursive: true });
    cpSync("examples/fraud/pipelines", join(project, "pipelines"), { recursive: true });
    writeFileSync(
      join(project, "package.json"),
      JSON.stringify({ type: "module", scripts: { start: `node ${BIN} run local` } }),
    );
    const { child, said } = await up(npmStart);
    expect(said).toMatch(/^fraud {9}card-fraud, version 1, is the champion$/m);
    expect(said).toMatch(/^ {2}fairness +"fair"$/m);
    const stagesNow = async () => pipelineIn(await firstEvent(`${/^map +(\S+)$/m.exec(said)?.[1]}events`)).stages;
    const madeIn = (stages: LivePipeline["stages"], name: string) =>
      (stages.find((stage) => stage.name === name)?.made ?? []).join("\n");
    // the page is told a moment after the terminal
    const told = "MLflow has it as READY, with the aliases challenger, champion, from models:/m-";
    await expect.poll(async () => madeIn(await stagesNow(), "promotion"), { timeout: 10_000 }).toContain(told);
    const stages = await stagesNow();
    expect(stages.map(({ name, state }) => `${name} ${state}`)).toEqual(
      ["ingestion", "preprocessing", "training", "validation", "promotion", "deployment"].map(
        (name) => `${name} ready`,
      ),
    );
    expect(madeIn(stages, "ingestion")).toMatch(/^ingest-2: 30,000 rows, SHA-256 [0-9a-f]{12}…$/m);
    expect(madeIn(stages, "validation")).toMatch(/^fairness: fair\n[\s\S]*^AUC 0\.9\d\d \([\s\S]*^origin b: AUC 0\.9/m);
    expect(madeIn(stages, "promotion")).toMatch(
      /^model card-fraud, version 1\npromoted: all hold\nits record ends with [0-9a-f]{12}…\n/,
    );
    expect(madeIn(stages, "deployment")).toMatch(
      /^requested: \/\S+\/card-fraud\/0000000001\.json\ntraffic 100 %; nothing to go back to$/,
    );
    const [model] = stages.find(({ name }) => name === "promotion")?.links ?? [];
    expect(said).toContain(`  model       ${model?.href}\n`);
    child.kill("SIGTERM");
    await nothingLeft();
    await stopped();
  });

  test("npm start again, whose steps come from the cache; and Ctrl-C while the pipeline runs, which all programs of the terminal hear", async () => {
    const { child } = await up(npmStart, /= fraud-of-files\/register {2}as before/);
    const end = ended(child);
    process.kill(-(child.pid ?? 0), "SIGINT");
    await end;
    await nothingLeft();
    await stopped();
    const { state, tasks } = readPipelineRun(project, "fraud", "last");
    expect([state, tasks["fraud-of-files/register"]?.state]).toEqual(["stopped", "cached"]);
    // what follows asks for the platform alone
    write(project, { "environments/Pulumi.local.yaml": PLATFORM_ALONE });
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
    const { child: first } = await up([process.execPath, BIN, "run", "local", "--keep"]);
    const client = await busy();
    first.kill("SIGKILL");
    await nothingLeft();
    await client.end().catch(() => {});

    const { child: second } = await up([process.execPath, BIN, "run", "local", "--keep"]);
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
    const { child } = await up([process.execPath, BIN, "run", "local", "--keep"]);
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
