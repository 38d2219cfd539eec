import type { IDependable } from "constructs";
import type { Late, Text } from "../kernel/late.ts";
import type { Endpoint } from "./endpoint.ts";

/** An MLflow tracking server and somebody who may use it. */
export interface Tracking {
  /** URL such as `http://mlflow.mlflow.svc.cluster.local:5000`. */
  readonly url: Text;
  readonly user: string;
  readonly password: Late;
  /** Environment variables that every client must set besides. */
  readonly settings: Readonly<Record<string, string>>;
  /** Where pods connect to, for NetworkPolicies. */
  readonly endpoint: Endpoint;
  /** What must be there before it is used. */
  readonly ready: IDependable;
}
