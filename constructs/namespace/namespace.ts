import type { ApiObject } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import type { Construct } from "constructs";
import { Noun } from "../kernel/noun.ts";
import { PART_OF } from "../workload/index.ts";

/** @see PlatformNamespace */
export interface PlatformNamespaceProps {
  readonly name: string;
  /** Minor version of Kubernetes whose standard is meant, such as `1.35`. @default - whatever the API server has */
  readonly kubernetesVersion?: string;
}

/** A namespace that admits pods under the `restricted` Pod Security Standard only. */
export class PlatformNamespace extends Noun {
  readonly name: string;
  readonly object: ApiObject;

  constructor(scope: Construct, id: string, props: PlatformNamespaceProps) {
    super(scope, id);
    this.name = props.name;
    const version = props.kubernetesVersion ? `v${props.kubernetesVersion}` : "latest";
    const security = ["enforce", "audit", "warn"].flatMap((mode) => [
      [`pod-security.kubernetes.io/${mode}`, "restricted"],
      [`pod-security.kubernetes.io/${mode}-version`, version],
    ]);
    this.object = new k8s.KubeNamespace(this, "namespace", {
      metadata: {
        name: props.name,
        labels: { ...PART_OF, ...Object.fromEntries(security) },
      },
    });
  }
}
