import type { ObjectStore, Peer, SqlDatabase } from "../connections/index.ts";
import type { Late } from "../kernel/late.ts";
import type { Image, Resources, WorkloadTransform } from "../workload/index.ts";
import type { MlflowAlerts } from "./alerts.ts";

/** How users sign in to MLflow. */
export type MlflowAuth =
  /** MLflow's own users and passwords. */
  {
    readonly kind: "basic";
    /** @default "admin" */
    readonly adminUser?: string;
    /** 12 characters or more, ASCII. */
    readonly adminPassword: Late;
    /** What a user may do with what nobody shared with them. @default "NO_PERMISSIONS" */
    readonly defaultPermission?: "READ" | "USE" | "EDIT" | "MANAGE" | "NO_PERMISSIONS";
    /** Signs sessions and forms: the same for every replica. */
    readonly sessionKey: Late;
    /** Raised with the administrator's password to have the new one take effect. @default 1 */
    readonly generation?: number;
  };

/** @see Mlflow */
export interface MlflowProps {
  readonly name: string;
  readonly namespace: string;
  readonly image: Image;
  /** Servers; with `autoscaling`, the fewest. */
  readonly replicas: number;
  /** @default - a fixed number of replicas */
  readonly autoscaling?: { readonly maxReplicas: number; readonly targetCpuPercent: number };
  /** Processes of each server, of some 200 MiB each. @default 2 */
  readonly workers?: number;
  /** Connections of each of a worker's three pools. @default - 5, and 5 more at a peak */
  readonly connectionPool?: { readonly size: number; readonly maxOverflow: number };
  readonly resources: Resources;
  /** Experiments, runs, registered models and users. */
  readonly database: SqlDatabase;
  /** Artifacts, which clients reach through the server alone. */
  readonly artifacts: ObjectStore;
  readonly auth: MlflowAuth;
  /** The host under which browsers reach it over HTTPS, such as `mlflow.example.com`. @default - none */
  readonly publicHost?: string;
  /** Further hosts as clients send them, with the port where they send one. @default [] */
  readonly allowedHosts?: readonly string[];
  /** Who scrapes metrics. */
  readonly scrapers: Peer;
  /** Labels of the ServiceMonitor and the PrometheusRule, by which Prometheus finds them. @default {} */
  readonly monitorLabels?: Readonly<Record<string, string>>;
  /** When its alerts fire; `false` for no alerts. @default - with their defaults */
  readonly alerts?: MlflowAlerts | false;
  /** @default - as they are */
  readonly transform?: Pick<WorkloadTransform, "deployment" | "service">;
}

/** @see Mlflow.addUser */
export interface MlflowUser {
  /** 12 characters or more, ASCII. */
  readonly password: Late;
  /** Raised with the password to have the new one take effect. @default 1 */
  readonly generation?: number;
}
