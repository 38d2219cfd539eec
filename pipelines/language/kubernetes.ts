import type { Ref } from "./refs.ts";
import type { Memory, TextRef } from "./settings.ts";
import type { AnyType, ListType, StructType } from "./types.ts";

/** What only Kubernetes knows about a task. Every list is in the order in which it is written to the pod. */
export interface KubernetesSettings {
  /**
   * Environment variables from keys of Secrets.
   * @default - none
   */
  readonly secretEnv?: readonly SecretEnv[];
  /**
   * Secrets as files.
   * @default - none
   */
  readonly secretVolumes?: readonly SecretVolume[];
  /**
   * Environment variables from keys of ConfigMaps.
   * @default - none
   */
  readonly configMapEnv?: readonly ConfigMapEnv[];
  /**
   * ConfigMaps as files.
   * @default - none
   */
  readonly configMapVolumes?: readonly ConfigMapVolume[];
  /**
   * PersistentVolumeClaims that are there already, or that a step makes.
   * @default - none
   */
  readonly claims?: readonly ClaimMount[];
  /**
   * Volumes that live as long as the pod.
   * @default - none
   */
  readonly emptyDirs?: readonly EmptyDir[];
  /**
   * Volumes of a storage class that live as long as the pod.
   * @default - none
   */
  readonly ephemeralVolumes?: readonly EphemeralVolume[];
  /**
   * The labels that its node must have.
   * @default - any node
   */
  readonly nodeSelector?: Readonly<Record<string, string>> | Ref<StructType> | Ref<AnyType>;
  /**
   * The taints of nodes that it puts up with; a list or an object of them may come from a parameter.
   * @default - none
   */
  readonly tolerations?: readonly (Toleration | Ref<StructType> | Ref<ListType> | Ref<AnyType>)[];
  /**
   * The nodes that it must have, or with a weight: would rather have.
   * @default - any node
   */
  readonly nodeAffinity?: readonly (NodeAffinity | Ref<StructType> | Ref<AnyType>)[];
  /**
   * Accelerator nodes: their labels and taints, kept in one place for all steps that run there.
   * @default - none
   */
  readonly pool?: Pool;
  /**
   * Labels of the pod.
   * @default - none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Annotations of the pod.
   * @default - none
   */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * When the image is pulled.
   * @default - what Kubernetes does: always for `latest`, else if it is not there
   */
  readonly imagePullPolicy?: "Always" | "Never" | "IfNotPresent";
  /**
   * The Secrets that images are pulled with.
   * @default - those of the service account
   */
  readonly imagePullSecrets?: readonly (string | TextRef)[];
  /**
   * Environment variables from the pod's own fields: `{ POD: "metadata.name" }`.
   * @default - none
   */
  readonly fieldEnv?: Readonly<Record<string, string>>;
  /**
   * The user, the group and whether root is refused.
   * @default - the image's
   */
  readonly securityContext?: SecurityContext;
}

/** Environment variables from keys of a Secret. */
export interface SecretEnv {
  readonly secret: string | TextRef;
  /** The variables by the key. */
  readonly keys: Readonly<Record<string, string>>;
  /** @default false */
  readonly optional?: boolean;
}

/** A Secret as files. */
export interface SecretVolume {
  readonly secret: string | TextRef;
  readonly path: string;
  /** @default false */
  readonly optional?: boolean;
}

/** Environment variables from keys of a ConfigMap. */
export interface ConfigMapEnv {
  readonly configMap: string | TextRef;
  /** The variables by the key. */
  readonly keys: Readonly<Record<string, string>>;
  /** @default false */
  readonly optional?: boolean;
}

/** A ConfigMap as files. */
export interface ConfigMapVolume {
  readonly configMap: string | TextRef;
  readonly path: string;
  /** @default false */
  readonly optional?: boolean;
}

/** A PersistentVolumeClaim in a container. */
export interface ClaimMount {
  readonly claim: string | TextRef;
  readonly path: string;
  /**
   * A folder in the volume.
   * @default - the whole volume
   */
  readonly subPath?: string;
}

/** A volume that lives as long as the pod. */
export interface EmptyDir {
  readonly name: string;
  readonly path: string;
  /**
   * Where it lies.
   * @default - the node's disk
   */
  readonly medium?: "Memory" | "HugePages";
  /**
   * How large it may get.
   * @default - as large as the node allows
   */
  readonly sizeLimit?: Memory;
}

/** A volume of a storage class that lives as long as the pod. */
export interface EphemeralVolume {
  readonly name: string;
  readonly path: string;
  readonly size: Memory;
  /** @default ["ReadWriteOnce"] */
  readonly accessModes?: readonly AccessMode[];
  /**
   * Its storage class.
   * @default - the cluster's default
   */
  readonly storageClass?: string;
  /** @default - none */
  readonly labels?: Readonly<Record<string, string>>;
  /** @default - none */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Who may mount a volume, and how. */
export type AccessMode = "ReadWriteOnce" | "ReadOnlyMany" | "ReadWriteMany" | "ReadWriteOncePod";

/** A taint that a pod puts up with. */
export interface Toleration {
  readonly key?: string;
  /** @default "Equal" */
  readonly operator?: "Equal" | "Exists";
  readonly value?: string;
  /** @default - every effect */
  readonly effect?: "NoExecute" | "NoSchedule" | "PreferNoSchedule";
  /** @default - for ever */
  readonly seconds?: number;
}

/** Nodes that a pod must have, or with a weight: would rather have. */
export interface NodeAffinity {
  /** @default - none */
  readonly expressions?: readonly NodeRequirement[];
  /** @default - none */
  readonly fields?: readonly NodeRequirement[];
  /**
   * From 1 to 100.
   * @default - the node must be such
   */
  readonly weight?: number;
}

/** What a label or a field of a node must be. */
export interface NodeRequirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";
  /** @default - none */
  readonly values?: readonly string[];
}

/** Nodes of one kind: the labels that they have, and the taints that keep others away. */
export interface Pool {
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** @default - none */
  readonly tolerations?: readonly Toleration[];
}

/** Who a container runs as. */
export interface SecurityContext {
  /** @default - the image's */
  readonly runAsUser?: number;
  /** @default - the image's */
  readonly runAsGroup?: number;
  /** @default - not said */
  readonly runAsNonRoot?: boolean;
}
