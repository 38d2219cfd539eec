import { type Alert, type AlertOptions, answering, certificateAlert } from "../monitoring/alerts.ts";

/** When MinIO's alerts fire. */
export interface MinioAlerts extends AlertOptions {
  /** Part of the requests that fail by the server's own fault, in percent, above which something is wrong. @default 5 */
  readonly errorPercent?: number;
}

/** Of `MinioAlerts`, and of the free part of the whole store. */
export const MINIO_ALERTS = { errorPercent: 5, volumeFreePercent: 15 } as const;

/** What of a store its alerts ask about. */
interface Watched {
  readonly name: string;
  readonly namespace: string;
  readonly servers: number;
  /** Name of the servers' Certificate. */
  readonly certificate: string;
}

/** Alerts on MinIO's metrics v3, of which each server tells those of the whole store too. */
export function minioAlerts(store: Watched, options: MinioAlerts): readonly Alert[] {
  const { name, namespace, servers, certificate } = store;
  const job = `${namespace}/${name}`;
  const of = (metric: string) => `${metric}{job="${job}"}`;
  const { errorPercent, volumeFreePercent } = { ...MINIO_ALERTS, ...options };
  const capacity = "minio_cluster_health_capacity_usable";
  const free = `100 * min(${of(`${capacity}_free_bytes`)} / ${of(`${capacity}_total_bytes`)})`;
  const rate = (metric: string) => `sum(rate(${of(metric)}[5m]))`;
  return [
    {
      name: "MinioServerDown",
      expr: answering(job, servers),
      minutes: 5,
      severity: servers > 1 ? "warning" : "critical",
      summary: "a server of MinIO is down",
      description: `{{ $value }} of ${servers} servers of ${job} answer`,
    },
    {
      name: "MinioDriveOffline",
      expr: `max(${of("minio_cluster_health_drives_count")}) - min(${of("minio_cluster_health_drives_online_count")}) > 0`,
      minutes: 5,
      severity: "warning",
      summary: "drives of MinIO are offline",
      description: `{{ $value }} drives of ${job} are offline: objects are kept in shards over the others`,
    },
    {
      name: "MinioNoQuorum",
      expr: `min(${of("minio_cluster_erasure_set_overall_health")}) < 1`,
      minutes: 1,
      severity: "critical",
      summary: "MinIO takes no writes",
      description: `the health of ${job} is {{ $value }}: an erasure set has fewer drives online than a write needs`,
    },
    {
      name: "MinioNearlyFull",
      expr: `${free} < ${volumeFreePercent}`,
      minutes: 10,
      severity: "warning",
      summary: "MinIO is nearly full",
      description: `${job} has {{ $value | humanize }}% of its room left`,
    },
    {
      name: "MinioFull",
      expr: `${free} < ${volumeFreePercent / 3}`,
      minutes: 10,
      severity: "critical",
      summary: "MinIO is all but full",
      description: `${job} has {{ $value | humanize }}% of its room left`,
    },
    {
      name: "MinioErrors",
      expr: `100 * ${rate("minio_api_requests_5xx_errors_total")} / ${rate("minio_api_requests_total")} > ${errorPercent}`,
      minutes: 10,
      severity: "warning",
      summary: "MinIO fails requests",
      description: `{{ $value | humanize }}% of the requests to ${job} fail by its own fault`,
    },
    certificateAlert("Minio", { name: certificate, namespace }, options),
  ];
}
