import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { ObjectStore, SqlDatabase } from "../../../constructs/connections/index.ts";
import { messageOf } from "../../../constructs/kernel/errors.ts";
import { late } from "../../../constructs/kernel/late.ts";
import { Postgres } from "../../../constructs/postgres/index.ts";
import { type Run, run } from "../../../local/index.ts";
import { ownProgram } from "../../../local/programs/own.ts";
import { folderFor, left } from "../../support/running.ts";
import { chart } from "../../support/running-chart.ts";
import { localIssuer, runningMinio } from "../../support/running-stores.ts";
import { layers } from "../layers.ts";
import { folderOf, skipped } from "../prepared.ts";
import { minio } from "./programs.ts";

const { skip, title } = skipped(layers.stores);
const resources = { requests: { cpu: "1", memory: "1Gi" } };

/** An object store and a database whose consumers have credentials of a generation, and of the one before it. */
function platform(generation: number, previousCredential: "accepted" | "refused" = "accepted") {
  const scope = chart();
  const issuer = localIssuer(scope);
  const store = runningMinio(scope, issuer);
  const server = new Postgres(scope, "postgres", {
    name: "postgres",
    namespace: "postgres",
    image: { reference: "postgresql:18" },
    instances: 1,
    storage: "1Gi",
    resources,
    issuer,
    ownerPassword: late.named("owner"),
    scrapers: { kind: "namespace", namespace: "monitoring" },
  });
  const of = (what: string, number: number) => late.named(`${what} of ${number}`);
  const before = generation > 1 && previousCredential === "accepted";
  const generations = (what: string) => ({
    generation,
    ...(before && { previous: of(what, generation - 1) }),
  });
  store.addBucket("data");
  const vision = store.grant("vision", {
    bucket: "data",
    prefix: "teams/vision",
    secretAccessKey: of("vision", generation),
    ...generations("vision"),
  });
  const speech = store.grant("speech", { bucket: "data", prefix: "teams/speech", secretAccessKey: late.named("s") });
  const database = server.addDatabase("tracking", { password: of("tracking", generation), ...generations("tracking") });
  return { scope, vision, speech, database };
}

type Made = ReturnType<typeof platform>;

describe.skipIf(skip)(title, () => {
  const folder = folderFor("rotation");
  const [first, second, third] = [platform(1), platform(2), platform(3)];
  let running: Run;
  let python: Awaited<ReturnType<typeof ownProgram>>;

  beforeAll(async () => {
    vi.stubEnv("PATH", `${folderOf(minio)}:${process.env["PATH"]}`);
    python = await ownProgram("minio-setup", () => {});
  });
  afterAll(async () => {
    await running?.stop();
    expect(left(folder)).toEqual([]);
    vi.unstubAllEnvs();
  });

  async function start({ scope }: Made): Promise<void> {
    await running?.stop();
    running = await run(scope, { folder, environment: "test" });
  }

  /** The file that vouches for both. */
  function authority(): string {
    const files = readdirSync(join(folder.path, "pods"), { recursive: true, encoding: "utf8" });
    return join(folder.path, "pods", files.find((file) => file.endsWith("/ca.crt")) ?? "");
  }

  /** What a consumer of the object store comes to, in calls one after the other. */
  async function asks(
    store: ObjectStore,
    ...calls: readonly [call: string, ...using: unknown[]][]
  ): Promise<unknown[]> {
    const ca = authority();
    const { authentication, bucket } = store;
    if (authentication.kind !== "key") throw new Error("has no key");
    const who = {
      user: running.value(authentication.accessKeyId),
      secret: running.value(String(authentication.secretAccessKey)),
    };
    const { stdout } = await execa(
      join(python.path[0] ?? "", "python"),
      [join(import.meta.dirname, "object_store.py")],
      {
        input: JSON.stringify(
          calls.map(([call, ...using]) => ({
            url: running.value(store.url),
            ca,
            ...who,
            call,
            with: [bucket, ...using],
          })),
        ),
      },
    );
    return stdout.split("\n").map((line): unknown => JSON.parse(line));
  }

  /** What a consumer of the database is answered, or why it is refused. */
  async function queries(database: SqlDatabase, ...statements: readonly string[]): Promise<unknown> {
    const client = new Client({
      host: running.value(database.host),
      port: Number(running.value(database.port)),
      database: running.value(database.name),
      user: running.value(database.user),
      password: running.value(String(database.password)),
      ssl: { ca: readFileSync(authority(), "utf8") },
    });
    try {
      await client.connect();
      const answers: unknown[] = [];
      for (const statement of statements) answers.push(...(await client.query(statement)).rows);
      return answers;
    } catch (error) {
      return messageOf(error);
    } finally {
      await client.end();
    }
  }

  test("a consumer gets into its prefix of a bucket, and nowhere else: not to list, to read, to write nor to delete", async () => {
    await start(first);
    expect(
      await asks(first.vision, ["put", "teams/vision/a", "1"], ["get", "teams/vision/a"], ["names", "teams/vision/"]),
    ).toEqual([null, "1", ["teams/vision/a"]]);
    expect(await asks(first.speech, ["put", "teams/speech/b"])).toEqual([null]);
    const refused = { refused: "AccessDenied" };
    expect(
      await asks(
        first.vision,
        ["get", "teams/speech/b"],
        ["put", "teams/speech/c"],
        ["put", "teams/vision2/c"],
        ["put", "c"],
        ["remove", "teams/speech/b"],
        ["names", "teams/speech/"],
        ["names", "teams/vision"],
        ["names", "teams/"],
        ["names"],
      ),
    ).toEqual(Array.from({ length: 9 }, () => refused));
  });

  test("two generations are let in at a time, and what either makes in the database is of one owner", async () => {
    expect(await queries(first.database, "CREATE TABLE runs (id int)", "SELECT current_user, session_user")).toEqual([
      { current_user: "tracking", session_user: "tracking" },
    ]);
    await start(second);
    for (const { vision } of [first, second])
      expect(await asks(vision, ["get", "teams/vision/a"], ["put", "teams/vision/d"])).toEqual(["1", null]);
    expect(
      await queries(
        second.database,
        "ALTER TABLE runs ADD name text",
        "CREATE TABLE models (id int)",
        "SELECT current_user, session_user",
      ),
    ).toEqual([{ current_user: "tracking", session_user: "tracking_g2" }]);
    expect(
      await queries(
        first.database,
        "ALTER TABLE models ADD name text",
        "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'",
      ),
    ).toEqual([{ tableowner: "tracking" }]);
  });

  test("the first is refused after the next, and the second is not", async () => {
    await start(third);
    for (const { vision } of [second, third]) expect(await asks(vision, ["get", "teams/vision/a"])).toEqual(["1"]);
    for (const { database } of [second, third])
      expect(await queries(database, "DROP TABLE IF EXISTS models", "SELECT count(*)::int FROM runs")).toEqual([
        { count: 0 },
      ]);
    expect(await asks(first.vision, ["get", "teams/vision/a"])).toEqual([{ refused: "InvalidAccessKeyId" }]);
    expect(await queries(first.database, "SELECT")).toContain('password authentication failed for user "tracking"');
  });

  test("the one before is refused as soon as that is said, and its role is gone", async () => {
    await start(platform(3, "refused"));
    expect(await asks(second.vision, ["get", "teams/vision/a"])).toEqual([{ refused: "InvalidAccessKeyId" }]);
    expect(await queries(second.database, "SELECT")).toContain('password authentication failed for user "tracking_g2"');
    expect(await asks(third.vision, ["get", "teams/vision/a"])).toEqual(["1"]);
    expect(
      await queries(third.database, "SELECT rolname FROM pg_roles WHERE rolname LIKE 'tracking%' ORDER BY 1"),
    ).toEqual([{ rolname: "tracking" }, { rolname: "tracking_g3" }]);
  });
});
