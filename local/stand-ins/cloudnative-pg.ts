import { Client } from "pg";
import { FilieraError } from "../../constructs/kernel/errors.ts";
import { here } from "../../constructs/kernel/here.ts";
import { identity, identityOf } from "../../constructs/kernel/identity.ts";
import { at, type JsonObject, objectAt, textAt } from "../../constructs/kernel/json.ts";
import { late } from "../../constructs/kernel/late.ts";
import type { Manifest } from "../../constructs/kernel/objects.ts";
import { LOOPBACK } from "../run/ports.ts";
import { isFolder, podAt, portOf, secretValue, type World } from "../run/world.ts";
import type { StandIn, StandInContext } from "./stand-in.ts";

const PORT = 5432;
const DATA = "/var/lib/postgresql/data";
const CERTIFICATES = "/certificates";
const CONFIG = "/configuration";
const SUPERUSER = "postgres";

/**
 * Makes the database's files, unless they are there: aside, and renamed, so that half of them is never taken for all.
 * What another major version made it does not touch.
 */
const INITIALISE = `
set -eu
major=$(postgres --version | sed 's/[^0-9]*\\([0-9]*\\).*/\\1/')
if [ -f "$1/PG_VERSION" ]; then
  made=$(cat "$1/PG_VERSION")
  [ "$made" = "$major" ] || { echo "the data was made by PostgreSQL $made, and this is $major: install $made again, or delete the data with filiera run --fresh" >&2; exit 1; }
  exit 0
fi
rm -rf "$1.new"
initdb --pgdata="$1.new" --username=${SUPERUSER} --pwfile="$2/password" --auth=scram-sha-256 --encoding=UTF8 --locale=C --data-checksums --no-sync
mv "$1.new" "$1"
`;

/** What \`pg_ctl --wait\` reads: the server writes into its lock file that it takes connections. */
const READY = `test "$(sed -n 8p "$0/postmaster.pid" | tr -d ' ')" = ready`;

/** CloudNativePG's part: a server for each Cluster, and in it what its Databases and DatabaseRoles say. */
export const cloudNativePg: Readonly<Record<string, StandIn>> = {
  "postgresql.cnpg.io/Cluster": { objects: serverOf, act: makeFirst },
  "postgresql.cnpg.io/DatabaseRole": { act: makeRole },
  "postgresql.cnpg.io/Database": { act: makeDatabase },
};

/** One server, and the Services that the operator makes in front of it. */
function serverOf(manifest: Manifest): Manifest[] {
  const { name, namespace = "default" } = manifest.metadata;
  // an empty one would be taken for what was recovered
  if (at(manifest, "spec", "bootstrap", "recovery") !== undefined)
    throw FilieraError.at(
      identityOf(manifest),
      "is recovered from backups, and none are made on this machine: run an environment without filiera:postgres.recoveries",
    );
  const labels = { "cnpg.io/cluster": name };
  const metadata = (own: string) => ({ name: own, namespace, labels });
  const config = { "pg_hba.conf": hbaOf(manifest) };
  return [
    // under a name that the operator has none of: nobody may come to read it
    secret(metadata(superuserSecret(name)), {
      username: SUPERUSER,
      password: String(late.named(`${namespace}/${name}/superuser`)),
    }),
    { apiVersion: "v1", kind: "ConfigMap", metadata: metadata(`${name}-configuration`), data: config },
    {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: metadata(name),
      spec: {
        replicas: 1,
        serviceName: name,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podOf(manifest) },
        volumeClaimTemplates: [{ metadata: { name: "data" }, spec: {} }],
      },
    },
    ...["rw", "ro", "r"].map((role) => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: metadata(`${name}-${role}`),
      spec: { selector: labels, ports: [{ name: "postgres", port: PORT, targetPort: PORT }] },
    })),
  ];
}

function secret(metadata: Manifest["metadata"], stringData: JsonObject): Manifest {
  return { apiVersion: "v1", kind: "Secret", metadata, stringData };
}

function superuserSecret(cluster: string): string {
  return `${cluster}.superuser-of-this-machine`;
}

function podOf(manifest: Manifest): JsonObject {
  const { name } = manifest.metadata;
  const image = textAt(manifest, "spec", "imageName") ?? "";
  const data = late.text`${here.folder(DATA)}/pgdata`;
  const mounts = [
    { name: "data", mountPath: DATA },
    { name: "superuser", mountPath: "/superuser" },
    { name: "certificates", mountPath: CERTIFICATES },
    { name: "configuration", mountPath: CONFIG },
  ];
  const settings = {
    ...objectAt(manifest, "spec", "postgresql", "parameters"),
    listen_addresses: String(here.listen("*")),
    port: String(here.port(PORT)),
    // nobody else may connect by a file
    unix_socket_directories: "",
    hba_file: String(late.text`${here.folder(CONFIG)}/pg_hba.conf`),
    ssl: "on",
    ssl_cert_file: String(late.text`${here.folder(CERTIFICATES)}/tls.crt`),
    ssl_key_file: String(late.text`${here.folder(CERTIFICATES)}/tls.key`),
  };
  const args = Object.entries(settings).flatMap(([setting, value]) => [
    "-c",
    String(late.text`${setting}=${String(value)}`),
  ]);
  return {
    terminationGracePeriodSeconds: 30,
    initContainers: [
      {
        name: "initdb",
        image,
        command: ["sh", "-c", INITIALISE, "initdb", String(data), String(here.folder("/superuser"))],
        volumeMounts: mounts,
      },
    ],
    containers: [
      {
        name: "postgres",
        image,
        command: ["postgres", "-D", String(data), ...args],
        ports: [{ name: "postgresql", containerPort: PORT }],
        startupProbe: {
          exec: { command: ["sh", "-c", READY, String(data)] },
          periodSeconds: 1,
          failureThreshold: 300,
          timeoutSeconds: 5,
        },
        volumeMounts: mounts,
      },
    ],
    volumes: [
      { name: "superuser", secret: { secretName: superuserSecret(name) } },
      { name: "certificates", secret: { secretName: certificatesOf(manifest).server } },
      { name: "configuration", configMap: { name: `${name}-configuration` } },
    ],
  };
}

function hbaOf(manifest: Manifest): string {
  const lines = at(manifest, "spec", "postgresql", "pg_hba");
  return `${(Array.isArray(lines) ? lines : ["hostssl all all all scram-sha-256"]).join("\n")}\n`;
}

/** What the operator makes at first, and whom it gives it to. */
export function firstOf(cluster: Manifest): { readonly database: string; readonly owner: string } {
  const first = objectAt(cluster, "spec", "bootstrap", "initdb");
  const database = textAt(first, "database") ?? "app";
  return { database, owner: textAt(first, "owner") ?? database };
}

/** The Secrets with the server's certificate and with the authority that clients trust. */
export function certificatesOf(cluster: Manifest): { readonly server: string; readonly authority: string } {
  const { name } = cluster.metadata;
  const given = objectAt(cluster, "spec", "certificates");
  return {
    server: textAt(given, "serverTLSSecret") ?? `${name}-server`,
    authority: textAt(given, "serverCASecret") ?? `${name}-ca`,
  };
}

async function makeFirst(cluster: Manifest, { world, objects }: StandInContext): Promise<void> {
  const { database, owner } = firstOf(cluster);
  const first = objectAt(cluster, "spec", "bootstrap", "initdb");
  await within(world, cluster, async (client) => {
    await ensureRole(client, { name: owner, password: passwordIn(world, cluster, first, "secret") });
    await ensureDatabase(client, database, owner);
    await dropRoles(client, objects);
  });
}

async function makeRole(manifest: Manifest, context: StandInContext): Promise<void> {
  const spec = objectAt(manifest, "spec");
  const inRoles = at(spec, "inRoles");
  const role = {
    name: textAt(spec, "name") ?? "",
    password: at(spec, "disablePassword") === true ? null : passwordIn(context.world, manifest, spec, "passwordSecret"),
    login: at(spec, "login") === true,
    inRoles: Array.isArray(inRoles) ? inRoles.map(String) : [],
    dropped: at(spec, "databaseRoleReclaimPolicy") === "delete",
  };
  await within(context.world, clusterOf(manifest, context), (client) => ensureRole(client, role));
}

async function makeDatabase(manifest: Manifest, context: StandInContext): Promise<void> {
  const spec = objectAt(manifest, "spec");
  await within(context.world, clusterOf(manifest, context), (client) =>
    ensureDatabase(client, textAt(spec, "name") ?? "", textAt(spec, "owner") ?? ""),
  );
}

function clusterOf({ metadata, spec }: Manifest, { objects }: StandInContext): Manifest {
  const name = textAt(spec, "cluster", "name") ?? "";
  const cluster = objects.get(identity("postgresql.cnpg.io/Cluster", metadata.namespace, name));
  if (!cluster) throw new Error(`is of the Cluster "${name}", which is not there`);
  return cluster;
}

/** The password that a Secret of ours has: those that the operator would make are not made here. */
function passwordIn(world: World, { metadata }: Manifest, spec: JsonObject, field: string): string {
  const name = textAt(spec, field, "name");
  if (name === undefined)
    throw new Error(`names no Secret as its ${field}: filiera gives each role a password of its own`);
  return secretValue(world, metadata.namespace ?? "default", name, "password");
}

/** Works as the superuser, over TLS that is verified. */
async function within(world: World, manifest: Manifest, work: (client: Client) => Promise<void>): Promise<void> {
  const { name: cluster, namespace = "default" } = manifest.metadata;
  const pod = podAt(world, namespace, `${cluster}-rw`);
  // a file of SQLite has no roles, and is made by who opens it first
  if (pod && isFolder(world, pod)) return;
  const port = portOf(world, namespace, `${cluster}-rw`, PORT);
  const client = new Client({
    host: LOOPBACK,
    ...(port !== undefined && { port }),
    user: SUPERUSER,
    database: "postgres",
    password: secretValue(world, namespace, superuserSecret(cluster), "password"),
    ssl: { ca: secretValue(world, namespace, certificatesOf(manifest).authority, "ca.crt") },
  });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

interface Role {
  readonly name: string;
  /** Null for a role that has none. */
  readonly password: string | null;
  /** @default true */
  readonly login?: boolean;
  /** @default [] */
  readonly inRoles?: readonly string[];
  /** Whether it goes with its object. @default false */
  readonly dropped?: boolean;
}

async function ensureRole(client: Client, role: Role): Promise<void> {
  const { name, password, login = true, inRoles = [], dropped = false } = role;
  const { rowCount } = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [name]);
  const verb = rowCount ? "ALTER" : "CREATE";
  const id = client.escapeIdentifier(name);
  const secret = password === null ? "NULL" : client.escapeLiteral(password);
  await client.query(`${verb} ROLE ${id} ${login ? "LOGIN" : "NOLOGIN"} PASSWORD ${secret}`);
  for (const group of inRoles) await client.query(`GRANT ${client.escapeIdentifier(group)} TO ${id}`);
  if (dropped) await client.query(`COMMENT ON ROLE ${id} IS ${client.escapeLiteral(DROPPED)}`);
}

/** How a role is marked whose object was to take it along. */
const DROPPED = "dropped with its DatabaseRole";

/** The roles whose objects are gone since the last run. */
async function dropRoles(client: Client, objects: StandInContext["objects"]): Promise<void> {
  const kept = [...objects.values()].flatMap(({ kind, spec }) =>
    kind === "DatabaseRole" ? [textAt(spec, "name")] : [],
  );
  const { rows } = await client.query<{ rolname: string }>(
    "SELECT rolname FROM pg_roles WHERE shobj_description(oid, 'pg_authid') = $1 AND NOT rolname = ANY ($2)",
    [DROPPED, kept],
  );
  for (const { rolname } of rows) await client.query(`DROP ROLE ${client.escapeIdentifier(rolname)}`);
}

async function ensureDatabase(client: Client, name: string, owner: string): Promise<void> {
  const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [name]);
  if (rowCount) return;
  await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)} OWNER ${client.escapeIdentifier(owner)}`);
}
