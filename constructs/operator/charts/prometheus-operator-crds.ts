import { prometheusOperatorCrdsBill } from "../bills/prometheus-operator-crds.ts";
import type { OperatorChart } from "../chart.ts";

/**
 * The kinds of the Prometheus operator (PodMonitor, ServiceMonitor, PrometheusRule, …) without the operator, for
 * clusters that don't have them: where they exist already, Helm refuses to take them over.
 */
export const prometheusOperatorCrds = {
  release: "prometheus-operator-crds",
  // not where a Prometheus would be: node exporters may not run in a restricted namespace
  namespace: "filiera-system",
  chart: { chart: "oci://ghcr.io/prometheus-community/charts/prometheus-operator-crds", version: "31.0.1" },
  pods: [],
  bill: prometheusOperatorCrdsBill,
  values: () => ({
    // stay when the release goes: with them would go every monitor and rule of the cluster
    crds: { annotations: { "helm.sh/resource-policy": "keep" } },
  }),
} as const satisfies OperatorChart;
