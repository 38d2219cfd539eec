import type { IDependable } from "constructs";
import type { Late, Text } from "../kernel/late.ts";
import type { CertificateAuthority } from "./certificate-authority.ts";
import type { Endpoint } from "./endpoint.ts";

/** A bucket behind the S3 protocol, and a credential that reaches it. */
export interface ObjectStore {
  /** URL such as `https://minio.minio.svc.cluster.local:9000`, without a path. */
  readonly url: Text;
  /** @default "us-east-1" - what stores that know no regions expect */
  readonly region?: Text;
  readonly bucket: Text;
  /** Where in the bucket the credential may work, without slashes at its ends. @default - everywhere */
  readonly prefix?: string;
  readonly accessKeyId: Text;
  readonly secretAccessKey: Late;
  readonly authority: CertificateAuthority;
  /** Where pods connect to, for NetworkPolicies. */
  readonly endpoint: Endpoint;
  /** What must be there before it is used. @default - nothing */
  readonly ready?: IDependable;
}
