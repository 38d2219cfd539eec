import type { Footprint } from "../footprint/footprint.ts";
import { parseQuantity } from "../footprint/quantity.ts";

/**
 * What a chart brings to a cluster at its pinned version with our values: read once from the rendered chart and
 * committed, since a plan can't reach charts. `tools/bill.ts` writes and verifies it.
 */
export interface Bill {
  /** Name of the chart. */
  readonly chart: string;
  /** Version of the chart, as its `Chart.yaml` writes it: with or without a `v`. */
  readonly version: string;
  /** Version of the software in it. */
  readonly appVersion: string;
  /** Where the chart was read: `owner/repository@commit:folder` on GitHub. */
  readonly source: string;
  /** Every image named in what was rendered, those that the operator starts in other pods among them. */
  readonly images: readonly string[];
  /** Number of objects by `apiVersion/Kind` (`v1/Service`, `apps/v1/Deployment`), without those of hooks. */
  readonly objects: Readonly<Record<string, number>>;
  /** Number of objects by `apiVersion/Kind` that Helm creates for its hooks and deletes after them. */
  readonly hookObjects: Readonly<Record<string, number>>;
  readonly workloads: readonly BillWorkload[];
  readonly crds: readonly BillCrd[];
  readonly webhooks: readonly BillWebhook[];
}

/** Pods that a chart runs. */
export interface BillWorkload {
  readonly kind: "Deployment" | "StatefulSet" | "DaemonSet" | "Job" | "CronJob";
  readonly name: string;
  /** How many pods; `"replicas"` where our values pass on the number that was asked for. */
  readonly replicas: number | "replicas";
  /** The Helm hook that runs it (`post-install`), if one does: such pods are gone once the chart is installed. */
  readonly hook?: string;
  /** Labels that select its pods and no others. */
  readonly labels: Readonly<Record<string, string>>;
  /** Ports that its containers declare, 1–65535. */
  readonly ports: readonly number[];
  /** What one pod asks for: CPU and memory as quantities (`100m`, `256Mi`). */
  readonly requests: { readonly cpu: string; readonly memory: string };
  /** What one pod may use at most: quantities. */
  readonly limits?: { readonly cpu?: string; readonly memory?: string };
}

/** A kind of custom resource that a chart defines. */
export interface BillCrd {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: "Namespaced" | "Cluster";
  /** Versions that are served. */
  readonly versions: readonly string[];
  /** The one version in which objects are stored. */
  readonly storageVersion: string;
}

/** A webhook that the API server calls before it admits an object. */
export interface BillWebhook {
  readonly type: "mutating" | "validating";
  /** Name of its configuration object. */
  readonly configuration: string;
  readonly name: string;
  /** Whether objects are refused (`Fail`) or let pass (`Ignore`) while it doesn't answer. */
  readonly failurePolicy: "Fail" | "Ignore";
  /** The Service that is called, in the namespace of the release, and its port. */
  readonly service: { readonly name: string; readonly port: number };
  /** What it looks at: `group/plural`. */
  readonly resources: readonly string[];
}

/** The kinds (`group/Kind`) that exist once the chart is installed. */
export function servedKinds(bill: Bill): readonly string[] {
  return bill.crds.map(({ group, kind }) => `${group}/${kind}`);
}

/** What a chart asks of the cluster while it runs: all but its hooks, with so many replicas where they can be chosen. */
export function billFootprint(bill: Bill, replicas: number): Omit<Footprint, "source"> {
  const total = { pods: 0, cpu: 0, memory: 0 };
  for (const { hook, requests, replicas: count } of bill.workloads) {
    if (hook) continue;
    const pods = count === "replicas" ? replicas : count;
    total.pods += pods;
    total.cpu += pods * (parseQuantity(requests.cpu) ?? 0);
    total.memory += pods * (parseQuantity(requests.memory) ?? 0);
  }
  return { ...total, gpu: 0, storage: 0, images: bill.images };
}
