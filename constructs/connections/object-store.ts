import type { IDependable } from "constructs";
import type { Late, Text } from "../kernel/late.ts";
import type { CertificateAuthority } from "./certificate-authority.ts";
import type { Endpoint } from "./endpoint.ts";

/** A bucket behind the S3 protocol, and somebody who may use it. */
export interface ObjectStore {
  /** URL such as `https://minio.minio.svc.cluster.local:9000`, without a path. */
  readonly url: Text;
  /** @default "us-east-1" - what stores that know no regions expect */
  readonly region?: Text;
  readonly bucket: Text;
  /** Where in the bucket that may be, without slashes at its ends. @default - everywhere */
  readonly prefix?: string;
  readonly authentication: StoreAuthentication;
  readonly authority: CertificateAuthority;
  /** Where pods connect to, for NetworkPolicies. */
  readonly endpoint: Endpoint;
  /** What must be there before it is used. @default - nothing */
  readonly ready?: IDependable;
}

/** How a client says who it is. */
export type StoreAuthentication =
  /** A key of its own. */
  | { readonly kind: "key"; readonly accessKeyId: Text; readonly secretAccessKey: Late }
  /** EKS Pod Identity: pods of these ServiceAccounts are let in, and find a short-lived key by themselves. */
  | {
      readonly kind: "pod-identity";
      readonly accounts: readonly { readonly namespace: string; readonly name: string }[];
      /** Where they find it. */
      readonly agent: Endpoint;
    };

/** What pods connect to in order to use a bucket: the store, and whoever gives them their key. */
export function storeEndpoints({ endpoint, authentication }: ObjectStore): readonly Endpoint[] {
  return authentication.kind === "pod-identity" ? [endpoint, authentication.agent] : [endpoint];
}

/** What is wrong, in words, where a bucket is given to pods of a ServiceAccount that it doesn't let in. */
export function strangerProblem(
  { bucket, authentication }: ObjectStore,
  namespace: string,
  account: string,
): string | undefined {
  if (authentication.kind !== "pod-identity") return undefined;
  const { accounts } = authentication;
  if (accounts.some((each) => each.namespace === namespace && each.name === account)) return undefined;
  const known = accounts.map((each) => `${each.namespace}/${each.name}`).join(", ");
  return `cannot use the bucket ${bucket}, which lets in pods of ${known}: grant it to the ServiceAccount ${namespace}/${account}`;
}
