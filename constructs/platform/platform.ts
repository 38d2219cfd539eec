import { type ApiObject, Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import { Construct } from "constructs";
import type { Issuer, Peer } from "../connections/index.ts";
import { topicOf } from "../kafka/config.ts";
import { Kafka } from "../kafka/index.ts";
import { FilieraError } from "../kernel/errors.ts";
import { type Late, late } from "../kernel/late.ts";
import { Mlflow } from "../mlflow/index.ts";
import { PlatformNamespace } from "../namespace/index.ts";
import { Minio } from "../object-store/index.ts";
import { operatorCharts } from "../operator/index.ts";
import { ORIGINAL } from "../postgres/config.ts";
import { Postgres, type PostgresBackup, type PostgresProps, type PostgresRecovery } from "../postgres/index.ts";
import { InternalAuthority } from "../tls/index.ts";
import { PART_OF } from "../workload/index.ts";
import type { PlatformConfig } from "./config.ts";
import { imagesOf, PULL_SECRET } from "./images.ts";
import { type Layer, setLayer } from "./layer.ts";
import { operators } from "./operators.ts";

/** What a back end gives the platform that the platform cannot make itself. */
export interface Provisioned {
  /**
   * A secret of the platform by its name, such as `postgres/mlflow`: generated once, kept, and made anew when the
   * generation is raised. Letters and digits, at least 32 of them.
   */
  secret(name: string, generation: number): Late;
  /** Password of `filiera:images.pullSecret`. @default - none is configured */
  readonly registryPassword?: Late;
}

/** What others may build on. */
export interface Platform {
  readonly chart: Chart;
  /** The cluster whose databases are used. */
  readonly postgres: Postgres;
  readonly minio: Minio;
  /** Where the environment asks for one. */
  readonly kafka?: Kafka;
  readonly mlflow: Mlflow;
  /** The objects that hold data: what a deployment may want to protect. */
  readonly stateful: readonly ApiObject[];
}

/**
 * The whole platform, as a pure function of its part of the environment and of what was provisioned for it.
 * The Pulumi program lowers it, `render` writes it down, and each gives its own late values.
 */
export function platform(scope: Construct, config: PlatformConfig, provisioned: Provisioned): Platform {
  const chart = new Chart(scope, "platform", { disableResourceNameHashes: true });
  const layer = (name: Layer): Construct => {
    const construct = new Construct(chart, name);
    setLayer(construct, name);
    return construct;
  };
  const images = imagesOf(config.images, config.postgres.version);
  const scrapers: Peer = { kind: "namespace", namespace: config.monitoring.namespace };

  const namespaces = layer("namespaces");
  const known = new Map<string, PlatformNamespace>();
  const namespace = (name: string): PlatformNamespace => {
    const found =
      known.get(name) ??
      new PlatformNamespace(namespaces, name, { name, kubernetesVersion: config.cluster.kubernetesVersion });
    known.set(name, found);
    return found;
  };
  operators(layer("operators"), config, { namespace, scrapers });
  const issuer = issuerOf(layer("trust"), config);

  const data = layer("data");
  const { postgres: sql, objectStore: objects } = config;
  const { storageClass } = config.cluster;
  const homes = { postgres: namespace("postgres"), minio: namespace("minio"), mlflow: namespace("mlflow") };
  const minio = new Minio(data, "minio", {
    name: "minio",
    namespace: homes.minio.name,
    image: images.minio,
    setupImage: images.minioSetup,
    servers: objects.servers,
    drivesPerServer: objects.drivesPerServer,
    storage: objects.storage,
    storageClass,
    resources: objects.resources,
    issuer,
    rootPassword: provisioned.secret("minio/root", objects.credentialGeneration),
  });
  minio.addBucket(config.mlflow.bucket, {
    versioning: objects.versioning,
    ...(objects.versioning && { keepVersionsDays: objects.keepVersionsDays }),
  });
  const { serving: postgres, all: clusters } = postgresOf(data, config, {
    minio,
    namespace: homes.postgres.name,
    image: images.postgresql,
    issuer,
    scrapers,
    provisioned,
  });
  const kafka = config.kafka && kafkaOf(data, config, { namespace, issuer, scrapers, provisioned });

  const tracking = layer("tracking");
  const { mlflow: server, domain } = config;
  const mlflow = new Mlflow(tracking, "mlflow", {
    name: "mlflow",
    namespace: homes.mlflow.name,
    image: images.mlflow,
    replicas: server.replicas,
    autoscaling: server.autoscaling,
    workers: server.workers,
    connectionPool: server.connectionPool,
    resources: server.resources,
    database: postgres.addDatabase("mlflow", {
      password: provisioned.secret("postgres/mlflow", sql.credentialGeneration),
    }),
    artifacts: minio.grant("mlflow", {
      bucket: server.bucket,
      secretAccessKey: provisioned.secret("minio/mlflow", objects.credentialGeneration),
      generation: objects.credentialGeneration,
    }),
    auth: {
      kind: "basic",
      adminUser: server.auth.adminUser,
      defaultPermission: server.auth.defaultPermission,
      adminPassword: provisioned.secret("mlflow/admin", server.credentialGeneration),
      sessionKey: provisioned.secret("mlflow/session-key", server.credentialGeneration),
      generation: server.credentialGeneration,
    },
    ...(domain && { publicHost: `mlflow.${domain}` }),
    allowedHosts: server.allowedHosts,
    scrapers,
    monitorLabels: config.monitoring.labels,
  });
  for (const client of server.clients) mlflow.allowFrom(client);
  if (provisioned.registryPassword)
    pullSecrets(namespaces, config, [homes.minio.name, homes.mlflow.name], provisioned.registryPassword);
  return {
    chart,
    postgres,
    minio,
    ...(kafka && { kafka }),
    mlflow,
    stateful: [
      homes.postgres.object,
      ...clusters.map(({ cluster }) => cluster),
      homes.minio.object,
      minio.server.object,
      ...(kafka ? [namespace(KAFKA).object, kafka.cluster, ...kafka.pools] : []),
    ],
  };
}

/** PostgreSQL's clusters: the first, and those that are recovered from backups, each with a backup of its own. */
function postgresOf(
  scope: Construct,
  config: PlatformConfig,
  {
    minio,
    provisioned,
    ...shared
  }: Pick<PostgresProps, "namespace" | "image" | "issuer" | "scrapers"> & {
    readonly minio: Minio;
    readonly provisioned: Provisioned;
  },
): { readonly serving: Postgres; readonly all: readonly Postgres[] } {
  const { postgres: sql, cluster, monitoring } = config;
  const backup = backupOf(config, minio, provisioned);
  const wanted: [string, PostgresRecovery | undefined][] = [[ORIGINAL, undefined], ...Object.entries(sql.recoveries)];
  const made = new Map(
    wanted
      .filter(([name]) => !sql.retired.includes(name))
      .map(([name, recovery]) => [
        name,
        new Postgres(scope, name, {
          ...shared,
          name,
          instances: sql.instances,
          storage: sql.storage,
          walStorage: sql.walStorage,
          storageClass: cluster.storageClass,
          resources: sql.resources,
          maxConnections: sql.maxConnections,
          parameters: sql.parameters,
          backup,
          recovery,
          ownerPassword: provisioned.secret("postgres/app", sql.credentialGeneration),
          operatorNamespace: operatorCharts["cloudnative-pg"].namespace,
          monitorLabels: monitoring.labels,
        }),
      ]),
  );
  const serving = made.get(sql.serving);
  if (!serving) throw FilieraError.at("filiera:postgres.serving", `found "${sql.serving}", which no cluster is called`);
  return { serving, all: [...made.values()] };
}

/** A bucket for PostgreSQL's backups alone, whose deleted objects are kept for a while, and the credential for it. */
function backupOf(
  { postgres: { backup }, objectStore: { credentialGeneration: generation } }: PlatformConfig,
  minio: Minio,
  provisioned: Provisioned,
): PostgresBackup | undefined {
  if (backup.kind === "none") return undefined;
  const { bucket, keepVersionsDays, schedule, retentionDays, compression } = backup;
  minio.addBucket(bucket, { versioning: true, keepVersionsDays });
  const secretAccessKey = provisioned.secret("minio/postgres-backup", generation);
  const store = minio.grant("postgres-backup", { bucket, secretAccessKey, generation });
  return { store, schedule, retentionDays, compression };
}

const KAFKA = "kafka";

/** Kafka with the topics and clients that the environment names. */
function kafkaOf(
  scope: Construct,
  config: PlatformConfig,
  {
    namespace,
    issuer,
    scrapers,
    provisioned,
  }: {
    readonly namespace: (name: string) => PlatformNamespace;
    readonly issuer: Issuer;
    readonly scrapers: Peer;
    readonly provisioned: Provisioned;
  },
): Kafka | undefined {
  if (!config.kafka) return undefined;
  const { brokers, controllers, authentication, zones, settings, quotas, topics, clients, credentialGeneration } =
    config.kafka;
  const kafka = new Kafka(scope, KAFKA, {
    name: KAFKA,
    namespace: namespace(KAFKA).name,
    image: imagesOf(config.images, config.postgres.version).kafka,
    brokers,
    controllers,
    storageClass: config.cluster.storageClass,
    zones,
    authentication,
    settings,
    quotas,
    issuer,
    operatorNamespace: operatorCharts.strimzi.namespace,
    scrapers,
    monitorLabels: config.monitoring.labels,
  });
  for (const [name, topic] of Object.entries(topics)) kafka.addTopic(name, topicOf(topic));
  for (const [name, { namespace, produce, consume }] of Object.entries(clients)) {
    const password =
      authentication === "scram-sha-512" ? provisioned.secret(`kafka/${name}`, credentialGeneration) : undefined;
    const from: Peer = { kind: "namespace", namespace };
    for (const topic of produce) kafka.grantProduce(name, { topic, password, from });
    for (const topic of consume) kafka.grantConsume(name, { topic, password, from });
  }
  return kafka;
}

/** Who signs the certificates inside the platform. */
function issuerOf(scope: Construct, { tls }: PlatformConfig): Issuer {
  if (tls.kind === "issuer") return { kind: tls.issuerKind, name: tls.name };
  const name = "filiera-ca";
  return new InternalAuthority(scope, "authority", {
    name,
    certManagerNamespace: operatorCharts["cert-manager"].namespace,
  }).issuer;
}

/** The registry's credentials, wherever pods pull images of ours. */
function pullSecrets(
  scope: Construct,
  { images: { pullSecret } }: PlatformConfig,
  namespaces: readonly string[],
  password: Late,
): void {
  if (!pullSecret) return;
  const { server, username } = pullSecret;
  for (const namespace of namespaces)
    new k8s.KubeSecret(scope, `${namespace}-registry`, {
      metadata: { name: PULL_SECRET, namespace, labels: PART_OF },
      type: "kubernetes.io/dockerconfigjson",
      stringData: { ".dockerconfigjson": String(late.json({ auths: { [server]: { username, password } } })) },
    });
}
