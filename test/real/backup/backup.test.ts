import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Chart } from "cdk8s";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { at, type JsonObject, listAt, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import { late } from "../../../constructs/kernel/late.ts";
import { collect, type Manifest } from "../../../constructs/kernel/objects.ts";
import { Postgres, type PostgresProps } from "../../../constructs/postgres/index.ts";
import { type Run, RunFolder, run } from "../../../local/index.ts";
import { pythonEnvironment } from "../../../local/python/environment.ts";
import { recoveries } from "../../../stacks/doctor/recoveries.ts";
import { known } from "../../../stacks/findings/index.ts";
import { told } from "../../support/cluster.ts";
import { environment as environmentOf, find } from "../../support/platform.ts";
import { localIssuer, runningMinio } from "../../support/running-stores.ts";
import { layers } from "../layers.ts";
import { minio } from "../local/programs.ts";
import { folderOf, skipped } from "../prepared.ts";
import { Processes } from "../processes.ts";
import { Server } from "./server.ts";
import { BARMAN } from "./tools.ts";

const { skip, title } = skipped(layers.backup);

/** The plugin's own command lines for the `ObjectStore` that stands beside them: test/constructs/postgres/upstream. */
const upstream = join(import.meta.dirname, "../../constructs/postgres/upstream");
const [COMMANDS]: Record<string, string[]>[] = JSON.parse(readFileSync(join(upstream, "facts.json"), "utf8"));

const project = mkdtempSync(join(tmpdir(), "filiera-backup-"));
const resources = { requests: { cpu: "1", memory: "1Gi" } };

/** An object store that runs here, and the clusters as they are rendered for it. */
function platform() {
  const app = new App();
  const stores = new Chart(app, "stores", { disableResourceNameHashes: true });
  const issuer = localIssuer(stores);
  const minio = runningMinio(stores, issuer);
  minio.addBucket("postgres-backup", { versioning: true, keepVersionsDays: 7 });
  const store = minio.grant("postgres-backup", {
    bucket: "postgres-backup",
    secretAccessKey: late.named("minio/postgres-backup"),
  });
  const cluster = (name: string, recovery?: PostgresProps["recovery"]): Manifest[] => {
    const chart = new Chart(app, name, { disableResourceNameHashes: true });
    new Postgres(chart, name, {
      name,
      namespace: "postgres",
      image: { reference: "postgresql:18" },
      instances: 1,
      storage: "1Gi",
      resources,
      issuer,
      backup: { store, schedule: "0 0 2 * * *", retentionDays: 14 },
      recovery,
      ownerPassword: late.named("postgres/app"),
      scrapers: { kind: "namespace", namespace: "monitoring" },
    });
    return collect(chart, { places: "kept" }).map(({ manifest }) => manifest);
  };
  return { stores, cluster };
}

describe.skipIf(skip)(title, () => {
  const { stores, cluster } = platform();
  const original = cluster("postgres");
  const processes = new Processes();
  let running: Run;
  let server: Server;
  let bin: string;
  let environment: Record<string, string>;

  beforeAll(async () => {
    vi.stubEnv("PATH", `${folderOf(minio)}:${process.env["PATH"]}`);
    ({ bin } = await pythonEnvironment(BARMAN));
    running = await run(stores, { folder: new RunFolder(project, "test"), environment: "test" });
    server = await Server.of(processes);
    environment = { ...credential(), ...server.environment };
  });
  afterAll(async () => {
    await processes.stopAll();
    await running.stop();
    rmSync(project, { recursive: true, force: true });
    vi.unstubAllEnvs();
  });

  test("a cluster whose data is gone is made anew as it was at a time, and archives under a name of its own", async () => {
    await server.start("postgres", settingsOf(original, "postgres"), environment);
    await server.ask("CREATE TABLE runs (id int)");
    await barman("check", "postgres");
    await barman("backup", "postgres");
    await server.ask("INSERT INTO runs SELECT generate_series(1, 1500)");
    await server.ask("SELECT pg_sleep(0.1)");
    const to = await server.ask(`SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);
    await server.ask("SELECT pg_sleep(0.1)");
    await server.ask("INSERT INTO runs SELECT generate_series(1, 700)");
    expect(await server.ask("SELECT count(*) FROM runs")).toBe("2200");
    await server.archived();
    await server.loseAll();

    const recovered = cluster("postgres-2", { from: "postgres", to });
    const { recoveryTarget, source } = objectAt(clusterIn(recovered), "spec", "bootstrap", "recovery");
    const [from] = listAt(clusterIn(recovered), "spec", "externalClusters");
    expect(from).toMatchObject({ name: source, plugin: { parameters: { barmanObjectName: "postgres-2-backup" } } });
    const lost = textAt(from, "plugin", "parameters", "serverName") ?? "";
    const [backup] = await backups(lost);
    // first the new archive, then the data, as the plugin's own restore does (internal/cnpgi/restore of v0.13.0)
    await barman("check", "postgres-2");
    await barmanCloud("restore", [...place(lost), textAt(backup, "backup_id") ?? "", server.data]);
    await server.start("postgres-2", settingsOf(recovered, "postgres-2"), environment, {
      restore_command: `${line("fetch", lost)} %f %p`,
      // as ConvertToPostgresFormat of the operator writes it
      recovery_target_time: (textAt(recoveryTarget, "targetTime") ?? "").replace("T", " ").replace("Z", "+00:00"),
      recovery_target_action: "promote",
    });
    expect(await server.ask("SELECT count(*) FROM runs")).toBe("1500");

    // what it writes from now on lies beside the other's archive, which no cluster can begin anew
    await server.archived();
    await barman("backup", "postgres-2");
    await expect(barman("check", "postgres")).rejects.toThrow("Expected empty archive");
    expect(await backups("postgres")).toEqual([backup]);
  });

  test("a time before the first backup is told before anything is made, by what the plugin says of the archive", async () => {
    const [first] = await backups("postgres");
    // instance/recovery_window.go of v0.13.0
    const firstRecoverabilityPoint = new Date(textAt(first, "end_time_iso") ?? "").toISOString();
    const archive = { status: { serverRecoveryWindow: { postgres: { firstRecoverabilityPoint } } } };
    const asked = (to: string) => {
      const { postgres } = environmentOf("prod", {
        "filiera:postgres": { recoveries: { "postgres-2": { from: "postgres", to } } },
      });
      return told(recoveries({ archives: known([archive]), present: known(new Map()) }, { postgres }));
    };
    const to = new Date(Date.parse(firstRecoverabilityPoint) - 1).toISOString();
    expect(asked(to)).toEqual([
      `problem filiera:postgres.recoveries.postgres-2.to: found "${to}", and the first base backup of postgres that is kept ended at ${firstRecoverabilityPoint} → write that time, or a later one`,
    ]);
    expect(asked(firstRecoverabilityPoint)).toEqual([
      `fine filiera:postgres.recoveries.postgres-2.to: the backups of postgres reach back to ${firstRecoverabilityPoint}`,
    ]);
  });

  test("the rendered credential may delete what is kept no longer", async () => {
    const [backup, ...others] = await backups("postgres-2");
    expect(others).toEqual([]);
    expect(backup).toBeDefined();
    await barmanCloud("backup-delete", ["--backup-id", textAt(backup, "backup_id") ?? "", ...place("postgres-2")]);
    expect(await backups("postgres-2")).toEqual([]);
    expect(await backups("postgres")).toHaveLength(1);
  });

  const spec = () => objectAt(find(original, "ObjectStore", "postgres-backup"), "spec");
  const clusterIn = (manifests: readonly Manifest[]) =>
    manifests.find(({ kind }) => kind === "Cluster") ?? { apiVersion: "", kind: "", metadata: { name: "" } };

  /** What the plugin reads for barman-cloud: the Secret that the ObjectStore names, and the authority of its server. */
  function credential(): Record<string, string> {
    const data = objectAt(find(original, "Secret", "postgres-backup"), "stringData");
    const named = (name: string): string => {
      const { name: secret, key } = objectAt(spec(), "configuration", "s3Credentials", name);
      expect(secret).toBe("postgres-backup");
      return running.value(String(data[String(key)]));
    };
    return {
      AWS_ACCESS_KEY_ID: named("accessKeyId"),
      AWS_SECRET_ACCESS_KEY: named("secretAccessKey"),
      AWS_DEFAULT_REGION: named("region"),
      // the authority's certificate, as it is beside MinIO's own
      AWS_CA_BUNDLE: join(
        project,
        readdirSync(project, { recursive: true, encoding: "utf8" }).find((file) => file.endsWith("/ca.crt")) ?? "",
      ),
    };
  }

  /** The plugin's arguments for a server of this store. */
  function argumentsOf(what: string, name: string): string[] {
    const backup = `backup-${Date.now()}`;
    const url = running.value(String(at(spec(), "configuration", "endpointURL")));
    const known: Record<string, string> = { "https://store.example.com:9000": url, SERVER: name, BACKUP: backup };
    return (COMMANDS?.[what] ?? []).map((each) => known[each] ?? each);
  }

  /** Where a server's archive is, as all of barman-cloud's programs take it. */
  const place = (name: string) => argumentsOf("fetch", name).slice(1);
  const line = (what: string, name: string) => `${bin}/${argumentsOf(what, name).join(" ")}`;

  async function barman(what: string, name: string): Promise<void> {
    const [program = "", ...args] = argumentsOf(what, name);
    await server.run([join(bin, program), ...args], environment);
  }

  function barmanCloud(program: string, args: readonly string[]): Promise<string> {
    return server.run([join(bin, `barman-cloud-${program}`), ...args], environment);
  }

  async function backups(name: string): Promise<readonly JsonObject[]> {
    const found: unknown = JSON.parse(await barmanCloud("backup-list", ["--format", "json", ...place(name)]));
    return listAt(found, "backups_list");
  }

  /** What is rendered, and what the operator sets besides where a plugin archives. */
  function settingsOf(manifests: readonly Manifest[], name: string): Record<string, string> {
    const cluster = clusterIn(manifests);
    const [plugin] = listAt(cluster, "spec", "plugins");
    expect(plugin).toMatchObject({ isWALArchiver: true, parameters: { serverName: name } });
    const parameters = objectAt(cluster, "spec", "postgresql", "parameters");
    return {
      ...Object.fromEntries(Object.entries(parameters).map(([setting, value]) => [setting, String(value)])),
      // not spread over minutes, for which a base backup would wait
      checkpoint_completion_target: "0",
      archive_mode: "on",
      archive_command: `${line("archive", name)} %p`,
    };
  }
});
