import { ApiObject } from "cdk8s";
import type { Construct } from "constructs";
import type { Resources } from "../workload/index.ts";

/** The part of CloudNativePG's `Cluster` (1.30) that is used here, so that a misspelt field does not compile. */
export interface ClusterSpec {
  readonly instances: number;
  readonly imageName: string;
  readonly imagePullSecrets?: readonly { readonly name: string }[];
  readonly enableSuperuserAccess: boolean;
  readonly enablePDB: boolean;
  readonly bootstrap: {
    readonly initdb: {
      readonly database: string;
      readonly owner: string;
      readonly secret: { readonly name: string };
      readonly dataChecksums: boolean;
    };
  };
  readonly certificates: { readonly serverTLSSecret: string; readonly serverCASecret: string };
  readonly postgresql: {
    readonly parameters: Readonly<Record<string, string>>;
    readonly pg_hba: readonly string[];
    readonly synchronous?: {
      readonly method: "any" | "first";
      readonly number: number;
      readonly dataDurability: "required" | "preferred";
    };
  };
  readonly storage: Storage;
  readonly walStorage?: Storage;
  readonly resources: Resources;
  readonly affinity: {
    readonly enablePodAntiAffinity: boolean;
    readonly podAntiAffinityType: "required" | "preferred";
    readonly topologyKey: string;
  };
  readonly topologySpreadConstraints: readonly {
    readonly maxSkew: number;
    readonly topologyKey: string;
    readonly whenUnsatisfiable: "ScheduleAnyway" | "DoNotSchedule";
    readonly labelSelector: { readonly matchLabels: Readonly<Record<string, string>> };
  }[];
}

interface Storage {
  readonly size: string;
  readonly storageClass?: string;
}

/** `DatabaseRole` (since 1.30): a role with a password of ours. */
export interface DatabaseRoleSpec {
  readonly name: string;
  readonly cluster: { readonly name: string };
  readonly login: boolean;
  readonly passwordSecret: { readonly name: string };
  readonly databaseRoleReclaimPolicy: "delete" | "retain";
}

/** `Database`: a database and who owns it. */
export interface DatabaseSpec {
  readonly name: string;
  readonly owner: string;
  readonly cluster: { readonly name: string };
  readonly databaseReclaimPolicy: "delete" | "retain";
}

interface Specs {
  readonly Cluster: ClusterSpec;
  readonly DatabaseRole: DatabaseRoleSpec;
  readonly Database: DatabaseSpec;
}

/** An object of CloudNativePG. */
export function cnpgObject<Kind extends keyof Specs>(
  scope: Construct,
  id: string,
  kind: Kind,
  metadata: { readonly name: string; readonly namespace: string; readonly labels?: Record<string, string> },
  spec: Specs[Kind],
): ApiObject {
  return new ApiObject(scope, id, { apiVersion: "postgresql.cnpg.io/v1", kind, metadata, spec });
}
