import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { here } from "../../../constructs/kernel/here.ts";
import { type JsonObject, listAt } from "../../../constructs/kernel/json.ts";
import { late } from "../../../constructs/kernel/late.ts";
import type { Manifest } from "../../../constructs/kernel/objects.ts";
import { cloudnativePgBill } from "../../../constructs/operator/bills/cloudnative-pg.ts";
import { Postgres } from "../../../constructs/postgres/index.ts";
import { InternalAuthority } from "../../../constructs/tls/index.ts";
import { postgresFolder, postgresProgram } from "../../../local/programs/postgres.ts";
import { certificatesOf, cloudNativePg, firstOf } from "../../../local/stand-ins/cloudnative-pg.ts";
import { ask, folderFor, left, start } from "../../support/running.ts";
import { chart, deployment, server } from "../../support/running-chart.ts";

/** A PostgreSQL, and a server that is told where its database is. */
function platform() {
  const scope = chart();
  const { issuer } = new InternalAuthority(scope, "authority", {
    name: "authority",
    certManagerNamespace: "cert-manager",
  });
  const postgres = new Postgres(scope, "postgres", {
    name: "data",
    namespace: "test",
    image: { reference: "registry.example.com/postgresql:18" },
    instances: 1,
    storage: "1Gi",
    resources: { requests: { cpu: "1", memory: "1Gi" } },
    issuer,
    ownerPassword: late.named("test/owner"),
    scrapers: { kind: "namespace", namespace: "monitoring" },
  });
  const database = postgres.addDatabase("games", { password: late.named("test/games") });
  const uri = late.text`postgresql://${database.user}@${database.host}:${database.port}/${database.name}`;
  const value = String(here.database({ host: database.host, name: database.name }, uri));
  const web = deployment(scope, "web", server({ env: [{ name: "DATABASE", value }] }));
  if (database.ready) web.node.addDependency(database.ready);
  return scope;
}

/** What CloudNativePG's own code makes of the same Clusters: `upstream/main.go` wrote it. */
interface Upstream {
  readonly version: string;
  readonly clusters: readonly {
    readonly name: string;
    readonly services: Readonly<Record<string, readonly JsonObject[]>>;
    readonly makes: readonly string[];
    readonly application: string;
    readonly superuser: string;
    readonly authority: string;
    readonly certificate: string;
    readonly database: string;
    readonly owner: string;
  }[];
}

describe("a Cluster is what CloudNativePG makes of it", () => {
  const read = (file: string) => readFileSync(join(import.meta.dirname, "upstream", file), "utf8");
  const upstream: Upstream = JSON.parse(read("facts.json"));
  const clusters = read("clusters.jsonl")
    .trim()
    .split("\n")
    .map((line): Manifest => JSON.parse(line));

  test("in the version that the platform installs", () => {
    expect(upstream.version).toBe(cloudnativePgBill.appVersion);
    expect(read("go.mod")).toContain(`github.com/cloudnative-pg/cloudnative-pg v${upstream.version}\n`);
    expect(upstream.clusters.map(({ name }) => name)).toEqual(clusters.map(({ metadata }) => metadata.name));
  });

  test.each(upstream.clusters.map((facts, i) => ({ ...facts, cluster: clusters[i] })))(
    "$name: its Services, certificates, first database; no Secret that the operator would have made",
    ({ cluster, ...facts }) => {
      if (!cluster) throw new Error("facts.json is of other clusters");
      const made = cloudNativePg["postgresql.cnpg.io/Cluster"]?.objects?.(cluster) ?? [];
      const services = made.filter(({ kind }) => kind === "Service");
      const ports = services.map(({ metadata, spec }) => [
        metadata.name,
        listAt(spec, "ports").map((port) => ({ protocol: "TCP", ...port })),
      ]);
      expect(Object.fromEntries(ports)).toEqual(facts.services);
      expect(certificatesOf(cluster)).toEqual({ server: facts.certificate, authority: facts.authority });
      expect(firstOf(cluster)).toEqual({ database: facts.database, owner: facts.owner });
      const secrets = made.filter(({ kind }) => kind === "Secret").map(({ metadata }) => metadata.name);
      expect(secrets).toHaveLength(1);
      for (const taken of [...facts.makes, facts.application, facts.superuser, facts.authority])
        expect(secrets).not.toContain(taken);
    },
  );
});

test("a Cluster that is recovered from backups is not made empty in its place", () => {
  const cluster: Manifest = {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    metadata: { name: "data-2", namespace: "test" },
    spec: { bootstrap: { recovery: { source: "data" } } },
  };
  expect(() => cloudNativePg["postgresql.cnpg.io/Cluster"]?.objects?.(cluster)).toThrow(
    "[postgresql.cnpg.io/Cluster/test/data-2] is recovered from backups, and none are made on this machine: run an environment without filiera:postgres.recoveries",
  );
});

describe("a Cluster without a PostgreSQL", () => {
  test("is a folder of files, which those who connect are told; a server does not come in its place unseen", async () => {
    const folder = folderFor("sqlite");
    const files = join(folder.path, "volumes/test/data-databases");
    vi.stubEnv("FILIERA_POSTGRES", "sqlite");
    const running = await start(platform(), folder);
    expect((await ask(running, "web")).env["DATABASE"]).toBe(`sqlite:///${files}/games.db`);
    expect(existsSync(files)).toBe(true);
    expect(running.status.notes).toContain(
      "registry.example.com/postgresql:18 is a folder with a file of SQLite for each database, as FILIERA_POSTGRES asks for it",
    );
    const states = running.status.objects.filter(({ identity }) => identity.startsWith("postgresql.cnpg.io/"));
    expect(states.map(({ state }) => state)).toEqual(["done", "done", "done"]);
    await running.stop();
    vi.stubEnv("FILIERA_POSTGRES", postgresFolder({ ...process.env, FILIERA_POSTGRES: undefined }));
    if (postgresFolder())
      await expect(start(platform(), folder)).rejects.toThrow(
        `[postgresql.cnpg.io/Cluster/test/data] was run by a folder in its place before, whose data is in ${files}: have the same stand for it again (FILIERA_POSTGRES, FILIERA_MINIO), or delete the data with filiera run --fresh`,
      );
    vi.unstubAllEnvs();
    expect(left(folder)).toEqual([]);
  });

  test("is so where none is installed and none is built for this machine; where one was chosen, that is an error", async () => {
    const nowhere = { find: () => undefined, platform: "sunos-sparc" };
    expect(await postgresProgram("postgresql:18", () => {}, { ...nowhere, env: {} })).toEqual({
      says: "a folder with a file of SQLite for each database, as there is no PostgreSQL here, and none to download for this machine",
      folder: true,
    });
    await expect(
      postgresProgram("postgresql:18", () => {}, { ...nowhere, env: { FILIERA_POSTGRES: "/nowhere" } }),
    ).rejects.toThrow(
      "[postgresql:18] has nothing on this machine that could stand for it: install PostgreSQL (such as apt-get install postgresql, or brew install postgresql@17), set FILIERA_POSTGRES to the folder with initdb and postgres, or to sqlite",
    );
  });
});
