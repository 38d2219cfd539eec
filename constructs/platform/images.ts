import type { Problem } from "../kernel/errors.ts";
import type { Image } from "../workload/index.ts";
import { type ImageName, type ImagesConfig, ownImages, type PlatformConfig } from "./config.ts";

/**
 * Images by name, as their publishers tag them. Digests are added by `filiera:images.digests`: none is written here
 * that nobody has read from a registry.
 */
const tags: Readonly<Record<Exclude<ImageName, "postgresql">, string>> = {
  // the version of MLflow in images/mlflow/requirements.txt
  mlflow: "mlflow:3.17.2",
  "minio-setup": "minio-setup:1",
  ingestion: "ingestion:1",
  backup: "backup:1",
  // Silo, the maintained fork of MinIO's open-source edition, whose own images are gone or get no fixes
  minio: "docker.io/pgsty/silo:RELEASE.2026-09-16T00-00-00Z",
  // Strimzi's, of the operator's own version
  kafka: "quay.io/strimzi/kafka:1.2.0-kafka-4.3.1",
};

/** What an environment's images are a function of. */
export type Deployed = Pick<PlatformConfig, "images" | "objectStore" | "kafka" | "ingestions" | "backup">;

/** CloudNativePG's images by PostgreSQL's major version; 18.4 is the default of the operator's release 1.30. */
const postgresql: Readonly<Record<string, string>> = {
  "16": "ghcr.io/cloudnative-pg/postgresql:16-system-trixie",
  "17": "ghcr.io/cloudnative-pg/postgresql:17-system-trixie",
  "18": "ghcr.io/cloudnative-pg/postgresql:18.4-system-trixie",
};

/** Name of the Secret with the registry's credentials, in every namespace that pulls our images. */
export const PULL_SECRET = "filiera-registry";

/** Names of the images that no digest pins: a tag may be moved to other bytes. */
export function unresolvedImages({ images, objectStore, kafka, ingestions, backup }: Deployed): readonly ImageName[] {
  const names: readonly ImageName[] = [
    "mlflow",
    ...(objectStore.kind === "minio" ? (["minio-setup", "minio"] as const) : []),
    "postgresql",
    ...(kafka?.kind === "strimzi" ? ["kafka" as const] : []),
    ...(Object.keys(ingestions).length > 0 ? ["ingestion" as const] : []),
    ...(backup ? ["backup" as const] : []),
  ];
  return names.filter((name) => images.digests[name] === undefined);
}

/** Production runs only what it was tested with: a tag could name something else tomorrow. */
export function unresolvedProblems(deployed: Deployed): Problem[] {
  return unresolvedImages(deployed).map((name) => ({
    path: `filiera:images.digests.${name}`,
    message: "is not set, and production deploys no image by its tag: write the digest that your registry tells",
  }));
}

/** Which image stands behind a name in one environment. */
export function imagesOf(config: ImagesConfig, postgresVersion: string) {
  const image = (name: ImageName, tag: string): Image => {
    const own = ownImages.includes(name);
    const reference = own ? `${config.registry ?? "filiera"}/${tag}` : tag;
    const digest = config.digests[name];
    return {
      // the tag stays beside the digest, for people
      reference: digest ? `${reference}@${digest}` : reference,
      ...(own && !config.registry && { preloaded: true }),
      ...(own && config.pullSecret && { pullSecret: PULL_SECRET }),
    };
  };
  return {
    mlflow: image("mlflow", tags.mlflow),
    ingestion: image("ingestion", tags.ingestion),
    backup: image("backup", tags.backup),
    minioSetup: image("minio-setup", tags["minio-setup"]),
    minio: image("minio", tags.minio),
    kafka: image("kafka", tags.kafka),
    postgresql: image("postgresql", postgresql[postgresVersion] ?? ""),
  };
}
