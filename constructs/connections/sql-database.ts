import type { IDependable } from "constructs";
import type { Late, Text } from "../kernel/late.ts";
import type { CertificateAuthority } from "./certificate-authority.ts";
import type { Endpoint } from "./endpoint.ts";

/** A PostgreSQL database with a role of its own, wherever it runs. Clients verify its certificate and host name. */
export interface SqlDatabase {
  readonly host: Text;
  /** 1–65535; `late.asNumber(…)` for one that only a cloud knows. */
  readonly port: number;
  /** Name of the database. */
  readonly name: Text;
  /** The role that owns it. */
  readonly user: Text;
  readonly password: Late;
  readonly authority: CertificateAuthority;
  /** Where pods connect to, for NetworkPolicies. */
  readonly endpoint: Endpoint;
  /** What must be there before it is used. @default - nothing */
  readonly ready?: IDependable;
}
