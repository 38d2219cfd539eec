import type { Json, JsonObject } from "../../constructs/kernel/json.ts";
import type { Facts } from "../../stacks/doctor/facts.ts";
import { type Answer, type Finding, known } from "../../stacks/findings/index.ts";

/** What a node has, and what keeps pods from it. */
export interface NodeParts {
  readonly cpu?: string;
  readonly memory?: string;
  readonly pods?: string;
  readonly gpu?: string;
  readonly taints?: readonly JsonObject[];
  readonly unschedulable?: boolean;
  readonly ready?: boolean;
  readonly os?: string;
  readonly zone?: string;
  readonly images?: readonly string[];
}

/** A node as the API server gives it: 8 cores and 32 GiB, or whatever else is said. */
export function node(name: string, parts: NodeParts = {}): JsonObject {
  const { cpu = "8", memory = "32Gi", pods = "110", gpu, taints, unschedulable, ready = true } = parts;
  return {
    metadata: { name, labels: { ...(parts.zone && { "topology.kubernetes.io/zone": parts.zone }) } },
    spec: { ...(taints && { taints }), ...(unschedulable && { unschedulable }) },
    status: {
      allocatable: { cpu, memory, pods, ...(gpu && { "nvidia.com/gpu": gpu }) },
      conditions: [{ type: "Ready", status: ready ? "True" : "Unknown" }],
      nodeInfo: { operatingSystem: parts.os ?? "linux" },
      images: (parts.images ?? []).map((image) => ({ names: [image] })),
    },
  };
}

/** A pod on a node that asks for so much. */
export function pod(nodeName: string, requests: Readonly<Record<string, string>>, namespace = "others"): JsonObject {
  return {
    metadata: { name: "pod", namespace },
    spec: { nodeName, containers: [{ name: "main", resources: { requests } }] },
  };
}

/** A StorageClass that is all that one could wish. */
export function storageClass(name: string, more: JsonObject = {}, isDefault = false): JsonObject {
  return {
    metadata: {
      name,
      creationTimestamp: "2026-01-01T00:00:00Z",
      annotations: { ...(isDefault && { "storageclass.kubernetes.io/is-default-class": "true" }) },
    },
    provisioner: "ebs.csi.aws.com",
    reclaimPolicy: "Retain",
    volumeBindingMode: "WaitForFirstConsumer",
    allowVolumeExpansion: true,
    ...more,
  };
}

/** A Deployment of one image. */
export function deployment(namespace: string, name: string, image: string, availableReplicas: number): JsonObject {
  return {
    metadata: { namespace, name },
    spec: { template: { spec: { containers: [{ name: "main", image }] } } },
    status: { availableReplicas },
  };
}

/** An object with metadata alone. */
export function named(name: string, metadata: Readonly<Record<string, Json>> = {}): JsonObject {
  return { metadata: { name, ...metadata } };
}

/** A cluster with room, storage, and nothing else on it. */
export const ROOMY: Facts = {
  version: "1.35.4",
  denied: known([]),
  nodes: known([node("a"), node("b"), node("c")]),
  pods: known([]),
  storageClasses: known([storageClass("gp3", {}, true), storageClass("fast-retain")]),
  deployments: known([]),
  daemonSets: known([named("cilium")]),
  definitions: known([]),
  served: known(new Set<string>()),
  releases: known([]),
  metricsApi: known(undefined),
  archives: known([]),
  issuer: known(undefined),
  present: known(new Map<string, JsonObject>()),
};

export const REFUSED: Answer<never> = { kind: "refused", why: "it is forbidden" };

/** Findings as text, one a line: `problem filiera:x: what was found → the fix`. */
export function told(findings: readonly Finding[]): string[] {
  return findings.map(
    ({ verdict, path, found, fix }) => `${verdict} ${path}: ${found}${fix === undefined ? "" : ` → ${fix}`}`,
  );
}
