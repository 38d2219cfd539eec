import type { Construct } from "constructs";
import { alertsOf } from "../monitoring/config.ts";
import { Minio } from "../object-store/index.ts";
import type { BucketStore } from "./parts.ts";
import type { Site } from "./site.ts";

/** The object store, with the bucket of MLflow's artifacts. */
export function objectStoreOf(scope: Construct, site: Site): BucketStore {
  const { objectStore: store, mlflow } = site.config;
  const made = minioOf(scope, site);
  made.addBucket(mlflow.bucket, {
    versioning: store.versioning,
    ...(store.versioning && { keepVersionsDays: store.keepVersionsDays }),
  });
  return made;
}

function minioOf(scope: Construct, { config, provisioned, images, issuer, namespace, scrapers }: Site): BucketStore {
  const { objectStore: store, cluster, monitoring } = config;
  const home = namespace("minio");
  const { credentialGeneration: generation } = store;
  const minio = new Minio(scope, "minio", {
    name: "minio",
    namespace: home.name,
    image: images.minio,
    setupImage: images.minioSetup,
    servers: store.servers,
    drivesPerServer: store.drivesPerServer,
    storage: store.storage,
    storageClass: cluster.storageClass,
    resources: store.resources,
    issuer,
    rootPassword: provisioned.secret("minio/root", generation),
    scrapers,
    monitorLabels: monitoring.labels,
    alerts: alertsOf(monitoring, monitoring.alerts.minio),
  });
  return {
    url: minio.url,
    pulls: [home.name],
    stateful: [home.object, minio.server.object],
    addBucket: (name, props) => minio.addBucket(name, props),
    grant: (consumer, props) =>
      minio.grant(consumer, {
        ...props,
        secretAccessKey: provisioned.secret(`minio/${consumer}`, generation),
        generation,
      }),
  };
}
