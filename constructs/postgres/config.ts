import { z } from "zod";
import { count, credentialGeneration, leaves, resources, size } from "../settings/settings.ts";

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

const parameterName = z.string().superRefine((name, context) => {
  const message = complaint(name);
  if (message) context.addIssue({ code: "custom", message, params: { worded: true } });
});
const parameterValue = z.string().max(1000).register(leaves, { expects: "a parameter's value as text, such as 64MB" });

const parameters = z
  .record(parameterName, parameterValue)
  // sorted, as the order in the file must not matter
  .transform((written) => Object.fromEntries(Object.entries(written).sort(([a], [b]) => (a < b ? -1 : 1))));

/** PostgreSQL as a `Cluster` of CloudNativePG. */
export const cloudNativePg = z.strictObject({
  kind: z.literal("cloudnative-pg"),
  instances: count(1, 9).describe("servers: one primary, the others its replicas"),
  // 16 to 18: supported upstream (postgresql.org/support/versioning) and by CloudNativePG 1.30
  version: z
    .preprocess((found) => (typeof found === "number" ? String(found) : found), z.enum(["16", "17", "18"]))
    .default("18")
    .describe('major version of PostgreSQL; default: "18"'),
  storage: size.describe("volume of each instance, such as 20Gi"),
  walStorage: size
    .optional()
    .describe("volume of each instance for its write-ahead log, which is otherwise on the data's"),
  resources: resources.describe("of each instance"),
  // 262143: the maximum of max_connections in PostgreSQL
  maxConnections: count(20, 262_143).describe("connections that the server takes"),
  parameters: parameters.default({}).describe("further parameters of postgresql.conf, by name"),
  credentialGeneration,
});

/** How the platform gets its PostgreSQL. */
export const postgresConfig = z.discriminatedUnion("kind", [cloudNativePg]);
