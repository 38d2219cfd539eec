import type { IPodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";
import { ApiObject } from "cdk8s";
import type { Construct } from "constructs";
import { Noun } from "../kernel/noun.ts";
import { PART_OF } from "../workload/index.ts";
import type { OperatorChart } from "./chart.ts";

/** @see OperatorMonitor */
export interface OperatorMonitorProps {
  readonly chart: OperatorChart;
  /** Labels of the PodMonitors, by which Prometheus finds them. @default {} */
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * What an operator tells of itself and of its objects, whose own namespaces and names it keeps: a PodMonitor for each of
 * its workloads that has metrics. Its policies admit the scrapers already.
 */
export class OperatorMonitor extends Noun {
  constructor(scope: Construct, id: string, { chart, labels }: OperatorMonitorProps) {
    super(scope, id);
    for (const { workload, labels: podLabels, metricsPort } of chart.pods) {
      if (metricsPort === undefined) continue;
      const manifest = {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PodMonitor",
        metadata: { name: workload, namespace: chart.namespace, labels: { ...PART_OF, ...labels } },
        spec: {
          selector: { matchLabels: { ...podLabels } },
          podMetricsEndpoints: [{ portNumber: metricsPort, honorLabels: true }],
        },
      } satisfies IPodMonitor;
      new ApiObject(this, workload, manifest);
    }
  }
}
