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
  { readonly kind: "key"; readonly accessKeyId: Text; readonly secretAccessKey: Late };
