/** Values of series, a minute apart, in promtool's own notation: `0+60x10`. */
export type Series = Readonly<Record<string, string>>;

/** When an alert of production fires, what it says then, and when it is quiet. */
export interface Case {
  readonly fires: Series;
  readonly says: string;
  readonly quiet: Series;
  /** Labels that its expression leaves, besides severity and namespace. @default {} */
  readonly labels?: Readonly<Record<string, string>>;
}

const PG = (pod: number, more = "") => `job="postgres/postgres",pod="postgres-${pod}"${more}`;
const DAY = 86_400;

/** When all are looked at: longer than any of them waits. Time begins with the series, at 0. */
export const MINUTES = 20;

/** One value all the time. */
const always = (value: number) => `${value}x${MINUTES}`;
/** What grows by so much a minute. */
const growing = (by: number) => `0+${by}x${MINUTES}`;
/** The time so many seconds away from when it is looked at. */
const away = (seconds: number) => always(MINUTES * 60 + seconds);

/** `up` of so many of the targets of a job. */
const targets = (job: string, all: number, up: number): Series =>
  Object.fromEntries(
    Array.from({ length: all }, (_, i) => [`up{job="${job}",pod="pod-${i}"}`, always(i < up ? 1 : 0)]),
  );

const volume = (namespace: string, claim: string, percent: number): Series => ({
  [`kubelet_volume_stats_available_bytes{namespace="${namespace}",persistentvolumeclaim="${claim}"}`]: always(percent),
  [`kubelet_volume_stats_capacity_bytes{namespace="${namespace}",persistentvolumeclaim="${claim}"}`]: always(100),
});

const full = (namespace: string, claim: string, percent: number, above: number): Case => ({
  fires: volume(namespace, claim, percent),
  says: `the volume ${namespace}/${claim} has ${percent}% left`,
  labels: { persistentvolumeclaim: claim },
  // of somebody else's volume it says nothing
  quiet: { ...volume(namespace, claim, above), ...volume("other", claim, 1), ...volume(namespace, "scratch-0", 1) },
});

const certificate = (namespace: string, name: string, label = "namespace"): Case => {
  const metric = `certmanager_certificate_expiration_timestamp_seconds{${label}="${namespace}",name="${name}"}`;
  return {
    fires: { [metric]: away(10 * DAY) },
    says: `the certificate ${namespace}/${name} ends in 10d 0h 0m 0s: cert-manager should have renewed it`,
    labels: { name },
    quiet: { [metric]: away(60 * DAY), [metric.replace(namespace, "other")]: always(0) },
  };
};

const minio = (metric: string, ...values: readonly number[]): Series =>
  Object.fromEntries(values.map((value, i) => [`minio_${metric}{job="minio/minio",pod="minio-${i}"}`, always(value)]));

const room = (free: number): Series => ({
  ...minio("cluster_health_capacity_usable_free_bytes", free),
  ...minio("cluster_health_capacity_usable_total_bytes", 1000),
});

const kafka = (metric: string, ...values: readonly number[]): Series =>
  Object.fromEntries(values.map((value, i) => [`kafka_${metric}{job="kafka/kafka",pod="node-${i}"}`, always(value)]));

const MLFLOW = 'job="mlflow-metrics",namespace="mlflow"';
const mlflowUp = (...values: readonly number[]): Series =>
  Object.fromEntries(values.map((value, i) => [`mlflow_server_up{${MLFLOW},pod="mlflow-${i}"}`, always(value)]));
/** Requests a minute by their status. */
const requests = (good: number, bad: number): Series => ({
  [`mlflow_http_request_total{${MLFLOW},status="200"}`]: growing(good),
  [`mlflow_http_request_total{${MLFLOW},status="404"}`]: growing(50),
  [`mlflow_http_request_total{${MLFLOW},status="500"}`]: growing(bad),
});
/** 100 requests a minute, so many of them within a second, all within 7.5. */
const latencies = (fast: number): Series => ({
  [`mlflow_http_request_duration_seconds_bucket{${MLFLOW},le="1.0"}`]: growing(fast),
  [`mlflow_http_request_duration_seconds_bucket{${MLFLOW},le="7.5"}`]: growing(100),
  [`mlflow_http_request_duration_seconds_bucket{${MLFLOW},le="+Inf"}`]: growing(100),
});

/** Of production with a Kafka: 3 servers of PostgreSQL for 400 connections, 4 of MinIO, 6 nodes of Kafka, 2 of MLflow. */
export const CASES: Readonly<Record<string, Case>> = {
  PostgresDown: {
    fires: { [`cnpg_pg_replication_in_recovery{${PG(1)}}`]: always(1) },
    says: "none of the 3 servers of postgres/postgres says that it is the primary",
    quiet: {
      [`cnpg_pg_replication_in_recovery{${PG(1)}}`]: always(1),
      [`cnpg_pg_replication_in_recovery{${PG(2)}}`]: always(0),
    },
  },
  PostgresInstanceDown: {
    fires: {
      [`cnpg_collector_up{${PG(1)}}`]: always(1),
      [`cnpg_collector_up{${PG(2)}}`]: always(0),
    },
    says: "1 of 3 servers of postgres/postgres are up",
    quiet: Object.fromEntries([1, 2, 3].map((pod) => [`cnpg_collector_up{${PG(pod)}}`, always(1)])),
  },
  PostgresReplicationLag: {
    fires: { [`cnpg_pg_replication_lag{${PG(2)}}`]: always(90) },
    says: "postgres-2 is 1m 30s behind its primary",
    labels: { pod: "postgres-2" },
    quiet: { [`cnpg_pg_replication_lag{${PG(2)}}`]: always(60) },
  },
  PostgresNotReplicating: {
    fires: {
      [`cnpg_pg_replication_in_recovery{${PG(2)}}`]: always(1),
      [`cnpg_pg_replication_is_wal_receiver_up{${PG(2)}}`]: always(0),
    },
    says: "postgres-2 is a standby, and receives no write-ahead log from its primary",
    labels: { pod: "postgres-2" },
    quiet: {
      [`cnpg_pg_replication_in_recovery{${PG(1)}}`]: always(0),
      [`cnpg_pg_replication_is_wal_receiver_up{${PG(1)}}`]: always(0),
      [`cnpg_pg_replication_in_recovery{${PG(2)}}`]: always(1),
      [`cnpg_pg_replication_is_wal_receiver_up{${PG(2)}}`]: always(1),
    },
  },
  PostgresConnections: {
    fires: {
      [`cnpg_backends_total{${PG(1, ',state="active"')}}`]: always(180),
      [`cnpg_backends_total{${PG(1, ',state="idle"')}}`]: always(180),
    },
    says: "postgres-1 has 90% of its 400 connections in use",
    labels: { pod: "postgres-1" },
    // on two servers, and not on one
    quiet: {
      [`cnpg_backends_total{${PG(1, ',state="active"')}}`]: always(180),
      [`cnpg_backends_total{${PG(2, ',state="active"')}}`]: always(180),
    },
  },
  PostgresArchiveFailing: {
    fires: {
      [`cnpg_pg_stat_archiver_last_failed_time{${PG(1)}}`]: always(1000),
      [`cnpg_pg_stat_archiver_last_archived_time{${PG(1)}}`]: always(400),
    },
    says: "postgres-1 last failed to archive 10m 0s after it last succeeded: what is written since then cannot be recovered",
    labels: { pod: "postgres-1" },
    // it has failed, and succeeded since
    quiet: {
      [`cnpg_pg_stat_archiver_last_failed_time{${PG(1)}}`]: always(1000),
      [`cnpg_pg_stat_archiver_last_archived_time{${PG(1)}}`]: always(1060),
    },
  },
  PostgresArchiveBehind: {
    fires: { [`cnpg_collector_pg_wal_archive_status{${PG(1, ',value="ready"')}}`]: always(21) },
    says: "postgres-1 has 21 files of its write-ahead log to archive",
    labels: { pod: "postgres-1" },
    quiet: {
      [`cnpg_collector_pg_wal_archive_status{${PG(1, ',value="ready"')}}`]: always(20),
      [`cnpg_collector_pg_wal_archive_status{${PG(1, ',value="done"')}}`]: always(500),
    },
  },
  PostgresBackupTooOld: {
    fires: { [`barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{${PG(1)}}`]: away(-27 * 3600) },
    says: "the last base backup of postgres/postgres was 27 hours ago, or there never was one",
    // one server knows of a newer one
    quiet: {
      [`barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{${PG(1)}}`]: away(-27 * 3600),
      [`barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{${PG(2)}}`]: away(-25 * 3600),
    },
  },
  PostgresVolumeNearlyFull: full("postgres", "postgres-2-wal", 14, 15),
  PostgresVolumeFull: full("postgres", "postgres-1", 4, 5),
  PostgresCertificateEnds: certificate("postgres", "postgres-server"),
  KafkaNodeDown: {
    fires: targets("kafka/kafka", 6, 5),
    says: "5 of 6 nodes of kafka/kafka answer",
    quiet: targets("kafka/kafka", 6, 6),
  },
  KafkaNoController: {
    fires: kafka("controller_kafkacontroller_activecontrollercount", 0, 0, 0),
    says: "0 controllers of kafka/kafka are active: while there is none, no partition gets a new leader",
    quiet: kafka("controller_kafkacontroller_activecontrollercount", 0, 1, 0),
  },
  KafkaOfflinePartitions: {
    fires: kafka("controller_kafkacontroller_offlinepartitionscount", 0, 3, 0),
    says: "3 partitions of kafka/kafka can be neither read nor written",
    quiet: kafka("controller_kafkacontroller_offlinepartitionscount", 0, 0, 0),
  },
  KafkaUnderMinInSync: {
    fires: kafka("server_replicamanager_underminisrpartitioncount", 1, 2),
    says: "3 partitions of kafka/kafka have fewer copies in sync than their topic asks for, and refuse records",
    quiet: kafka("server_replicamanager_underminisrpartitioncount", 0, 0),
  },
  KafkaUnderReplicated: {
    fires: kafka("server_replicamanager_underreplicatedpartitions", 1, 1),
    says: "2 partitions of kafka/kafka have a copy that is behind or away",
    quiet: kafka("server_replicamanager_underreplicatedpartitions", 0, 0),
  },
  KafkaVolumeNearlyFull: full("kafka", "data-0-kafka-brokers-3", 10, 20),
  KafkaVolumeFull: full("kafka", "data-0-kafka-controllers-1", 2, 10),
  KafkaCertificateEnds: certificate("kafka", "kafka-tls", "exported_namespace"),
  MinioServerDown: {
    fires: targets("minio/minio", 4, 3),
    says: "3 of 4 servers of minio/minio answer",
    quiet: targets("minio/minio", 4, 4),
  },
  MinioDriveOffline: {
    fires: { ...minio("cluster_health_drives_count", 8, 8), ...minio("cluster_health_drives_online_count", 7, 6) },
    says: "2 drives of minio/minio are offline: objects are kept in shards over the others",
    quiet: { ...minio("cluster_health_drives_count", 8, 8), ...minio("cluster_health_drives_online_count", 8, 8) },
  },
  MinioNoQuorum: {
    fires: minio("cluster_erasure_set_overall_health", 1, 0),
    says: "the health of minio/minio is 0: an erasure set has fewer drives online than a write needs",
    quiet: minio("cluster_erasure_set_overall_health", 1, 1),
  },
  MinioNearlyFull: { fires: room(120), says: "minio/minio has 12% of its room left", quiet: room(150) },
  MinioFull: { fires: room(40), says: "minio/minio has 4% of its room left", quiet: room(120) },
  MinioErrors: {
    fires: {
      'minio_api_requests_total{job="minio/minio",name="PutObject"}': growing(100),
      'minio_api_requests_5xx_errors_total{job="minio/minio",name="PutObject"}': growing(10),
    },
    says: "10% of the requests to minio/minio fail by its own fault",
    quiet: {
      'minio_api_requests_total{job="minio/minio",name="PutObject"}': growing(100),
      'minio_api_requests_total{job="minio/minio",name="GetObject"}': growing(900),
      'minio_api_requests_5xx_errors_total{job="minio/minio",name="PutObject"}': growing(10),
    },
  },
  MinioCertificateEnds: certificate("minio", "minio-server"),
  MlflowDown: { fires: mlflowUp(0, 0), says: "0 of 2 servers of MLflow in mlflow answer", quiet: mlflowUp(0, 1) },
  MlflowServerDown: { fires: mlflowUp(0, 1), says: "1 of 2 servers of MLflow in mlflow answer", quiet: mlflowUp(1, 1) },
  MlflowErrors: {
    fires: requests(130, 20),
    says: "10% of the requests to MLflow in mlflow fail by its own fault",
    quiet: requests(940, 10),
  },
  MlflowSlow: {
    fires: latencies(50),
    says: "5 of 100 requests to MLflow in mlflow take longer than 6.85s",
    quiet: latencies(99),
  },
};
