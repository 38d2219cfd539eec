import { z } from "zod";
import {
  bucketName,
  count,
  credentialGeneration,
  type DeepReadonly,
  namespaceName,
  resources,
  text,
} from "../settings/settings.ts";

/** MLflow's own users and passwords (`--app-name basic-auth`). */
export const basicAuth = z.strictObject({
  kind: z.literal("basic"),
  adminUser: text("a user's name: letters, digits, dots, hyphens and underscores", /^[A-Za-z0-9._-]+$/, 64)
    .default("admin")
    .describe("name of the first user, who may do everything"),
  // mlflow/server/auth/permissions.py of 3.17
  defaultPermission: z
    .enum(["READ", "USE", "EDIT", "MANAGE", "NO_PERMISSIONS"])
    .default("NO_PERMISSIONS")
    .describe("what a user may do with an experiment or model that nobody shared with them"),
});

/** The tracking server and model registry. */
export const mlflowConfig = z.strictObject({
  replicas: count(1, 50).describe("servers; with autoscaling, the fewest"),
  autoscaling: z
    .strictObject({
      maxReplicas: count(1, 50).describe("the most servers"),
      targetCpuPercent: count(10, 100)
        .default(80)
        .describe("load that the autoscaler keeps, in percent of the request"),
    })
    .optional()
    .describe("default: no autoscaling"),
  workers: count(1, 32).describe("processes of each server; each takes some 200 MiB, besides 250 for the server"),
  // one pool for tracking, one for the registry and one for sign-in: MLFLOW_SQLALCHEMYSTORE_POOL_SIZE and _MAX_OVERFLOW
  connectionPool: z
    .strictObject({
      size: count(1, 100).default(5).describe("connections that stay open; SQLAlchemy's own default is 5"),
      // 0 would be taken for unset, and mean 10
      maxOverflow: count(1, 100).default(5).describe("further connections at a peak; SQLAlchemy's own default is 10"),
    })
    .prefault({})
    .describe("of each worker's three pools"),
  auth: z.discriminatedUnion("kind", [basicAuth]).prefault({ kind: "basic" }).describe("how users sign in"),
  resources: resources.describe("of each server"),
  allowedHosts: z
    .array(
      text(
        "a host as clients send it, such as mlflow.example.com, 10.0.0.7:5000 or *.internal.example.com",
        /^(?=.*[a-z0-9])[a-z0-9*.-]+(?::(?:\d{1,5}|\*))?$/,
      ),
    )
    .default([])
    .describe("hosts under which MLflow answers, besides its own names in the cluster and filiera:domain"),
  clients: z
    .array(namespaceName)
    .max(100)
    .default([])
    .describe("namespaces whose pods may connect: an ingress's, a team's; all others are refused"),
  bucket: bucketName.default("mlflow").describe("bucket for the artifacts"),
  credentialGeneration,
});

export type MlflowConfig = DeepReadonly<z.output<typeof mlflowConfig>>;

/** SQLAlchemy engines, each with a pool, in one worker of MLflow 3.17: the tracking, registry and sign-in stores. */
const POOLS = 3;

/** The most connections that MLflow opens at once: its Deployment rolls out with one server more than it keeps. */
export function peakConnections({ replicas, autoscaling, workers, connectionPool }: MlflowConfig) {
  const { size, maxOverflow } = connectionPool;
  const servers = autoscaling?.maxReplicas ?? replicas;
  return {
    total: (servers + 1) * workers * POOLS * (size + maxOverflow),
    sum: `(${servers} + 1 servers while rolling out) × ${workers} workers × ${POOLS} pools × (${size} + ${maxOverflow}) connections`,
  };
}
