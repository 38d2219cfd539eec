import type { Construct } from "constructs";
import { alertsOf } from "../monitoring/config.ts";
import { Minio, S3 } from "../object-store/index.ts";
import { awsOf } from "./aws.ts";
import type { PlatformConfig } from "./config.ts";
import type { BucketStore } from "./parts.ts";
import { rotated, type Site } from "./site.ts";

/** The object store, with the bucket of MLflow's artifacts. */
export function objectStoreOf(scope: Construct, site: Site): BucketStore {
  const { objectStore: store, mlflow } = site.config;
  const made = store.kind === "s3" ? s3Of(site, store) : minioOf(scope, site, store);
  made.addBucket(mlflow.bucket, {
    versioning: store.versioning,
    ...(store.versioning && { keepVersionsDays: store.keepVersionsDays }),
  });
  return made;
}

type Store = PlatformConfig["objectStore"];

/** Buckets of S3, those that are locked among them. */
function s3Of(site: Site, { namePrefix, auditBuckets }: Extract<Store, { readonly kind: "s3" }>): BucketStore {
  const { region } = awsOf(site.config, "filiera:objectStore.kind");
  const s3 = new S3({ region, namePrefix, aws: site.aws });
  for (const [name, lock] of Object.entries(auditBuckets)) s3.addBucket(name, { versioning: true, lock });
  return {
    url: s3.url,
    pulls: [],
    stateful: [],
    addBucket: (name, props) => s3.addBucket(name, props),
    grant: (consumer, props) => s3.grant(consumer, props),
  };
}

function minioOf(scope: Construct, site: Site, store: Extract<Store, { readonly kind: "minio" }>): BucketStore {
  const { config, provisioned, images, issuer, namespace, scrapers } = site;
  const { cluster, monitoring } = config;
  const home = namespace("minio");
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
    rootPassword: provisioned.secret("minio/root", store.rootGeneration),
    scrapers,
    monitorLabels: monitoring.labels,
    alerts: alertsOf(monitoring, monitoring.alerts.minio),
  });
  return {
    url: minio.url,
    pulls: [home.name],
    stateful: [home.object, minio.server.object],
    addBucket: (name, props) => minio.addBucket(name, props),
    grant: (consumer, { accounts: _, ...props }) => {
      const { secret, ...generations } = rotated(site, `minio/${consumer}`, store);
      return minio.grant(consumer, { ...props, secretAccessKey: secret, ...generations });
    },
  };
}
