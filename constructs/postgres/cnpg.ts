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
  readonly bootstrap:
    | { readonly initdb: First & { readonly dataChecksums: boolean } }
    | { readonly recovery: Recovery };
  readonly plugins?: readonly {
    readonly name: string;
    readonly isWALArchiver: boolean;
    readonly parameters: PluginParameters;
  }[];
  readonly externalClusters?: readonly {
    readonly name: string;
    readonly plugin: { readonly name: string; readonly parameters: PluginParameters };
  }[];
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

/** The first database, its owner, and the owner's password. */
interface First {
  readonly database: string;
  readonly owner: string;
  readonly secret: { readonly name: string };
}

interface Recovery extends First {
  /** One of `externalClusters`. */
  readonly source: string;
  readonly recoveryTarget: { readonly targetTime: string };
}

/** What the barman-cloud plugin is told of a Cluster, or of whose backups it recovers. */
interface PluginParameters {
  readonly barmanObjectName: string;
  readonly serverName: string;
}

interface Storage {
  readonly size: string;
  readonly storageClass?: string;
}

/** `DatabaseRole` (since 1.30): a role with a password of ours, or one that nobody signs in as. */
export interface DatabaseRoleSpec {
  readonly name: string;
  readonly cluster: { readonly name: string };
  readonly login: boolean;
  /** The roles that it is a member of. */
  readonly inRoles?: readonly string[];
  readonly passwordSecret?: { readonly name: string };
  readonly disablePassword?: boolean;
  readonly databaseRoleReclaimPolicy: "delete" | "retain";
}

/** `Database`: a database and who owns it. */
export interface DatabaseSpec {
  readonly name: string;
  readonly owner: string;
  readonly cluster: { readonly name: string };
  readonly databaseReclaimPolicy: "delete" | "retain";
}

/** `ScheduledBackup`: when a base backup is taken, and by whom. */
export interface ScheduledBackupSpec {
  readonly cluster: { readonly name: string };
  /** Cron with six fields, the first for seconds. */
  readonly schedule: string;
  readonly immediate: boolean;
  readonly backupOwnerReference: "none" | "self" | "cluster";
  readonly method: "plugin";
  readonly pluginConfiguration: { readonly name: string };
}

interface Specs {
  readonly Cluster: ClusterSpec;
  readonly DatabaseRole: DatabaseRoleSpec;
  readonly Database: DatabaseSpec;
  readonly ScheduledBackup: ScheduledBackupSpec;
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
