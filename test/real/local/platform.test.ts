import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { BackupSummary } from "../../../constructs/backup/backups.ts";
import { firstLook } from "../../../local/first-look.ts";
import { localBackups, RunFolder, type RunningPlatform, runEnvironment } from "../../../local/index.ts";
import { isLoopback, listeningOf } from "../../../local/process/listening.ts";
import { folderOf as folderOfProcess, processes } from "../../../local/process/table.ts";
import { ownProgram } from "../../../local/programs/own.ts";
import { loadEnvironmentFile, parseEnvironment } from "../../../stacks/environment/index.ts";
import { metricsOf } from "../../support/alerts.ts";
import { manifestsOf } from "../../support/platform.ts";
import { layers } from "../layers.ts";
import { folderOf, skipped } from "../prepared.ts";
import { minio } from "./programs.ts";
import { AS_READER, FILL, READ } from "./registry.ts";

const { skip, title } = skipped(layers.local);
const environment = parseEnvironment(loadEnvironmentFile("environments", "local"), {
  secrets: "sealed",
  name: "local",
});
const project = mkdtempSync(join(tmpdir(), "filiera-platform-"));
const folder = new RunFolder(project, "local");

const start = (fresh = false) => runEnvironment(environment, { folder, environment: "local", fresh });

const left = () =>
  processes()
    .filter(({ pid }) => folderOfProcess(pid)?.startsWith(project))
    .map(({ pid, name }) => `${pid} ${name}`);

/** Who asks MLflow, and where. */
function access({ run, platform }: RunningPlatform) {
  const { url, user, password } = platform.mlflow.tracking;
  return { url: run.value(url), user, password: run.value(password) };
}

/** Runs a program of MLflow's own client, as its administrator; what it prints as JSON. */
async function client(running: RunningPlatform, program: string): Promise<unknown> {
  const { path, env } = await ownProgram("mlflow", () => {});
  const { url, user, password } = access(running);
  const file = join(project, "client.py");
  writeFileSync(file, program);
  // not at once: whoever looks after the processes is this one
  const { stdout } = await execa(join(path[0] ?? "", "python"), [file], {
    extendEnv: false,
    cwd: project,
    env: {
      ...env,
      PATH: process.env["PATH"],
      HOME: project,
      MLFLOW_TRACKING_URI: url,
      MLFLOW_TRACKING_USERNAME: user,
      MLFLOW_TRACKING_PASSWORD: password,
      READER: "of the reader's own choice",
      ...running.platform.mlflow.tracking.settings,
    },
  });
  const said: unknown = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  return said;
}

const USES = `
import json, pathlib, tempfile, mlflow
from mlflow import MlflowClient
client = MlflowClient()
mlflow.set_experiment("uses")
with mlflow.start_run() as run:
    mlflow.log_param("depth", 3)
    mlflow.log_metric("accuracy", 0.75)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "notes.txt")
        path.write_text("kept")
        mlflow.log_artifact(str(path), "model")
client.create_registered_model("used")
version = client.create_model_version("used", run.info.artifact_uri + "/model", run.info.run_id).version
client.set_registered_model_alias("used", "champion", version)
read = client.get_run(run.info.run_id)
loaded = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="model/notes.txt")
print(json.dumps({
    "metrics": read.data.metrics, "params": read.data.params, "status": read.info.status,
    "artifact": pathlib.Path(loaded).read_text(),
    "champion": client.get_model_version_by_alias("used", "champion").run_id == run.info.run_id,
}))
`;

/**
 * Logs a step each 50 ms until its time is over, whatever happens to the server meanwhile. MLflow's client asks again
 * where nothing was answered, but not where the server died between an answer's headers and its body: this program does.
 */
const LOGS = `
import json, os, time, mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "9"
mlflow.set_experiment("interrupted")
client = MlflowClient()
run = client.create_run(mlflow.get_experiment_by_name("interrupted").experiment_id)
begun = time.time()
step = 0
killed = False
while time.time() - begun < 8 or not killed:
    if step == 5 and not killed:
        os.kill(VICTIM, 9)
        killed = True
    try:
        client.log_metric(run.info.run_id, "loss", 1.0 / (step + 1), step=step)
    except MlflowException as error:
        if not killed or "Connection broken" not in str(error):
            raise
        continue
    step += 1
    time.sleep(0.05)
client.set_terminated(run.info.run_id)
history = client.get_metric_history(run.info.run_id, "loss")
print(json.dumps({"logged": step, "lost": step - len({m.step for m in history}), "status": client.get_run(run.info.run_id).info.status}))
`;

/** What an address answers; the local authority is one's own. */
function text(url: string): Promise<string> {
  return execa("curl", ["--silent", "--show-error", "--fail", "--insecure", url]).then(({ stdout }) => stdout);
}

describe.skipIf(skip)(title, () => {
  let running: RunningPlatform;

  beforeAll(async () => {
    vi.stubEnv("PATH", `${folderOf(minio)}:${process.env["PATH"]}`);
    running = await start();
  });
  afterAll(async () => {
    await running.run.stop();
    expect(left()).toEqual([]);
    rmSync(project, { recursive: true, force: true });
  });

  test("says what it took for what", () => {
    const { notes } = running.run.status;
    expect(notes).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^ghcr\.io\/cloudnative-pg\/postgresql:\S+ is PostgreSQL \d+\.\d+ of \S+$/),
        expect.stringMatching(/^docker\.io\/pgsty\/silo:\S+ is MinIO, \S+$/),
        expect.stringMatching(/^filiera\/mlflow:3\.17\.2 is the packages of images\/mlflow, on Python 3\.\d+\.\d+$/),
      ]),
    );
  });

  test("MLflow's own client finds what it logged: run, metric, artifact, model, alias", async () => {
    expect(await client(running, USES)).toEqual({
      metrics: { accuracy: 0.75 },
      params: { depth: "3" },
      status: "FINISHED",
      artifact: "kept",
      champion: true,
    });
  });

  test("artifacts are objects in MinIO, and metadata is in PostgreSQL", async () => {
    const bucket = readdirSync(folder.volume("minio", "data0-minio-0"));
    expect(bucket).toContain("mlflow");
    expect(
      running.run.status.objects.find(({ identity }) => identity === "postgresql.cnpg.io/Cluster/postgres/postgres")
        ?.state,
    ).toBe("ready");
    const command = readFileSync(`/proc/${serverOf()}/environ`, "utf8");
    expect(command).toMatch(
      /MLFLOW_BACKEND_STORE_URI=postgresql\+psycopg2:\/\/127\.0\.0\.1:\d+\/mlflow\?sslmode=verify-full/,
    );
  });

  test("MLflow's metrics and MinIO's are those that the alerts ask for, without a credential", async () => {
    const asked = (rule: string) =>
      metricsOf(manifestsOf(environment), rule).filter((name) => /^(?:minio|mlflow)_/.test(name));
    await firstLook(access(running));
    const mlflow = await text(`http://${running.run.address("mlflow", "mlflow-metrics", 9090)}/metrics`);
    expect(asked("mlflow/mlflow")).toHaveLength(3);
    for (const name of asked("mlflow/mlflow")) expect(mlflow).toMatch(new RegExp(`^${name}[ {]`, "m"));
    expect(mlflow).toMatch(/^mlflow_server_up 1\.0$/m);
    expect(mlflow).toMatch(/^mlflow_http_request_total\{.*status="200".*\} \d/m);
    const store = `https://${running.run.address("minio", "minio", 9000)}/minio/metrics/v3`;
    // of a counter that is 0 there is nothing but its description
    const minio = (await text(store)) + (await text(`${store}/api/requests?list`));
    expect(asked("minio/minio").length).toBeGreaterThan(5);
    for (const name of asked("minio/minio")) expect(minio).toMatch(new RegExp(`^(?:\\| .)?${name}[ {\x60]`, "m"));
    expect(minio).toMatch(/^minio_cluster_erasure_set_overall_health 1$/m);
  });

  test("who does not sign in is refused", async () => {
    const { url } = access(running);
    expect((await fetch(`${url}/api/2.0/mlflow/experiments/search?max_results=1`)).status).toBe(401);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  test("no password is in an argument, and nothing listens but on this machine", () => {
    const secrets = Object.values(JSON.parse(readFileSync(folder.secrets, "utf8"))).map(String);
    const own = processes().filter(({ pid }) => folderOfProcess(pid)?.startsWith(project));
    expect(own.length).toBeGreaterThan(3);
    for (const { pid } of own) {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      expect(secrets.filter((secret) => command.includes(secret))).toEqual([]);
    }
    const sockets = listeningOf(own.map(({ pid }) => pid));
    expect(sockets.length).toBeGreaterThanOrEqual(4);
    expect(sockets.filter((socket) => !isLoopback(socket))).toEqual([]);
  });

  test("the migration and the set-up of buckets do no harm when they run again", async () => {
    const jobs = running.run.status.objects.filter(({ identity }) => identity.startsWith("batch/Job/"));
    expect(jobs).toHaveLength(2);
    for (const { identity } of jobs) await running.run.trigger(identity);
    await firstLook(access(running));
  });

  test("a run that is logged while MLflow is killed loses nothing", async () => {
    const victim = serverOf();
    expect(await client(running, LOGS.replace("VICTIM", String(victim)))).toEqual(everythingKept);
    expect(restarts("apps/Deployment/mlflow/mlflow")).toBeGreaterThanOrEqual(1);
    expect(serverOf()).not.toBe(victim);
  });

  test("PostgreSQL killed while it is busy recovers, and MLflow with it", async () => {
    const postmaster = Number(
      readFileSync(join(folder.volume("postgres", "data-postgres-0"), "pgdata/postmaster.pid"), "utf8").split("\n")[0],
    );
    const logged = await client(running, LOGS.replace("VICTIM", String(postmaster)));
    expect(logged).toEqual(everythingKept);
    expect(restarts("postgresql.cnpg.io/Cluster/postgres/postgres")).toBe(1);
    await firstLook(access(running));
  });

  let kept: unknown;
  let saved: BackupSummary;

  test("a backup holds rows and objects as they were, and no password; another one is not taken for it", async () => {
    await client(running, FILL);
    kept = await client(running, READ);
    const backups = await backupsHere();
    saved = await backups.save();
    await client(running, `from mlflow import MlflowClient; MlflowClient().create_experiment("later"); print("{}")`);
    const again = await backups.save();
    expect((await backups.list()).map(({ id }) => id)).toEqual([saved.id, again.id]);
    const [database] = saved.databases;
    expect(database?.tables).toMatchObject({
      "public.runs": { rows: expect.any(Number) },
      "public.registered_model_aliases": { rows: expect.any(Number) },
      "public.users": { rows: 2 },
    });
    expect(database?.revisions["public.alembic_version"]).toMatch(/^[0-9a-f]{12}$/);
    expect(again.databases[0]?.tables["public.users"]).toEqual(database?.tables["public.users"]);
    expect(again.databases[0]?.tables["public.experiments"]).not.toEqual(database?.tables["public.experiments"]);
    expect(saved.buckets).toEqual(again.buckets);
    const secrets = Object.values(JSON.parse(readFileSync(folder.secrets, "utf8"))).map(String);
    const files = readdirSync(store, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const { parentPath, name } of files) {
      const content = readFileSync(join(parentPath, name));
      const text = name.endsWith(".gz") ? gunzipSync(content) : content;
      expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    }
  });

  test("what it kept is there when it runs again, until --fresh deletes it", async () => {
    const read = `
import json
from mlflow import MlflowClient
print(json.dumps([e.name for e in MlflowClient().search_experiments() if e.name in ("uses", "interrupted")]))
`;
    const before = access(running);
    await running.run.stop();
    expect(left()).toEqual([]);
    running = await start();
    expect(access(running)).toEqual(before);
    expect(await client(running, read)).toEqual(expect.arrayContaining(["uses", "interrupted"]));
    await running.run.stop();
    running = await start(true);
    expect(await client(running, read)).toEqual([]);
    expect(access(running).password).not.toBe(before.password);
  });

  test("an environment that was made anew is again what a backup of the other one holds, field by field", async () => {
    const backups = await backupsHere();
    const empty =
      "from mlflow import MlflowClient; import json; print(json.dumps(len(MlflowClient().search_experiments())))";
    const [file = ""] = readdirSync(join(store, saved.id, "buckets/mlflow"));
    const object = join(store, saved.id, "buckets/mlflow", file);
    const content = readFileSync(object);
    writeFileSync(object, Buffer.concat([content.subarray(1), Buffer.from("!")]));
    await expect(backups.restore(saved.id, { replace: false })).rejects.toThrow(
      `[${saved.id}/buckets/mlflow/${file}] was changed after it was written: found ${content.length} bytes`,
    );
    expect(await client(running, empty)).toBe(1);
    writeFileSync(object, content);
    expect((await backups.restore(saved.id, { replace: false })).id).toBe(saved.id);
    expect(await client(running, READ)).toEqual(kept);
    expect(await client(running, AS_READER)).toEqual(["kept"]);
    await expect(backups.restore(saved.id, { replace: false })).rejects.toThrow(
      /^\[databases\.mlflow\] is in use: there are rows in .*; restore into an empty environment, or write over what is there with --replace$/,
    );
  });

  const store = join(project, "backups");
  const backupsHere = () => localBackups(environment, { project, environment: "local", folder, store, say: () => {} });
  const everythingKept = { logged: expect.any(Number), lost: 0, status: "FINISHED" };

  function restarts(object: string): number {
    return running.run.status.objects.find(({ identity }) => identity === object)?.restarts ?? 0;
  }

  /** The process of MLflow's server that its container began. */
  function serverOf(): number {
    const folder = join(project, ".filiera/local/pods/mlflow/mlflow/main");
    const own = processes().filter(({ pid, session }) => pid === session && folderOfProcess(pid) === folder);
    return own[0]?.pid ?? 0;
  }
});
