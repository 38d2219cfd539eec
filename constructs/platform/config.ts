import { z } from "zod";
import { awsConfig } from "../aws/config.ts";
import { backupConfig } from "../backup/config.ts";
import { ingestionsConfig } from "../ingestion/config.ts";
import { kafkaConfig } from "../kafka/config.ts";
import { mlflowConfig } from "../mlflow/config.ts";
import { monitoringConfig } from "../monitoring/config.ts";
import { objectStoreConfig } from "../object-store/config.ts";
import { postgresConfig } from "../postgres/config.ts";
import { count, type DeepReadonly, dnsName, objectName, secret, text } from "../settings/settings.ts";

/** Those that CloudNativePG 1.30 supports (docs/src/supported_releases.md), the narrowest of the components. */
export const supportedKubernetes = ["1.34", "1.35", "1.36"] as const;

/** The oldest version of Kubernetes that the platform runs on. */
export const oldestKubernetes = supportedKubernetes[0];

/** What the platform must know of its cluster, wherever that comes from. */
export const clusterFacts = {
  kubernetesVersion: z
    .enum(supportedKubernetes)
    .default("1.35")
    .describe("minor version of the API server, whose Pod Security Standards are enforced"),
  storageClass: objectName.optional().describe("StorageClass of all volumes; default: the cluster's default class"),
};

const internalTls = z.strictObject({ kind: z.literal("internal") });
const issuerTls = z.strictObject({
  kind: z.literal("issuer"),
  name: objectName.describe("name of the issuer; it must put ca.crt into the secrets that it makes"),
  issuerKind: z.literal("ClusterIssuer").default("ClusterIssuer"),
});

/** Who signs the platform's certificates: a CA of its own, or an issuer that the cluster has. */
export const tlsConfig = z.discriminatedUnion("kind", [internalTls, issuerTls]);

const source = z.enum(["install", "existing"]).default("install");

/** Which operators filiera installs, and which it finds in the cluster. */
export const operatorsConfig = z.strictObject({
  certManager: source.describe("certificates"),
  cloudnativePg: source.describe("PostgreSQL"),
  barmanCloud: z
    .enum(["install", "existing", "none"])
    .default("install")
    .describe("CloudNativePG's plugin for backups to an object store"),
  strimzi: source.describe("Kafka, where filiera:kafka asks for one"),
  prometheusCrds: source.describe("the kinds ServiceMonitor, PodMonitor and PrometheusRule"),
  replicas: count(1, 5).default(1).describe("pods of each part of an operator that can have more than one"),
});

const digest = text("sha256: and 64 hexadecimal digits", /^sha256:[0-9a-f]{64}$/).optional();
const HOST = "[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::\\d{1,5})?";

/** Where images come from. */
export const imagesConfig = z.strictObject({
  registry: text(
    "a registry's host and folder, such as registry.example.com/filiera",
    new RegExp(`^${HOST}(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$`),
  )
    .optional()
    .describe("where filiera's own images are; default: images loaded into the nodes"),
  digests: z
    .strictObject({
      mlflow: digest,
      ingestion: digest,
      "minio-setup": digest,
      backup: digest,
      minio: digest,
      postgresql: digest,
      kafka: digest,
    })
    .prefault({})
    .describe("digests that replace the ones of the lock, by image"),
  pullSecret: z
    .strictObject({
      server: text("a registry's host, such as registry.example.com", new RegExp(`^${HOST}$`)),
      username: text("a user's name", /^[^\s:]+$/),
      password: secret.describe("the user's password or token, encrypted"),
    })
    .optional()
    .describe("credentials of the registry; default: none"),
});

/** The images whose digest can be set. */
export type ImageName = keyof z.output<typeof imagesConfig>["digests"];

/** The images that filiera builds, which no public registry has. */
export const ownImages: readonly ImageName[] = ["mlflow", "minio-setup", "ingestion", "backup"];

/** The platform's part of the environment, by concern. */
export const platformConcerns = {
  aws: awsConfig.optional().describe("where on AWS the stores of AWS's kinds are made; default: none is"),
  postgres: postgresConfig.describe("the database"),
  objectStore: objectStoreConfig.describe("the store of artifacts"),
  kafka: kafkaConfig.optional().describe("streams of records; default: none"),
  ingestions: ingestionsConfig.default({}).describe("topics whose records go into the object store, by name"),
  mlflow: mlflowConfig.describe("experiment tracking and model registry"),
  backup: backupConfig
    .optional()
    .describe("backups of databases and buckets together, in a store of their own; default: none"),
  domain: dnsName.optional().describe("DNS name under which the platform is reached, such as ml.example.com"),
  tls: tlsConfig.prefault({ kind: "internal" }).describe("who signs the platform's certificates"),
  operators: operatorsConfig.prefault({}).describe("which operators are installed, and which are there already"),
  monitoring: monitoringConfig.prefault({}).describe("who watches the platform"),
  images: imagesConfig.prefault({}).describe("where images come from"),
};

export type ClusterFacts = DeepReadonly<z.output<z.ZodObject<typeof clusterFacts>>>;
export type ImagesConfig = DeepReadonly<z.output<typeof imagesConfig>>;

/** What `platform()` is a function of; an environment is one. */
export type PlatformConfig = { readonly cluster: ClusterFacts } & DeepReadonly<
  z.output<z.ZodObject<typeof platformConcerns>>
>;
