import type { Alert, AlertOptions } from "../monitoring/alerts.ts";

/** When MLflow's alerts fire. */
export interface MlflowAlerts extends Pick<AlertOptions, "runbooks"> {
  /** Part of the requests that fail by the server's own fault, in percent, above which something is wrong. @default 5 */
  readonly errorPercent?: number;
  /** Seconds within which 95 of 100 requests are answered, 10 at most: more is not told apart. @default 5 */
  readonly latencySeconds?: number;
}

/** Of `MlflowAlerts`. */
export const MLFLOW_ALERTS = { errorPercent: 5, latencySeconds: 5 } as const;

/** What of a server its alerts ask about. */
interface Watched {
  /** Of the Service in front of the metrics, by which Prometheus calls its targets. */
  readonly service: string;
  readonly namespace: string;
  /** Servers; with autoscaling, the fewest. */
  readonly replicas: number;
}

/** Alerts on what the container beside the server tells. */
export function mlflowAlerts({ service, namespace, replicas }: Watched, options: MlflowAlerts): readonly Alert[] {
  const { errorPercent, latencySeconds } = { ...MLFLOW_ALERTS, ...options };
  const at = `job="${service}",namespace="${namespace}"`;
  const up = `(sum(mlflow_server_up{${at}}) or vector(0))`;
  const down: Alert = {
    name: "MlflowDown",
    expr: `${up} < 1`,
    minutes: 2,
    severity: "critical",
    summary: "MLflow is down",
    description: `{{ $value }} of ${replicas} servers of MLflow in ${namespace} answer`,
  };
  return [
    down,
    ...(replicas > 1
      ? [
          {
            ...down,
            name: "MlflowServerDown",
            expr: `${up} < ${replicas}`,
            minutes: 10,
            severity: "warning",
            summary: "a server of MLflow is down",
          } as const,
        ]
      : []),
    {
      name: "MlflowErrors",
      expr: `100 * sum(rate(mlflow_http_request_total{${at},status=~"5.."}[5m])) / sum(rate(mlflow_http_request_total{${at}}[5m])) > ${errorPercent}`,
      minutes: 10,
      severity: "warning",
      summary: "MLflow fails requests",
      description: `{{ $value | humanize }}% of the requests to MLflow in ${namespace} fail by its own fault`,
    },
    {
      name: "MlflowSlow",
      expr: `histogram_quantile(0.95, sum by (le) (rate(mlflow_http_request_duration_seconds_bucket{${at}}[5m]))) > ${latencySeconds}`,
      minutes: 10,
      severity: "warning",
      summary: "MLflow is slow",
      description: `5 of 100 requests to MLflow in ${namespace} take longer than {{ $value | humanizeDuration }}`,
    },
  ];
}
