import type { z } from "zod";
import type { concerns, Profile } from "./config.ts";

/** What a profile sets: each of these concerns whole, so that a file need not name any of it. */
export interface ProfileDefaults {
  readonly state?: z.input<typeof concerns.state>;
  readonly postgres: z.input<typeof concerns.postgres>;
  readonly objectStore: z.input<typeof concerns.objectStore>;
  /** Counts only where the file has a `filiera:kafka`. */
  readonly kafka: NonNullable<z.input<typeof concerns.kafka>>;
  readonly mlflow: z.input<typeof concerns.mlflow>;
  readonly operators?: z.input<typeof concerns.operators>;
}

/**
 * The defaults that differ by profile. What a file writes is laid over them key by key; where it chooses another
 * `kind`, the defaults of this one don't apply.
 */
export const profiles: Readonly<Record<Profile, ProfileDefaults>> = {
  laptop: {
    state: { backend: { kind: "local" }, secrets: { kind: "passphrase" } },
    postgres: {
      kind: "cloudnative-pg",
      instances: 1,
      storage: "5Gi",
      resources: { requests: { cpu: "250m", memory: "512Mi" } },
      maxConnections: 100,
    },
    objectStore: {
      kind: "minio",
      servers: 1,
      drivesPerServer: 1,
      storage: "10Gi",
      resources: { requests: { cpu: "100m", memory: "512Mi" } },
      versioning: false,
    },
    kafka: {
      kind: "strimzi",
      brokers: { replicas: 1, storage: "5Gi", resources: { requests: { cpu: "250m", memory: "1Gi" } } },
    },
    mlflow: {
      replicas: 1,
      workers: 1,
      resources: { requests: { cpu: "250m", memory: "1Gi" } },
    },
  },
  small: {
    postgres: {
      kind: "cloudnative-pg",
      instances: 1,
      storage: "20Gi",
      resources: { requests: { cpu: "500m", memory: "1Gi" } },
      maxConnections: 200,
    },
    objectStore: {
      kind: "minio",
      servers: 1,
      drivesPerServer: 1,
      storage: "50Gi",
      resources: { requests: { cpu: "250m", memory: "1Gi" } },
      versioning: false,
    },
    kafka: {
      kind: "strimzi",
      brokers: { replicas: 1, storage: "20Gi", resources: { requests: { cpu: "500m", memory: "2Gi" } } },
    },
    mlflow: {
      replicas: 1,
      workers: 2,
      resources: { requests: { cpu: "500m", memory: "2Gi" } },
    },
  },
  production: {
    postgres: {
      kind: "cloudnative-pg",
      instances: 3,
      storage: "100Gi",
      walStorage: "20Gi",
      resources: { requests: { cpu: 2, memory: "8Gi" } },
      maxConnections: 400,
      backup: { kind: "barman-cloud", retentionDays: 30 },
    },
    objectStore: {
      kind: "minio",
      servers: 4,
      drivesPerServer: 2,
      storage: "250Gi",
      resources: { requests: { cpu: 1, memory: "4Gi" } },
      versioning: true,
    },
    kafka: {
      kind: "strimzi",
      brokers: { replicas: 3, storage: "500Gi", resources: { requests: { cpu: 1, memory: "8Gi" } } },
      controllers: { replicas: 3, storage: "20Gi", resources: { requests: { cpu: "500m", memory: "2Gi" } } },
    },
    mlflow: {
      replicas: 2,
      workers: 2,
      resources: { requests: { cpu: 1, memory: "3Gi" } },
    },
    operators: { replicas: 2 },
  },
};
