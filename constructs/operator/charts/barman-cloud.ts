import { barmanCloudBill } from "../bills/barman-cloud.ts";
import type { Labels, OperatorChart } from "../chart.ts";
import { cloudnativePg, cloudnativePgLabels } from "./cloudnative-pg.ts";

const labels = {
  "app.kubernetes.io/name": "plugin-barman-cloud",
  "app.kubernetes.io/instance": "plugin-barman-cloud",
} as const satisfies Labels;

/**
 * CloudNativePG's plugin for backups to object stores. It must be in the operator's namespace, and its certificates
 * come from cert-manager. Its sidecar, not these pods, talks to the object store.
 *
 * Always one pod: it serves only while it leads, so a second one would never be ready and the release would time out
 * (https://github.com/cloudnative-pg/plugin-barman-cloud/issues/620).
 */
export const barmanCloud = {
  release: "plugin-barman-cloud",
  namespace: cloudnativePg.namespace,
  chart: {
    chart: "plugin-barman-cloud",
    repository: "https://cloudnative-pg.github.io/charts",
    version: "0.7.0",
  },
  pods: [{ workload: "plugin-barman-cloud", labels, callers: [{ labels: cloudnativePgLabels, port: 9090 }] }],
  bill: barmanCloudBill,
  values: () => ({
    crds: { create: true },
    replicaCount: 1,
    resources: { requests: { cpu: "25m", memory: "64Mi" }, limits: { memory: "128Mi" } },
    // the chart asks for debug; the last flag counts
    additionalArgs: ["--log-level=info"],
    certificate: { createClientCertificate: true, createServerCertificate: true },
  }),
} as const satisfies OperatorChart;
