import type { Construct } from "constructs";
import { Minio } from "../object-store/index.ts";
import type { Site } from "./site.ts";

/** The object store, with the bucket of MLflow's artifacts. */
export function objectStoreOf(scope: Construct, { config, provisioned, images, issuer, namespace }: Site): Minio {
  const { objectStore: store, cluster, mlflow } = config;
  const minio = new Minio(scope, "minio", {
    name: "minio",
    namespace: namespace("minio").name,
    image: images.minio,
    setupImage: images.minioSetup,
    servers: store.servers,
    drivesPerServer: store.drivesPerServer,
    storage: store.storage,
    storageClass: cluster.storageClass,
    resources: store.resources,
    issuer,
    rootPassword: provisioned.secret("minio/root", store.credentialGeneration),
  });
  minio.addBucket(mlflow.bucket, {
    versioning: store.versioning,
    ...(store.versioning && { keepVersionsDays: store.keepVersionsDays }),
  });
  return minio;
}
