import type { IDependable } from "constructs";
import type { Late, Text } from "../kernel/late.ts";
import type { CertificateAuthority } from "./certificate-authority.ts";
import type { Endpoint } from "./endpoint.ts";

/** A Kafka, wherever it runs, and somebody who may use some of its topics. Clients verify its certificate and host name. */
export interface Broker {
  /** Where clients ask for the brokers at first: `host:port`, several of them apart by commas. */
  readonly bootstrapServers: Text;
  readonly authentication: BrokerAuthentication;
  /** The consumer group that is the client's; groups whose names begin with it and a hyphen are too. */
  readonly group: string;
  readonly authority: CertificateAuthority;
  /** Where pods connect to, for NetworkPolicies. */
  readonly endpoint: Endpoint;
  /** What must be there before it is used. @default - nothing */
  readonly ready?: IDependable;
}

/** How a client says who it is, over TLS in each case. */
export type BrokerAuthentication =
  /** SASL with SCRAM-SHA-512. */
  | { readonly kind: "scram-sha-512"; readonly user: string; readonly password: Late }
  /** A certificate of its own: `user.crt` and `user.key` in a Secret that the operator makes and renews. */
  | { readonly kind: "certificate"; readonly secret: string; readonly namespace: string };
