import { type Alert, type AlertOptions, certificateAlert, volumeAlerts } from "../monitoring/alerts.ts";

/** When PostgreSQL's alerts fire. */
export interface PostgresAlerts extends AlertOptions {
  /** Seconds that a standby may be behind the primary. @default 60 */
  readonly replicationLagSeconds?: number;
  /** Part of the connections, in percent, above which few are left. @default 80 */
  readonly connectionsPercent?: number;
  /** Hours that the last base backup may be old: more than lie between two. @default 26 */
  readonly backupHours?: number;
}

/** Of `PostgresAlerts`; a base backup is taken each night unless told otherwise. */
export const POSTGRES_ALERTS = { replicationLagSeconds: 60, connectionsPercent: 80, backupHours: 26 } as const;

type Thresholds = Required<Omit<PostgresAlerts, keyof AlertOptions>>;

/** Files of the write-ahead log, of 16 MiB each, that wait to be archived: more than a busy minute leaves. */
const WAITING_FILES = 20;

/** What of a cluster its alerts ask about. */
interface Watched {
  readonly name: string;
  readonly namespace: string;
  readonly instances: number;
  readonly maxConnections: number;
  /** Name of the servers' Certificate. */
  readonly certificate: string;
  readonly backup: boolean;
}

/** Alerts on the metrics of CloudNativePG's servers (docs/src/monitoring.md of 1.30) and of its barman-cloud plugin. */
export function postgresAlerts(cluster: Watched, options: PostgresAlerts): readonly Alert[] {
  const { name, namespace, instances, certificate, backup } = cluster;
  const thresholds = { ...POSTGRES_ALERTS, ...options };
  return [
    ...servers(cluster),
    ...(instances > 1 ? standbys(cluster, thresholds) : []),
    connections(cluster, thresholds),
    ...(backup ? backups(cluster, thresholds) : []),
    ...volumeAlerts("Postgres", { namespace, claims: `${name}-[0-9]+(-wal)?` }, options),
    certificateAlert("Postgres", { name: certificate, namespace }, options),
  ];
}

/** How Prometheus calls the targets of a PodMonitor. */
function selector({ name, namespace }: Watched): string {
  return `{job="${namespace}/${name}"}`;
}

function servers(cluster: Watched): Alert[] {
  const { name, namespace, instances } = cluster;
  const down: Alert = {
    name: "PostgresDown",
    expr: `absent(cnpg_pg_replication_in_recovery${selector(cluster)} == 0)`,
    minutes: 1,
    severity: "critical",
    summary: "no PostgreSQL takes writes",
    description: `none of the ${instances} servers of ${namespace}/${name} says that it is the primary`,
  };
  if (instances === 1) return [down];
  return [
    down,
    {
      name: "PostgresInstanceDown",
      expr: `(count(cnpg_collector_up${selector(cluster)} == 1) or vector(0)) < ${instances}`,
      minutes: 5,
      severity: "warning",
      summary: "a PostgreSQL is down",
      description: `{{ $value }} of ${instances} servers of ${namespace}/${name} are up`,
    },
  ];
}

function standbys(cluster: Watched, { replicationLagSeconds }: Thresholds): Alert[] {
  const at = selector(cluster);
  return [
    {
      name: "PostgresReplicationLag",
      expr: `max by (pod) (cnpg_pg_replication_lag${at}) > ${replicationLagSeconds}`,
      minutes: 5,
      severity: "warning",
      summary: "a standby is behind",
      description: `{{ $labels.pod }} is {{ $value | humanizeDuration }} behind its primary`,
    },
    {
      name: "PostgresNotReplicating",
      expr: `max by (pod) (cnpg_pg_replication_in_recovery${at}) > max by (pod) (cnpg_pg_replication_is_wal_receiver_up${at})`,
      minutes: 5,
      severity: "warning",
      summary: "a standby receives nothing",
      description: `{{ $labels.pod }} is a standby, and receives no write-ahead log from its primary`,
    },
  ];
}

function connections(cluster: Watched, { connectionsPercent }: Thresholds): Alert {
  const { maxConnections } = cluster;
  return {
    name: "PostgresConnections",
    expr: `100 * sum by (pod) (cnpg_backends_total${selector(cluster)}) / ${maxConnections} > ${connectionsPercent}`,
    minutes: 5,
    severity: "warning",
    summary: "PostgreSQL has few connections left",
    description: `{{ $labels.pod }} has {{ $value | humanize }}% of its ${maxConnections} connections in use`,
  };
}

function backups(cluster: Watched, { backupHours }: Thresholds): Alert[] {
  const { name, namespace } = cluster;
  const at = selector(cluster);
  return [
    {
      name: "PostgresArchiveFailing",
      expr: `max by (pod) (cnpg_pg_stat_archiver_last_failed_time${at} - cnpg_pg_stat_archiver_last_archived_time${at}) > 0`,
      minutes: 5,
      severity: "critical",
      summary: "the write-ahead log is not archived",
      description: `{{ $labels.pod }} last failed to archive {{ $value | humanizeDuration }} after it last succeeded: what is written since then cannot be recovered`,
    },
    {
      name: "PostgresArchiveBehind",
      expr: `max by (pod) (cnpg_collector_pg_wal_archive_status{job="${namespace}/${name}",value="ready"}) > ${WAITING_FILES}`,
      minutes: 15,
      severity: "warning",
      summary: "the archive of the write-ahead log is behind",
      description: `{{ $labels.pod }} has {{ $value }} files of its write-ahead log to archive`,
    },
    {
      name: "PostgresBackupTooOld",
      expr: `(time() - max(barman_cloud_cloudnative_pg_io_last_available_backup_timestamp${at})) / 3600 > ${backupHours}`,
      minutes: 15,
      severity: "critical",
      summary: "there is no recent base backup",
      description: `the last base backup of ${namespace}/${name} was {{ $value | humanize }} hours ago, or there never was one`,
    },
  ];
}
