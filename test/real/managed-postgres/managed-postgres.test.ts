import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listAt } from "../../../constructs/kernel/json.ts";
import { collect, type Manifest } from "../../../constructs/kernel/objects.ts";
import { order } from "../../../constructs/kernel/order.ts";
import { podTemplateOf } from "../../../constructs/kernel/pods.ts";
import { ManagedPostgres } from "../../../constructs/postgres/index.ts";
import { postgresProgram } from "../../../local/programs/postgres.ts";
import { chart } from "../../support/chart.ts";
import { lateAs } from "../../support/plain.ts";
import { layers } from "../layers.ts";
import { freePort } from "../ports.ts";
import { skipped } from "../prepared.ts";
import { Processes } from "../processes.ts";

const { skip, title } = skipped(layers.managedPostgres);
const MASTER = { user: "filiera", password: "themaster0password" };

/** The setup Job of two databases, as it is rendered. */
function rendered(): readonly Manifest[] {
  const root = chart();
  const server = new ManagedPostgres(root, "postgres", {
    name: "postgres",
    namespace: "postgres",
    image: { reference: "registry.example.com/postgresql:18" },
    host: "localhost",
    masterUser: MASTER.user,
    masterPassword: lateAs("master"),
    authority: { kind: "pem", pem: "the authority's certificate" },
    network: "10.0.0.0/16",
  });
  for (const name of ["mlflow", "features"]) server.addDatabase(name, { password: lateAs(name) });
  return order(root, collect(root)).map(({ manifest }) => manifest);
}

describe.skipIf(skip)(title, { timeout: 120_000 }, () => {
  const processes = new Processes();
  const { folder } = processes;
  const file = (name: string) => join(folder, name);
  let port = 0;

  beforeAll(async () => {
    const program = await postgresProgram("postgresql:18", () => undefined);
    const [bin] = "path" in program ? program.path : [];
    if (!("path" in program) || bin === undefined) throw new Error("there is no PostgreSQL on this machine");
    const before = program.before ?? [];
    const as = (command: string, args: readonly string[]) => {
      const [first = "", ...rest] = [...before, join(bin, command), ...args];
      return execa(first, rest, { cwd: folder });
    };
    chmodSync(folder, 0o755);
    mkdirSync(file("data"));
    await execa("chown", ["-R", "65534:65534", file("data")], { reject: false });
    const authority = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    await execa("openssl", [
      ...["req", ...authority, "-keyout", file("server.key"), "-out", file("server.crt")],
      ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
    ]);
    await execa("chown", ["65534:65534", file("server.key")], { reject: false });
    chmodSync(file("server.key"), 0o600);
    await as("initdb", ["--pgdata", file("data"), "--username", "rdsadmin", "--auth-local", "trust", "--no-sync"]);
    // as on RDS with rds.force_ssl: whoever comes over the network comes with TLS and a password
    writeFileSync(file("data/pg_hba.conf"), "local all all trust\nhostssl all all all scram-sha-256\n");
    port = await freePort();
    const settings = {
      port: String(port),
      listen_addresses: "127.0.0.1",
      unix_socket_directories: file("data"),
      ssl: "on",
      ssl_cert_file: file("server.crt"),
      ssl_key_file: file("server.key"),
      fsync: "off",
      // everything that is asked stands in the log, so that a password would
      log_statement: "all",
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const [first = "", ...rest] = [...before, join(bin, "postgres"), "-D", file("data"), ...flags];
    processes.start("postgres", [first, ...rest]);
    await processes.until("postgres", "ready", async () =>
      (await superuser("SELECT 1").catch(() => undefined)) === undefined ? undefined : true,
    );
    // what RDS gives its master: no superuser
    await superuser(`CREATE ROLE ${MASTER.user} LOGIN CREATEROLE CREATEDB PASSWORD '${MASTER.password}'`);
  });

  afterAll(() => processes.stopAll());

  const superuser = async (sql: string): Promise<string> => {
    const { stdout } = await execa("psql", [
      "-qAtX",
      "-h",
      file("data"),
      "-p",
      `${port}`,
      "-U",
      "rdsadmin",
      "-c",
      sql,
      "postgres",
    ]);
    return stdout;
  };

  /** The rendered Job's own command, with what a cluster would mount for it. */
  async function setup(passwords: Readonly<Record<string, string>>): Promise<string> {
    const manifests = rendered();
    const scripts = manifests.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === "postgres-setup");
    const job = manifests.find(({ kind }) => kind === "Job");
    const [container] = job ? listAt(podTemplateOf(job)?.spec, "containers") : [];
    for (const name of ["scripts", "passwords"]) mkdirSync(file(name), { recursive: true });
    for (const [name, text] of Object.entries(scripts?.["data"] ?? {}))
      writeFileSync(file(`scripts/${name}`), String(text));
    for (const [name, password] of Object.entries(passwords)) writeFileSync(file(`passwords/${name}`), password);
    const here = (text: string): string =>
      text
        .replace("/etc/postgres-setup", file("scripts"))
        .replace("/etc/postgres-passwords", file("passwords"))
        .replace("/etc/postgres-trust/ca.crt", file("server.crt"));
    const env = listAt(container, "env").map(({ name, value }) => [
      name,
      value === undefined ? MASTER.password : here(String(value)),
    ]);
    const words = [container?.["command"], container?.["args"]].flat().map((word) => here(String(word)));
    const [command = "", ...args] = words;
    const { all } = await execa(command, args, {
      env: { ...Object.fromEntries(env), PGPORT: `${port}`, PATH: process.env["PATH"] },
      extendEnv: false,
      stdin: "ignore",
      all: true,
    });
    return all;
  }

  const connect = (
    user: string,
    password: string,
    database: string,
    sql = "SELECT current_user",
    more: Record<string, string> = {},
  ) =>
    execa("psql", ["-qAtX", "-c", sql], {
      reject: false,
      env: {
        PGHOST: "localhost",
        PGPORT: `${port}`,
        PGUSER: user,
        PGPASSWORD: password,
        PGDATABASE: database,
        PGSSLMODE: "verify-full",
        PGSSLROOTCERT: file("server.crt"),
        ...more,
      },
    });

  test("each consumer has a database and a role of its own, and gets into no other", async () => {
    expect(await setup({ mlflow: "first0mlflow", features: "first0features" })).toContain("mlflow is there");
    expect((await connect("mlflow", "first0mlflow", "mlflow")).stdout).toBe("mlflow");
    expect((await connect("mlflow", "first0mlflow", "mlflow", "CREATE TABLE runs (id int)")).exitCode).toBe(0);
    expect((await connect("mlflow", "first0mlflow", "features")).stderr).toContain("permission denied for database");
    expect((await connect("mlflow", "first0features", "mlflow")).stderr).toContain("password authentication failed");
    expect((await connect("mlflow", "first0mlflow", "mlflow", "SELECT 1", { PGSSLMODE: "disable" })).stderr).toContain(
      "no encryption",
    );
    expect(await superuser("SELECT rolname FROM pg_roles WHERE rolsuper OR rolcreaterole ORDER BY 1")).toBe(
      "filiera\nrdsadmin",
    );
    // who makes them is a member of none of them, and so owns nothing
    expect(
      await superuser(
        "SELECT count(*) FROM pg_roles WHERE rolname <> 'filiera' AND pg_has_role('filiera', oid, 'USAGE')",
      ),
    ).toBe("0");
  });

  test("a second run changes the passwords, and keeps what is stored", async () => {
    await setup({ mlflow: "second0mlflow", features: "first0features" });
    expect((await connect("mlflow", "first0mlflow", "mlflow")).stderr).toContain("password authentication failed");
    expect((await connect("mlflow", "second0mlflow", "mlflow", "SELECT count(*) FROM runs")).stdout).toBe("0");
  });

  test("no password is in the server's log, which has every statement", () => {
    const log = processes.logOf("postgres");
    expect(log).toContain("ALTER USER mlflow PASSWORD 'SCRAM-SHA-256$");
    expect(log).not.toMatch(/(?:first|second)0(?:mlflow|features)/);
  });
});
