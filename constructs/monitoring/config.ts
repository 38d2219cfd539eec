import { z } from "zod";
import { MLFLOW_ALERTS } from "../mlflow/alerts.ts";
import { MINIO_ALERTS } from "../object-store/alerts.ts";
import { POSTGRES_ALERTS } from "../postgres/alerts.ts";
import { count, type DeepReadonly, labelName, labelValue, namespaceName, text } from "../settings/settings.ts";
import { ALERT_DEFAULTS } from "./alerts.ts";

const errorPercent = (byDefault: number) =>
  count(1, 99)
    .default(byDefault)
    .describe("part of the requests that fail by its own fault, in percent, above which something is wrong");

/** When alerts fire. */
const alertsConfig = z.strictObject({
  enabled: z.boolean().default(true).describe("whether there are alerts"),
  runbooks: text("a URL, such as https://wiki.example.com/filiera/alerts.md", /^https?:\/\/[^\s#]+$/)
    .optional()
    .describe(`where people read docs/guides/alerts.md, to whose sections alerts link; default: that path`),
  certificateDays: count(1, 29)
    .default(ALERT_DEFAULTS.certificateDays)
    .describe("days that a certificate is still good for when it should long have been renewed"),
  volumeFreePercent: count(1, 90)
    .default(ALERT_DEFAULTS.volumeFreePercent)
    .describe("free part of a volume, in percent, below which it is nearly full; below a third of it that is critical"),
  postgres: z
    .strictObject({
      replicationLagSeconds: count(1, 86_400)
        .default(POSTGRES_ALERTS.replicationLagSeconds)
        .describe("seconds that a standby may be behind"),
      connectionsPercent: count(1, 100)
        .default(POSTGRES_ALERTS.connectionsPercent)
        .describe("part of the connections, in percent, above which few are left"),
      backupHours: count(1, 10_000)
        .default(POSTGRES_ALERTS.backupHours)
        .describe("hours that the last base backup may be old: more than lie between two"),
    })
    .prefault({})
    .describe("of PostgreSQL"),
  minio: z
    .strictObject({ errorPercent: errorPercent(MINIO_ALERTS.errorPercent) })
    .prefault({})
    .describe("of MinIO"),
  mlflow: z
    .strictObject({
      errorPercent: errorPercent(MLFLOW_ALERTS.errorPercent),
      // prometheus_client's buckets end there
      latencySeconds: count(1, 9)
        .default(MLFLOW_ALERTS.latencySeconds)
        .describe("seconds within which 95 of 100 requests are answered"),
    })
    .prefault({})
    .describe("of MLflow"),
});

/** Who watches the platform, and when it is told. */
export const monitoringConfig = z.strictObject({
  namespace: namespaceName.default("monitoring").describe("namespace whose pods may read metrics: Prometheus's own"),
  labels: z
    .record(labelName, labelValue)
    .default({})
    .describe(
      "labels of every monitor and every rule, by which Prometheus finds it, such as release: kube-prometheus-stack",
    ),
  alerts: alertsConfig.prefault({}).describe("alerts that Prometheus raises"),
});

type MonitoringConfig = DeepReadonly<z.output<typeof monitoringConfig>>;

/** What the alerts of one component are told; `false` where there are none. */
export function alertsOf<Own extends object>({ alerts }: MonitoringConfig, own: Own) {
  const { enabled, runbooks, certificateDays, volumeFreePercent } = alerts;
  return enabled && { ...(runbooks && { runbooks }), certificateDays, volumeFreePercent, ...own };
}
