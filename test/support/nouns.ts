import type { Construct } from "constructs";
import type { Issuer, ObjectStore, Peer, SqlDatabase } from "../../constructs/connections/index.ts";
import { Mlflow, type MlflowProps } from "../../constructs/mlflow/index.ts";
import { Minio, type MinioProps } from "../../constructs/object-store/index.ts";
import { Postgres, type PostgresProps } from "../../constructs/postgres/index.ts";
import { lateAs } from "./plain.ts";
import { IMAGE } from "./workload.ts";

export const ISSUER: Issuer = { kind: "ClusterIssuer", name: "authority" };
export const SCRAPERS: Peer = { kind: "namespace", namespace: "monitoring" };
export const RESOURCES = { requests: { cpu: "1", memory: "1Gi" } } as const;

/** Three servers in the namespace `data`, or whatever else is said. */
export function postgres(scope: Construct, props: Partial<PostgresProps> = {}): Postgres {
  return new Postgres(scope, "postgres", {
    name: "pg",
    namespace: "data",
    image: IMAGE,
    instances: 3,
    storage: "10Gi",
    resources: RESOURCES,
    issuer: ISSUER,
    ownerPassword: lateAs("owner's password"),
    scrapers: SCRAPERS,
    ...props,
  });
}

/** Four servers in the namespace `store`, or whatever else is said. */
export function minio(scope: Construct, props: Partial<MinioProps> = {}): Minio {
  return new Minio(scope, "minio", {
    name: "minio",
    namespace: "store",
    image: IMAGE,
    setupImage: IMAGE,
    servers: 4,
    drivesPerServer: 1,
    storage: "10Gi",
    resources: RESOURCES,
    issuer: ISSUER,
    rootPassword: lateAs("root's password"),
    ...props,
  });
}

/** A database of somebody else's, with an authority that everybody knows. */
export const DATABASE: SqlDatabase = {
  host: "db.example.com",
  port: 5432,
  name: "tracking",
  user: "tracker",
  password: lateAs("the database's password"),
  authority: { kind: "public" },
  endpoint: { peer: { kind: "cidr", cidr: "10.0.0.0/16" }, port: 5432 },
};

export const STORE_KEY = lateAs("the store's key");

/** A bucket of somebody else's, with an authority that everybody knows. */
export const STORE: ObjectStore = {
  url: "https://s3.example.com",
  region: "eu-central-1",
  bucket: "artifacts",
  authentication: { kind: "key", accessKeyId: "AKIA", secretAccessKey: STORE_KEY },
  authority: { kind: "public" },
  endpoint: { peer: { kind: "cidr", cidr: "0.0.0.0/0" }, port: 443 },
};

/** Two servers in the namespace `ml` over those, or whatever else is said. */
export function mlflow(scope: Construct, props: Partial<MlflowProps> = {}): Mlflow {
  return new Mlflow(scope, "mlflow", {
    name: "mlflow",
    namespace: "ml",
    image: IMAGE,
    replicas: 2,
    resources: RESOURCES,
    database: DATABASE,
    artifacts: STORE,
    auth: { kind: "basic", adminPassword: lateAs("admin's password"), sessionKey: lateAs("session key") },
    scrapers: SCRAPERS,
    ...props,
  });
}
