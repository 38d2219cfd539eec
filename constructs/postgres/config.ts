import { z } from "zod";
import { cronWithSecondsProblem } from "../settings/cron.ts";
import {
  bucketName,
  bytes,
  count,
  credentialGeneration,
  type DeepReadonly,
  dnsName,
  leaves,
  problem,
  resources,
  rotation,
  size,
  text,
} from "../settings/settings.ts";
import { compressions } from "./backup.ts";

/**
 * What CloudNativePG sets by itself and refuses in a Cluster: `FixedConfigurationParameters` in
 * pkg/postgres/configuration.go of v1.30.0.
 */
const OPERATOR_PARAMETERS: ReadonlySet<string> = new Set(
  `allow_system_table_mods archive_cleanup_command archive_command archive_mode bonjour bonjour_name cluster_name
  config_file data_directory data_sync_retry event_source external_pid_file hba_file hot_standby ident_file jit_provider
  listen_addresses log_destination log_directory log_file_mode log_filename log_rotation_age log_rotation_size
  log_truncate_on_rotation logging_collector port primary_conninfo primary_slot_name promote_trigger_file
  recovery_end_command recovery_min_apply_delay recovery_target recovery_target_action recovery_target_inclusive
  recovery_target_lsn recovery_target_name recovery_target_time recovery_target_timeline recovery_target_xid
  restart_after_crash restore_command shared_preload_libraries ssl ssl_ca_file ssl_cert_file ssl_crl_file
  ssl_dh_params_file ssl_ecdh_curve ssl_key_file ssl_passphrase_command ssl_passphrase_command_supports_reload
  ssl_prefer_server_ciphers stats_temp_directory synchronized_standby_slots synchronous_standby_names syslog_facility
  syslog_ident syslog_sequence_numbers syslog_split_messages temp_tablespaces unix_socket_directories unix_socket_group
  unix_socket_permissions`.split(/\s+/),
);
/** The same as CloudNativePG's own check of a parameter's name. */
const PARAMETER_NAME = /^[A-Za-z_][A-Za-z0-9_$]{0,62}(\.[A-Za-z_][A-Za-z0-9_$]{0,62})?$/;

function complaint(name: string): string | undefined {
  if (OPERATOR_PARAMETERS.has(name)) return "CloudNativePG sets this parameter itself; leave it out";
  if (["password_encryption", "ssl_min_protocol_version"].includes(name))
    return "the platform sets this parameter to the safest there is; leave it out";
  if (name === "max_connections") return "has a setting of its own; write filiera:postgres.maxConnections";
  return PARAMETER_NAME.test(name) ? undefined : "not a parameter's name; allowed: a name such as work_mem";
}

const parameterValue = z.string().max(1000).register(leaves, { expects: "a parameter's value as text, such as 64MB" });

function parametersBy(complaint: (name: string) => string | undefined) {
  const parameterName = z.string().superRefine((name, context) => {
    const message = complaint(name);
    if (message) context.addIssue({ code: "custom", message, params: { worded: true } });
  });
  return (
    z
      .record(parameterName, parameterValue)
      // sorted, as the order in the file must not matter
      .transform((written) => Object.fromEntries(Object.entries(written).sort(([a], [b]) => (a < b ? -1 : 1))))
  );
}

const DAILY = /^([01]\d|2[0-3]):([0-5]\d)$/;

/** A time of day becomes the cron that says the same. */
const schedule = z
  .string()
  .max(200)
  .register(leaves, { expects: 'a time of day in UTC such as "02:30", or cron of six fields such as "0 30 2 * * sun"' })
  .superRefine((written, context) => {
    const wrong = DAILY.test(written) ? undefined : cronWithSecondsProblem(written);
    if (wrong !== undefined)
      context.addIssue({
        code: "custom",
        message: `${wrong}, or a time of day such as "02:30"`,
        params: { worded: true },
      });
  })
  .transform((written) => {
    const [, hour, minute] = DAILY.exec(written) ?? [];
    return hour === undefined ? written.trim() : `0 ${Number(minute)} ${Number(hour)} * * *`;
  });

const barmanCloud = z.strictObject({
  kind: z.literal("barman-cloud"),
  bucket: bucketName
    .default("postgres-backup")
    .describe("bucket of the object store, for nothing else; default: postgres-backup"),
  schedule: schedule.prefault("02:00").describe('when a base backup is taken; default: "02:00"'),
  retentionDays: count(1, 3650).default(14).describe("days back to which the databases can be recovered"),
  keepVersionsDays: count(1, 36_500)
    .default(7)
    .describe("days for which the bucket keeps what was deleted in it, by whomever"),
  compression: z.enum(compressions).default("lz4").describe("how the log and the backups are compressed"),
});

const backup = z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("none") }), barmanCloud]);

/** The cluster that is not recovered from another one. */
export const ORIGINAL = "postgres";

/** CloudNativePG allows 50; what is made beside it has names that begin with it. */
const clusterName = text(
  "a cluster's name: at most 30 lower-case letters, digits and hyphens, such as postgres-2",
  /^[a-z](?:[a-z0-9-]*[a-z0-9])?$/,
  30,
);

const recovery = z.strictObject({
  from: clusterName.default(ORIGINAL).describe("cluster whose backups are recovered"),
  to: z.iso
    .datetime({ offset: true })
    .register(leaves, { expects: 'a time with its zone, such as "2026-11-27T10:00:00Z"' })
    .describe("the moment to recover to"),
});

// 16 to 18: supported upstream (postgresql.org/support/versioning), by CloudNativePG 1.30 and by RDS
const version = z
  .preprocess((found) => (typeof found === "number" ? String(found) : found), z.enum(["16", "17", "18"]))
  .default("18")
  .describe('major version of PostgreSQL; default: "18"');

// 262143: the maximum of max_connections in PostgreSQL
const maxConnections = count(20, 262_143).describe("connections that the server takes");

/** PostgreSQL as a `Cluster` of CloudNativePG. */
const cluster = z.strictObject({
  kind: z.literal("cloudnative-pg"),
  instances: count(1, 9).describe("servers: one primary, the others its replicas"),
  version,
  storage: size.describe("volume of each instance, such as 20Gi"),
  walStorage: size
    .optional()
    .describe("volume of each instance for its write-ahead log, which is otherwise on the data's"),
  resources: resources.describe("of each instance"),
  maxConnections,
  parameters: parametersBy(complaint).default({}).describe("further parameters of postgresql.conf, by name"),
  backup: backup.prefault({ kind: "none" }).describe("write-ahead log and base backups in the object store"),
  recoveries: z
    .record(clusterName, recovery)
    .default({})
    .describe("clusters made from backups, beside the one that they are of, by name"),
  serving: clusterName.default(ORIGINAL).describe("the cluster whose databases are used"),
  retired: z
    .array(clusterName)
    .max(20)
    .default([])
    .describe("clusters that are no longer wanted, and go with their data; their backups stay"),
  ...rotation,
});

export type ClusterConfig = DeepReadonly<z.output<typeof cluster>>;

/** What is wrong between the clusters that a file asks for. */
function clusterProblems({ backup, recoveries, serving, retired }: ClusterConfig): z.core.$ZodRawIssue[] {
  const names = [...new Set([ORIGINAL, ...Object.keys(recoveries)])];
  const known = names.join(", ");
  const issues = Object.entries(recoveries).flatMap(([name, { from, to }]) => {
    const at = (message: string, setting?: string) =>
      problem(["recoveries", name, ...(setting === undefined ? [] : [setting])], message);
    return [
      name === ORIGINAL
        ? at(`found "${name}"; allowed: another name, as ${ORIGINAL} is the cluster that was first`)
        : [],
      names.includes(from)
        ? origins(from, recoveries).includes(name)
          ? at(`found "${from}"; allowed: a cluster that was there before ${name}`, "from")
          : []
        : at(`found "${from}"; allowed: one of the clusters ${known}`, "from"),
      Date.parse(to) > Date.now() ? at(`found "${to}"; allowed: a time that has passed`, "to") : [],
    ].flat();
  });
  if (backup.kind === "none" && Object.keys(recoveries).length > 0)
    issues.push(
      problem(
        ["recoveries"],
        "found clusters to recover, and filiera:postgres.backup.kind is none; allowed: barman-cloud, with the bucket that has the backups",
      ),
    );
  if (!names.includes(serving)) issues.push(problem(["serving"], `found "${serving}"; allowed: one of ${known}`));
  for (const name of retired) {
    if (!names.includes(name)) issues.push(problem(["retired"], `found "${name}"; allowed: one of ${known}`));
    if (name === serving)
      issues.push(problem(["retired"], `found "${name}", which is serving; allowed: clusters that nobody uses`));
  }
  return issues;
}

/** A cluster, the one that it is recovered from, and so on; as long as none comes twice. */
function origins(
  name: string,
  recoveries: ClusterConfig["recoveries"],
  seen: readonly string[] = [],
): readonly string[] {
  if (seen.includes(name)) return seen;
  const from = recoveries[name]?.from;
  return from === undefined ? [...seen, name] : origins(from, recoveries, [...seen, name]);
}

export const cloudNativePg = cluster.check(({ value, issues }) => {
  issues.push(...clusterProblems(value));
});

/** What RDS sets by itself, or this platform does: a parameter group may not. */
function rdsComplaint(name: string): string | undefined {
  if (/^rds\.force_ssl$|^password_encryption$|^ssl/.test(name))
    return "the platform sets this parameter to the safest there is; leave it out";
  if (name === "max_connections") return "has a setting of its own; write filiera:postgres.maxConnections";
  return PARAMETER_NAME.test(name) ? undefined : "not a parameter's name; allowed: a name such as work_mem";
}

const gibibytes = size.check(({ value, issues }) => {
  const found = bytes(value) / 2 ** 30;
  // gp3 of RDS for PostgreSQL
  if (!Number.isInteger(found) || found < 20 || found > 65_536)
    issues.push(problem([], `found "${value}"; allowed: whole gibibytes from 20Gi to 64Ti, such as 100Gi`));
});

/** PostgreSQL on Amazon's RDS. */
const rds = z
  .strictObject({
    kind: z.literal("rds"),
    version,
    instanceClass: text("an instance class, such as db.m7g.large", /^db\.[a-z][a-z0-9]*\.[a-z0-9]+$/, 40).describe(
      "processor and memory, such as db.m7g.large",
    ),
    storage: gibibytes.describe("storage, such as 100Gi; grows, and never shrinks"),
    maxStorage: gibibytes.optional().describe("up to which AWS lets the storage grow by itself; default: it does not"),
    maxConnections: maxConnections.default(200),
    multiAz: z.boolean().default(true).describe("whether a standby in another zone takes over where the first fails"),
    backupRetentionDays: count(1, 35).default(14).describe("days back to which AWS can recover it to a point in time"),
    deletionProtection: z
      .boolean()
      .default(true)
      .describe("whether AWS refuses to delete it, whoever asks; a last snapshot is taken in any case"),
    parameters: parametersBy(rdsComplaint).default({}).describe("further parameters of its parameter group, by name"),
    authority: text("certificates in PEM", /^-----BEGIN CERTIFICATE-----[\s\S]*-----END CERTIFICATE-----\s*$/, 20_000)
      .optional()
      .describe("who vouches for its certificate, as PEM; default: RDS's authority of the region, which filiera knows"),
    host: dnsName
      .optional()
      .describe("its address, for filiera render alone: up says it as postgresHost, and needs no setting"),
    credentialGeneration,
  })
  .check(({ value, issues }) => {
    if (value.maxStorage !== undefined && bytes(value.maxStorage) <= bytes(value.storage))
      issues.push(
        problem(["maxStorage"], `found "${value.maxStorage}"; allowed: more than storage, "${value.storage}"`),
      );
  });

/** How the platform gets its PostgreSQL. */
export const postgresConfig = z.discriminatedUnion("kind", [cloudNativePg, rds]);
