import type { JsonObject } from "../kernel/json.ts";
import type { Bill } from "./bill.ts";

/** A chart that installs an operator: which, with what values, and what it brings. */
export interface OperatorChart {
  /** Name of the Helm release; the chart's objects are named after it. */
  readonly release: string;
  /** Namespace of the release and of all of its pods. */
  readonly namespace: string;
  readonly chart: ChartReference;
  /** Its pods, and who talks to them: what their NetworkPolicies must allow. */
  readonly pods: readonly OperatorPods[];
  readonly bill: Bill;
  /** Our values for the chart, the same for every environment but for what is asked. */
  values(options: OperatorOptions): JsonObject;
}

/** A chart at a pinned version, as Helm finds it. */
export interface ChartReference {
  /** `oci://…` in full, or the chart's name in its repository. */
  readonly chart: string;
  /** URL of the chart repository. @default - none: the chart is an `oci://` reference */
  readonly repository?: string;
  /** Exact version, as the chart writes it. */
  readonly version: string;
}

/** What an environment chooses of an operator. */
export interface OperatorOptions {
  /** Pods of each of its parts that can have more than one. Leaders are elected; webhooks answer in all of them. */
  readonly replicas: number;
}

/**
 * A group of an operator's pods as a NetworkPolicy sees them. Each of them calls the API server and looks up names;
 * kubelet's probes come from the node, which a policy never refuses.
 */
export interface OperatorPods {
  /** Name of the workload in the bill. */
  readonly workload: string;
  /** Labels that select these pods and no others. */
  readonly labels: Labels;
  /** Port of the pods (not of their Service) on which the API server calls webhooks. @default - no webhooks */
  readonly webhookPort?: number;
  /** Port that serves Prometheus metrics at `/metrics`, plain HTTP. @default - no metrics */
  readonly metricsPort?: number;
  /** Ports that it calls on the pods that it manages, in whatever namespace they are. @default - none */
  readonly managedPorts?: readonly number[];
  /** Other pods of the same namespace that call these. @default - none */
  readonly callers?: readonly { readonly labels: Labels; readonly port: number }[];
}

export type Labels = Readonly<Record<string, string>>;

/** Asks for pods on different nodes, without leaving one unscheduled where there are too few. */
export function acrossNodes(labels: Labels): JsonObject[] {
  return [
    {
      maxSkew: 1,
      topologyKey: "kubernetes.io/hostname",
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: labels },
    },
  ];
}
