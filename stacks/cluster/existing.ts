import { Provider } from "@pulumi/kubernetes/provider.js";

/** A cluster that is there already. */
export interface ExistingCluster {
  /** Context of the kubeconfig: also what the cluster is known by, so that another one is another cluster. */
  readonly context: string;
  /** Path of the kubeconfig. @default - `$KUBECONFIG`, then `~/.kube/config` */
  readonly kubeconfig?: string;
}

/** The one provider of a cluster. A kubeconfig with new certificates or addresses replaces nothing. */
export function existingCluster(name: string, { context, kubeconfig }: ExistingCluster): Provider {
  return new Provider(name, {
    context,
    ...(kubeconfig && { kubeconfig }),
    // without it a changed certificate or address of the API server would look like another cluster
    clusterIdentifier: context,
    // otherwise a changed Secret is deleted and made again, and fails with "already exists"
    enableSecretMutable: true,
    enableConfigMapMutable: true,
  });
}
