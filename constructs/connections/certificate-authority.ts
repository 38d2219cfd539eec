import type { IDependable } from "constructs";
import type { Text } from "../kernel/late.ts";

/** Who vouches for a server's certificate. */
export type CertificateAuthority =
  /** An authority that every system knows. */
  | { readonly kind: "public" }
  /** Certificates of authorities, as text in PEM. */
  | { readonly kind: "pem"; readonly pem: Text }
  /** A cert-manager issuer that writes its own certificate as `ca.crt` beside those that it issues. */
  | { readonly kind: "issuer"; readonly issuer: Issuer };

/** A cert-manager issuer that may issue in every namespace. */
export interface Issuer {
  readonly kind: "ClusterIssuer";
  readonly name: string;
  /** What must be there before it is asked for certificates. @default - nothing */
  readonly ready?: IDependable;
}
