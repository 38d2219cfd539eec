import { ApiObject, Lazy } from "cdk8s";
import type { Construct } from "constructs";
import type { Peer } from "../connections/index.ts";
import { declareFootprint } from "../footprint/footprint.ts";
import { provides } from "../kernel/conventions.ts";
import { Noun } from "../kernel/noun.ts";
import { PodPolicy } from "../workload/index.ts";
import { billFootprint, servedKinds } from "./bill.ts";
import type { OperatorChart, OperatorOptions, OperatorPods } from "./chart.ts";

/** The kind (`group/Kind`) that stands for a Helm release among the objects of a platform. */
export const HELM_RELEASE = "filiera.dev/HelmRelease";

/** @see Operator */
export interface OperatorProps extends OperatorOptions {
  /** Which operator: one of `operatorCharts`, or a chart of your own with its bill. */
  readonly chart: OperatorChart;
  /** Who scrapes metrics. */
  readonly scrapers: Peer;
}

/**
 * An operator as a pinned Helm release, with what its chart brings known beforehand from its bill: objects of the
 * kinds that it serves come after it, and its pods have NetworkPolicies before they start.
 *
 * @example
 * new Operator(this, "cert-manager", { chart: operatorCharts["cert-manager"], replicas: 2, scrapers });
 */
export class Operator extends Noun {
  /** Stands for the Helm release: installed and awaited before anything of its kinds. */
  readonly release: ApiObject;
  readonly #after: { readonly name: string; readonly namespace: string }[] = [];
  readonly #policies = new Map<OperatorPods, PodPolicy>();
  readonly #chart: OperatorChart;

  constructor(scope: Construct, id: string, { chart, replicas, scrapers }: OperatorProps) {
    super(scope, id);
    this.#chart = chart;
    this.release = new ApiObject(this, "release", {
      apiVersion: "filiera.dev/v1",
      kind: "HelmRelease",
      metadata: { name: chart.release, namespace: chart.namespace },
      spec: { ...chart.chart, values: chart.values({ replicas }), after: Lazy.any({ produce: () => this.#after }) },
    });
    provides(this.release, servedKinds(chart.bill));
    declareFootprint(this.release, billFootprint(chart.bill, replicas));
    for (const pods of chart.pods) this.release.node.addDependency(this.#guard(pods, scrapers));
  }

  /** Comes after another operator if its chart holds objects of that one's kinds, and lets that one's pods call its own. */
  workWith(other: Operator): void {
    const { namespace, bill } = this.#chart;
    const used = Object.keys(bill.objects).map((object) => object.replace(/\/[^/]+\//, "/"));
    if (other !== this && servedKinds(other.#chart.bill).some((kind) => used.includes(kind))) this.#comeAfter(other);
    for (const [pods, policy] of this.#policies)
      for (const { labels, port } of pods.callers ?? [])
        for (const [caller, callers] of other.#policies)
          if (JSON.stringify(caller.labels) === JSON.stringify(labels) && other.#chart.namespace === namespace)
            callers.allowTo(policy.endpoint(port));
  }

  #comeAfter({ release }: Operator): void {
    this.release.node.addDependency(release);
    this.#after.push({ name: release.name, namespace: release.metadata.namespace ?? "" });
  }

  #guard(pods: OperatorPods, scrapers: Peer): PodPolicy {
    const { workload, labels, webhookPort, metricsPort, managedPorts = [], callers = [] } = pods;
    const { namespace } = this.#chart;
    const policy = new PodPolicy(this, `policy-${workload}`, { name: workload, namespace, podLabels: labels });
    this.#policies.set(pods, policy);
    policy.allowToApiServer();
    if (webhookPort !== undefined) policy.allowFromAnywhere(webhookPort);
    if (metricsPort !== undefined) policy.allowFrom(scrapers, metricsPort);
    for (const port of managedPorts) policy.allowTo({ peer: { kind: "cluster" }, port });
    for (const caller of callers) policy.allowFrom({ kind: "pods", namespace, labels: caller.labels }, caller.port);
    return policy;
  }
}
