import type { CertificateAuthority } from "../connections/certificate-authority.ts";
import type { Endpoint } from "../connections/endpoint.ts";
import type { Text } from "../kernel/late.ts";

/** The API server of Kubeflow Pipelines 2.17. */
export interface KubeflowServer {
  /** Namespace of Kubeflow Pipelines itself. @default "kubeflow" */
  readonly namespace?: string;
  /** URL of its API. @default - `http://ml-pipeline.<namespace>.svc.cluster.local:8888` */
  readonly url?: Text;
  /** Who vouches for its certificate where the URL is https. @default - an authority that every system knows */
  readonly authority?: CertificateAuthority;
  /** Where pods connect to. @default - port 8888 of the pods `app: ml-pipeline` in its namespace */
  readonly endpoint?: Endpoint;
  /** Whether users have namespaces of their own (`MULTIUSER=true`): requests then carry a token, with rights of its own. @default false */
  readonly multiUser?: boolean;
}

const PORT = 8888;
/** The audience that the API server asks Kubernetes for (`TOKEN_REVIEW_AUDIENCE`, backend/src/apiserver/common/config.go). */
export const AUDIENCE = "pipelines.kubeflow.org";

/** The same with its defaults. */
export function serverOf({ namespace = "kubeflow", url, authority, endpoint, multiUser = false }: KubeflowServer = {}) {
  return {
    url: url ?? `http://ml-pipeline.${namespace}.svc.cluster.local:${PORT}`,
    authority: authority ?? ({ kind: "public" } as const),
    endpoint: endpoint ?? { peer: { kind: "pods", namespace, labels: { app: "ml-pipeline" } } as const, port: PORT },
    multiUser,
  };
}
