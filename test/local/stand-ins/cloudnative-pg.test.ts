import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { here } from "../../../constructs/kernel/here.ts";
import { late } from "../../../constructs/kernel/late.ts";
import { Postgres } from "../../../constructs/postgres/index.ts";
import { InternalAuthority } from "../../../constructs/tls/index.ts";
import { postgresFolder, postgresProgram } from "../../../local/programs/postgres.ts";
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
