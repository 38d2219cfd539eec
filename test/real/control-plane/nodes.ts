import type { KubeObject } from "./client.ts";

/** A node that runs nothing and says that it does. */
export interface FakeNode {
  readonly name: string;
  /** @default "a" */
  readonly zone?: string;
  /** @default "16" */
  readonly cpu?: string;
  /** @default "64Gi" */
  readonly memory?: string;
  /** Whole GPUs: `nvidia.com/gpu`. @default 0 */
  readonly gpus?: number;
  /** @default - none but the usual */
  readonly labels?: Readonly<Record<string, string>>;
  /** @default - none */
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
}

/** Stages of nodes, pods and volumes as kwok's authors publish them: ready at once; a Job's pods are done at once. */
export const STAGES = [
  "node-initialize.yaml",
  "pod-ready.yaml",
  "pod-complete.yaml",
  "pod-delete.yaml",
  "pv-bind.yaml",
  "pv-delete.yaml",
  "pvc-delete.yaml",
  "pvc-provision.yaml",
] as const;

/** What kwok's authors write for their one class of volumes, for these classes. */
export function forClasses(stage: string, classes: readonly string[]): string {
  const names = classes.map((name) => `'${name}'`).join(", ");
  return stage.replaceAll("self.spec.storageClassName == 'kwok-volume'", `self.spec.storageClassName in [${names}]`);
}

/** A class of volumes that kwok provides, the first one being the default. */
export function storageClass(name: string, position: number): KubeObject {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name, annotations: { "storageclass.kubernetes.io/is-default-class": String(position === 0) } },
    provisioner: "kwok.x-k8s.io/volume",
    reclaimPolicy: "Delete",
    volumeBindingMode: "Immediate",
    allowVolumeExpansion: true,
  };
}

/** A node as the API server keeps it. */
export function nodeObject({
  name,
  zone = "a",
  cpu = "16",
  memory = "64Gi",
  gpus = 0,
  labels = {},
  taints = [],
}: FakeNode): KubeObject {
  const capacity = {
    cpu,
    memory,
    pods: "110",
    "ephemeral-storage": "100Gi",
    ...(gpus > 0 && { "nvidia.com/gpu": String(gpus) }),
  };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/zone": zone,
        ...labels,
      },
    },
    spec: { taints },
    status: { capacity, allocatable: capacity },
  };
}
