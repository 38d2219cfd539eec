import { type ApiObject, Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import { Construct } from "constructs";
import { awsHoles } from "../aws/index.ts";
import type { Backup } from "../backup/index.ts";
import type { Issuer, Peer } from "../connections/index.ts";
import { type Late, late } from "../kernel/late.ts";
import type { Mlflow } from "../mlflow/index.ts";
import { PlatformNamespace } from "../namespace/index.ts";
import { OperatorMonitor, operatorCharts } from "../operator/index.ts";
import { InternalAuthority } from "../tls/index.ts";
import { PART_OF } from "../workload/index.ts";
import { backupOf } from "./backup.ts";
import type { PlatformConfig } from "./config.ts";
import { imagesOf, PULL_SECRET } from "./images.ts";
import { ingestionNamespace, ingestionsOf } from "./ingestion.ts";
import { kafkaOf } from "./kafka.ts";
import { type Layer, setLayer } from "./layer.ts";
import { mlflowOf } from "./mlflow.ts";
import { objectStoreOf } from "./object-store.ts";
import { operators } from "./operators.ts";
import type { Brokers, BucketStore, DatabaseServer } from "./parts.ts";
import { postgresOf } from "./postgres.ts";
import type { Provisioned, Site } from "./site.ts";

/** What others may build on. */
export interface Platform {
  readonly chart: Chart;
  /** The server whose databases are used. */
  readonly postgres: DatabaseServer;
  readonly objectStore: BucketStore;
  /** Where the environment asks for one. */
  readonly kafka?: Brokers;
  readonly mlflow: Mlflow;
  /** Where the environment asks for one. */
  readonly backup?: Backup;
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
  const trust = layer("trust");
  const certManager = operatorCharts["cert-manager"];
  if (config.operators.certManager === "install")
    new OperatorMonitor(trust, "certificates", { chart: certManager, labels: config.monitoring.labels });
  const site: Site = {
    config,
    provisioned,
    aws: provisioned.aws ?? awsHoles(config.postgres.kind === "rds" ? config.postgres.host : undefined),
    images: imagesOf(config.images, config.postgres.version),
    namespace,
    issuer: issuerOf(trust, config),
    scrapers,
  };

  const data = layer("data");
  const objectStore = objectStoreOf(data, site);
  const postgres = postgresOf(data, site, objectStore);
  const kafka = kafkaOf(data, site);
  ingestionsOf(data, site, { objectStore, kafka });
  const mlflow = mlflowOf(layer("tracking"), site, { postgres, objectStore });
  const backup = backupOf(data, site, mlflow);
  const pulls = [...pulling(objectStore, config), ...(backup ? [backup.namespace] : [])];
  if (provisioned.registryPassword) pullSecrets(namespaces, config, pulls, provisioned.registryPassword);
  return {
    chart,
    postgres,
    objectStore,
    ...(kafka && { kafka }),
    mlflow,
    ...(backup && { backup }),
    stateful: [...postgres.stateful, ...objectStore.stateful, ...(kafka?.stateful ?? [])],
  };
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

/** Namespaces whose pods pull images of ours. */
function pulling(objectStore: BucketStore, config: PlatformConfig): readonly string[] {
  const ingests = Object.keys(config.ingestions).length > 0;
  return [...objectStore.pulls, "mlflow", ...(ingests ? [ingestionNamespace(config)] : [])];
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
