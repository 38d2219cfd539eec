import { cloudnativePgBill } from "../bills/cloudnative-pg.ts";
import { acrossNodes, type Labels, type OperatorChart } from "../chart.ts";

const WEBHOOK_PORT = 9443;

/** Labels of the operator's pods, which call its plugins and its databases. */
export const cloudnativePgLabels = {
  "app.kubernetes.io/name": "cloudnative-pg",
  "app.kubernetes.io/instance": "cloudnative-pg",
} as const satisfies Labels;

/**
 * CloudNativePG: runs Postgres. Its CRDs are templates of the chart, so that Helm upgrades them, and stay when the
 * release goes.
 *
 * A ready pod has written its CA into the webhook configurations and serves the webhooks. The way to it (Service, CNI)
 * may still lag behind for a moment, which its probe can't see: upstream says so in `internal/cmd/manager/controller`.
 * One operator a cluster: the name of its webhooks' Service is fixed.
 */
export const cloudnativePg = {
  release: "cloudnative-pg",
  namespace: "cnpg-system",
  chart: {
    chart: "cloudnative-pg",
    repository: "https://cloudnative-pg.github.io/charts",
    version: "0.29.0",
  },
  pods: [
    {
      workload: "cloudnative-pg",
      labels: cloudnativePgLabels,
      webhookPort: WEBHOOK_PORT,
      metricsPort: 8080,
      // the instances' status, and Postgres itself: docs/src/networking.md of cloudnative-pg
      managedPorts: [8000, 5432],
    },
  ],
  bill: cloudnativePgBill,
  values: ({ replicas }) => ({
    crds: { create: true },
    replicaCount: replicas,
    topologySpreadConstraints: acrossNodes(cloudnativePgLabels),
    // 200Mi, upstream's own limit, is too little at start-up: https://github.com/cloudnative-pg/cloudnative-pg/issues/7684
    resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "512Mi" } },
    webhook: {
      port: WEBHOOK_PORT,
      mutating: { create: true, failurePolicy: "Fail" },
      validating: { create: true, failurePolicy: "Fail" },
      // 30 s, the chart's, is short on a busy node
      startupProbe: { failureThreshold: 12, periodSeconds: 5 },
    },
    config: {
      create: true,
      clusterWide: true,
      // a new operator restarts the databases: one a minute, not all at once
      data: { CLUSTERS_ROLLOUT_DELAY: "60" },
    },
    // Postgres writes the PodMonitors of its servers
    monitoring: { podMonitorEnabled: false, grafanaDashboard: { create: false } },
  }),
} as const satisfies OperatorChart;
