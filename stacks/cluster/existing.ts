import { isAbsolute, resolve } from "node:path";
import { getVersion } from "@pulumi/kubernetes/utilities.js";
import * as pulumi from "@pulumi/pulumi";

/** A cluster that is there already. */
export interface ExistingCluster {
  /** Context of the kubeconfig: also what the cluster is known by, so that another one is another cluster. */
  readonly context: string;
  /** Path of the kubeconfig, from the project's folder. @default - `$KUBECONFIG`, then `~/.kube/config` */
  readonly kubeconfig?: string;
}

/** The one provider of a cluster. A kubeconfig with new certificates or addresses replaces nothing. */
export function existingCluster(name: string, cluster: ExistingCluster): pulumi.ProviderResource {
  return new Cluster(name, cluster);
}

/**
 * The provider, without the class of @pulumi/kubernetes: that one writes what it finds in this process's environment
 * into the state, `KUBECONFIG` among it, which the provider reads better itself.
 */
class Cluster extends pulumi.ProviderResource {
  constructor(name: string, { context, kubeconfig }: ExistingCluster) {
    super(
      "kubernetes",
      name,
      {
        context,
        ...(kubeconfig && { kubeconfig: fromProject(kubeconfig) }),
        // without it a changed certificate or address of the API server would look like another cluster
        clusterIdentifier: context,
        // otherwise a changed Secret is deleted and made again, and fails with "already exists"
        enableSecretMutable: "true",
        enableConfigMapMutable: "true",
        // what somebody changed by hand is theirs to the API server, and would never be put back
        enablePatchForce: "true",
      },
      { version: getVersion() },
    );
  }
}

/** The provider works in another folder than the project's; a plan is made in the project's. */
function fromProject(path: string): string {
  const root = pulumi.runtime.getRootDirectory();
  return path.startsWith("~") ? path : resolve(isAbsolute(root) ? root : ".", path);
}
