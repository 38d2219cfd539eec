import { certManagerBill } from "../bills/cert-manager.ts";
import { acrossNodes, type Labels, type OperatorChart } from "../chart.ts";

const NAMESPACE = "cert-manager";
const WEBHOOK_PORT = 10250;
const METRICS_PORT = 9402;

const labelsOf = (name: string, component: string): Labels => ({
  "app.kubernetes.io/name": name,
  "app.kubernetes.io/instance": "cert-manager",
  "app.kubernetes.io/component": component,
});
const controller = labelsOf("cert-manager", "controller");
const webhook = labelsOf("webhook", "webhook");
const cainjector = labelsOf("cainjector", "cainjector");
const startupapicheck = labelsOf("startupapicheck", "startupapicheck");

// at most one pod away at a time: unlike `minAvailable: 1`, this lets a node with the only replica be drained
const podDisruptionBudget = { enabled: true, maxUnavailable: 1 };

/**
 * cert-manager: issues certificates and keeps them fresh. Its CRDs are templates of the chart, so that Helm upgrades
 * them, and stay when the release goes, for with them would go every certificate.
 *
 * Its release is ready only when the API server has reached its webhook: the chart's post-install hook tries that.
 */
export const certManager = {
  release: "cert-manager",
  namespace: NAMESPACE,
  chart: { chart: "oci://quay.io/jetstack/charts/cert-manager", version: "v1.21.1" },
  pods: [
    { workload: "cert-manager", labels: controller, metricsPort: METRICS_PORT },
    { workload: "cert-manager-webhook", labels: webhook, webhookPort: WEBHOOK_PORT, metricsPort: METRICS_PORT },
    { workload: "cert-manager-cainjector", labels: cainjector, metricsPort: METRICS_PORT },
    { workload: "cert-manager-startupapicheck", labels: startupapicheck },
  ],
  bill: certManagerBill,
  values: ({ replicas }) => ({
    crds: { enabled: true, keep: true },
    // the chart would elect leaders in kube-system, and ask for a role there
    global: { leaderElection: { namespace: NAMESPACE } },
    replicaCount: replicas,
    podDisruptionBudget,
    topologySpreadConstraints: acrossNodes(controller),
    resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "256Mi" } },
    webhook: {
      replicaCount: replicas,
      podDisruptionBudget,
      topologySpreadConstraints: acrossNodes(webhook),
      securePort: WEBHOOK_PORT,
      resources: { requests: { cpu: "25m", memory: "64Mi" }, limits: { memory: "128Mi" } },
    },
    cainjector: {
      replicaCount: replicas,
      podDisruptionBudget,
      topologySpreadConstraints: acrossNodes(cainjector),
      // it watches the Secrets, CRDs and webhooks of the whole cluster, and grows with it
      resources: { requests: { cpu: "25m", memory: "192Mi" }, limits: { memory: "512Mi" } },
    },
    startupapicheck: {
      enabled: true,
      resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "64Mi" } },
    },
    prometheus: { enabled: true, servicemonitor: { enabled: false }, podmonitor: { enabled: false } },
    // the chart's own policies admit metrics from anywhere and leave the hook's pod out: ours stand instead
    networkPolicy: { enabled: false },
  }),
} as const satisfies OperatorChart;
