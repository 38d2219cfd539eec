import { strimziBill } from "../bills/strimzi.ts";
import { acrossNodes, type Labels, type OperatorChart } from "../chart.ts";

/** Labels of the operator's pods, which call the nodes of every Kafka. */
export const strimziLabels = {
  name: "strimzi-cluster-operator",
  "strimzi.io/kind": "cluster-operator",
} as const satisfies Labels;

/**
 * Strimzi: runs Kafka. Its kinds are in the chart's folder `crds`: Helm brings them at first, never upgrades them, and
 * leaves them when the release goes. It has no webhooks, so what a schema cannot say it says in an object's status.
 */
export const strimzi = {
  release: "strimzi",
  namespace: "strimzi-system",
  chart: { chart: "oci://quay.io/strimzi-helm/strimzi-kafka-operator", version: "1.2.0" },
  pods: [
    {
      workload: "strimzi-cluster-operator",
      labels: strimziLabels,
      metricsPort: 8080,
      // controllers, brokers, and the agent in each node: KafkaCluster.generateNetworkPolicy of Strimzi
      managedPorts: [9090, 9091, 8443],
    },
  ],
  bill: strimziBill,
  values: ({ replicas }) => ({
    // as released: the chart in the sources says latest
    defaultImageTag: "1.2.0",
    replicas,
    watchAnyNamespace: true,
    topologySpreadConstraints: acrossNodes(strimziLabels),
    podDisruptionBudget: { enabled: true, minAvailable: null, maxUnavailable: 1 },
    // null takes the chart's limit of CPU away
    resources: { requests: { cpu: "200m", memory: "384Mi" }, limits: { cpu: null, memory: "384Mi" } },
    // those that it would make admit clients and metrics from anywhere: ours stand instead
    generateNetworkPolicy: false,
    operatorNetworkPolicy: { enabled: false },
    dashboards: { enabled: false },
  }),
} as const satisfies OperatorChart;
