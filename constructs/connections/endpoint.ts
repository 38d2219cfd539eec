import type { Text } from "../kernel/late.ts";
import type { PodPolicy } from "../workload/policy.ts";

/** Who is at the other end of a connection, as far as a NetworkPolicy can say. */
export type Peer =
  /** Pods of this cluster, and the policy that guards them, if it is ours to extend. */
  | {
      readonly kind: "pods";
      readonly namespace: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly policy?: PodPolicy;
    }
  /** Every pod of a namespace. */
  | { readonly kind: "namespace"; readonly namespace: string }
  /** Every pod of the cluster. */
  | { readonly kind: "cluster" }
  /** Addresses, such as those of a managed service; `0.0.0.0/0` where they are not known. */
  | { readonly kind: "cidr"; readonly cidr: Text };

/** Something that listens: who, and on which port. */
export interface Endpoint {
  readonly peer: Peer;
  /** Port of the pod or host itself (not of a Service in front of it), 1–65535. */
  readonly port: number;
  /** @default "TCP" */
  readonly protocol?: "TCP" | "UDP";
}
