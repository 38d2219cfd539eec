import type { IPodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";
import { ApiObject } from "cdk8s";
import type { Construct } from "constructs";
import { endsInGeneration, GENERATION_REFUSED } from "../connections/generation.ts";
import { type Endpoint, type Issuer, type Peer, type SqlDatabase, storeEndpoints } from "../connections/index.ts";
import { declareFootprint } from "../footprint/footprint.ts";
import { parseQuantity } from "../footprint/quantity.ts";
import { here } from "../kernel/here.ts";
import { type Late, late, type Text } from "../kernel/late.ts";
import { Noun } from "../kernel/noun.ts";
import { Options } from "../kernel/options.ts";
import { Alerts } from "../monitoring/index.ts";
import { ServerCertificate, serviceHosts } from "../tls/index.ts";
import { type Image, PART_OF, PodPolicy, type Resources } from "../workload/index.ts";
import { type PostgresAlerts, postgresAlerts } from "./alerts.ts";
import {
  BarmanObjectStore,
  backupProblem,
  type PostgresBackup,
  type PostgresRecovery,
  SIDECAR_IMAGE,
} from "./backup.ts";
import { type ClusterSpec, cnpgObject } from "./cnpg.ts";
import { credentialsSecret, type DatabaseProps, OwnedDatabase } from "./database.ts";
import { databaseNameProblem } from "./names.ts";

/** @see Postgres */
export interface PostgresProps {
  /** Name of the cluster: its servers are `<name>-rw` (writable), `<name>-ro` and `<name>-r`. */
  readonly name: string;
  readonly namespace: string;
  /** The operator's own image of PostgreSQL. */
  readonly image: Image;
  /** Servers: one primary, the others its standbys. With three or more a commit waits for one of the standbys. */
  readonly instances: number;
  /** Size of each server's volume, a quantity such as `20Gi`. */
  readonly storage: string;
  /** A volume of its own for the write-ahead log. @default - on the same volume as the data */
  readonly walStorage?: string;
  /** @default - the cluster's default StorageClass */
  readonly storageClass?: string;
  readonly resources: Resources;
  /** Connections that a server accepts. @default 200 */
  readonly maxConnections?: number;
  /** Further settings of the server, by their names in `postgresql.conf`. @default {} */
  readonly parameters?: Readonly<Record<string, string>>;
  /**
   * Sends the write-ahead log and base backups to an object store, by CloudNativePG's barman-cloud plugin.
   * @default - no backup: what its volumes lose is lost
   */
  readonly backup?: PostgresBackup;
  /**
   * Makes the cluster from the backups of another one, as that was at a time, instead of empty. It has the settings,
   * databases and roles of that time; it is backed up under its own name, and never writes over the other's backups.
   * @default - an empty cluster
   */
  readonly recovery?: PostgresRecovery;
  /** Who issues the servers' certificate. */
  readonly issuer: Issuer;
  /** Password of the first database's owner, which nothing uses: CloudNativePG would make one up otherwise. */
  readonly ownerPassword: Late;
  /** Where the operator runs. @default "cnpg-system" */
  readonly operatorNamespace?: string;
  /** Who scrapes metrics. */
  readonly scrapers: Peer;
  /** Labels of the PodMonitor and the PrometheusRule, by which Prometheus finds them. @default {} */
  readonly monitorLabels?: Readonly<Record<string, string>>;
  /** When its alerts fire; `false` for no alerts. @default - with their defaults */
  readonly alerts?: PostgresAlerts | false;
  /** @default - as they are */
  readonly transform?: { readonly cluster?: (spec: ClusterSpec) => ClusterSpec };
}

const MAX_CONNECTIONS = 200;
/** A Job's name is a label of its pods, and has nine characters of ours at its end. */
const LONGEST_JOB = 63 - 9;

/** PostgreSQL's own port. */
const PORT = 5432;
/** Status of the instance manager, asked by the operator and the other instances. */
const STATUS_PORT = 8000;
/** @see https://cloudnative-pg.io/docs/1.30/monitoring */
const METRICS_PORT = 9187;

/**
 * PostgreSQL as a CloudNativePG `Cluster`, reached over verified TLS only. Its data goes when the
 * `Cluster` or its namespace is deleted: protect both with `Options.of(…).set({ protect: true })`, as the platform does
 * in production.
 *
 * Cost: `instances` times the requested resources and volumes; with a backup, those of its container besides, and in the
 * bucket `retentionDays` of write-ahead log and the base backups of that time.
 *
 * @example
 * const postgres = new Postgres(this, "postgres", { name: "postgres", namespace: "postgres", instances: 3, ... });
 * const database = postgres.addDatabase("mlflow", { password: late.from(password.result) });
 */
export class Postgres extends Noun {
  /** The `Cluster`: awaited until it is ready. */
  readonly cluster: ApiObject;
  readonly policy: PodPolicy;
  readonly #props: PostgresProps;
  readonly #databases = new Set<string>();
  /** The Secret with the servers' certificate. */
  readonly #certificate: string;

  constructor(scope: Construct, id: string, props: PostgresProps) {
    super(scope, id);
    this.#props = props;
    const { name, namespace, backup } = props;
    this.#check();
    const certificate = new ServerCertificate(this, "certificate", {
      name: `${name}-server`,
      namespace,
      issuer: props.issuer,
      dnsNames: ["rw", "ro", "r"].flatMap((role) => serviceHosts(`${name}-${role}`, namespace)),
      // the operator gives renewed certificates to running servers
      secretLabels: { "cnpg.io/reload": "" },
    });
    this.#certificate = certificate.secret;
    const owner = credentialsSecret(
      this,
      "owner",
      { name: `${name}-owner`, namespace },
      { username: "app", password: props.ownerPassword },
    );
    this.policy = this.#guard();
    const archive = backup && new BarmanObjectStore(this, "backup", { name, namespace, backup });
    if (backup) for (const endpoint of storeEndpoints(backup.store)) this.policy.allowTo(endpoint);
    const spec = clusterSpec(props, certificate.secret, owner.name, archive);
    this.cluster = cnpgObject(
      this,
      "cluster",
      "Cluster",
      this.#metadata(name),
      props.transform?.cluster?.(spec) ?? spec,
    );
    this.cluster.node.addDependency(certificate, owner, this.policy, ...(archive ? [archive.object] : []));
    // a standby copies the whole database before it is ready
    Options.of(this.cluster).set({ waitFor: "condition=Ready", timeoutSeconds: 3600 });
    declareFootprint(this.cluster, footprintOf(props, archive?.resources));
    archive?.schedule(this.cluster);
    this.#monitor();
    this.#watch(certificate.secret);
  }

  #check(): void {
    const { name, backup, recovery } = this.#props;
    const wrong = backup && backupProblem(this.#props, backup);
    if (wrong !== undefined) this.refuse(wrong);
    if (!recovery) return;
    if (!backup) this.refuse("cannot be recovered without backup: give it the backup of the cluster that it recovers");
    if (recovery.from === name)
      this.refuse(`cannot be recovered from its own backups: give it another name than ${name}, and let that one be`);
    if (Number.isNaN(Date.parse(recovery.to)))
      this.refuse(`cannot be recovered to "${recovery.to}": write a time such as 2026-11-27T10:00:00Z`);
  }

  /** The host that takes writes. */
  get host(): Text {
    const { name, namespace } = this.#props;
    return here.serviceHost(`${name}-rw`, namespace);
  }

  /** Where clients connect to. */
  get endpoint(): Endpoint {
    return this.policy.endpoint(PORT);
  }

  /** Adds a database and the role that owns it, both kept when they leave the program, and who signs in as that role. */
  addDatabase(name: string, props: DatabaseProps): SqlDatabase {
    const wrong = databaseNameProblem(name);
    if (wrong !== undefined) this.refuse(wrong);
    if (endsInGeneration(name)) this.refuse(`cannot have a database "${name}": ${GENERATION_REFUSED}`);
    if (this.#databases.has(name))
      this.refuse(`has a database "${name}" already: give each consumer a database of its own`);
    const { name: cluster, namespace, image, issuer } = this.#props;
    const longest = LONGEST_JOB - `${cluster}-db--g${props.generation}`.length;
    if (props.generation !== undefined && props.generation > 1 && name.length > longest)
      this.refuse(
        `cannot rotate the credential of "${name}": a database whose credential is rotated has a name of at most ${longest} characters here`,
      );
    this.#databases.add(name);
    const port = here.servicePort(`${cluster}-rw`, namespace, PORT);
    const { user, ready } = new OwnedDatabase(
      this,
      `database-${name}`,
      {
        name: cluster,
        namespace,
        image,
        host: this.host,
        port,
        endpoint: this.endpoint,
        cluster: this.cluster,
        certificate: this.#certificate,
      },
      name,
      props,
    );
    return {
      host: this.host,
      port: late.asNumber(port),
      name,
      user,
      password: props.password,
      authority: { kind: "issuer", issuer },
      endpoint: this.endpoint,
      ready,
    };
  }

  #metadata(name: string) {
    const labels = PART_OF;
    return { name, namespace: this.#props.namespace, labels };
  }

  /** @see https://cloudnative-pg.io/docs/1.30/networking */
  #guard(): PodPolicy {
    const { name, namespace, operatorNamespace = "cnpg-system", scrapers } = this.#props;
    const podLabels = { "cnpg.io/cluster": name };
    const policy = new PodPolicy(this, "policy", { name, namespace, podLabels });
    const operator: Peer = {
      kind: "pods",
      namespace: operatorNamespace,
      labels: { "app.kubernetes.io/name": "cloudnative-pg" },
    };
    for (const port of [PORT, STATUS_PORT]) {
      policy.allowFrom(operator, port);
      policy.allowTo(policy.endpoint(port));
    }
    policy.allowFrom(scrapers, METRICS_PORT);
    policy.allowToApiServer();
    return policy;
  }

  #monitor(): void {
    const { name, monitorLabels } = this.#props;
    const { labels, ...metadata } = this.#metadata(name);
    const manifest = {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PodMonitor",
      metadata: { ...metadata, labels: { ...labels, ...monitorLabels } },
      spec: {
        selector: { matchLabels: { "cnpg.io/cluster": name, "cnpg.io/podRole": "instance" } },
        podMetricsEndpoints: [{ port: "metrics" }],
      },
    } satisfies IPodMonitor;
    new ApiObject(this, "podmonitor", manifest);
  }

  #watch(certificate: string): void {
    const { name, namespace, instances, maxConnections = MAX_CONNECTIONS, monitorLabels, alerts = {} } = this.#props;
    if (alerts === false) return;
    const backup = this.#props.backup !== undefined;
    new Alerts(this, "alerts", {
      name,
      namespace,
      labels: monitorLabels,
      runbooks: alerts.runbooks,
      alerts: postgresAlerts({ name, namespace, instances, maxConnections, certificate, backup }, alerts),
    });
  }
}

/** What the operator makes of the `Cluster`: a pod and its volumes for each instance. */
function footprintOf({ instances, image, resources, storage, walStorage }: PostgresProps, sidecar?: Resources) {
  const amount = (quantity: string | undefined): number => instances * (parseQuantity(quantity ?? "0") ?? 0);
  return {
    pods: instances,
    cpu: amount(resources.requests.cpu) + amount(sidecar?.requests.cpu),
    memory: amount(resources.requests.memory) + amount(sidecar?.requests.memory),
    gpu: 0,
    storage: amount(storage) + amount(walStorage),
    images: [image.reference, ...(sidecar ? [SIDECAR_IMAGE] : [])],
  };
}

/** Empty, or as another cluster was at a time. */
function bootstrap(
  secret: string,
  recovery: PostgresRecovery | undefined,
  archive: BarmanObjectStore | undefined,
): Pick<ClusterSpec, "bootstrap" | "externalClusters"> {
  const first = { database: "app", owner: "app", secret: { name: secret } };
  if (!recovery || !archive) return { bootstrap: { initdb: { ...first, dataChecksums: true } } };
  const recoveryTarget = { targetTime: new Date(recovery.to).toISOString() };
  return {
    bootstrap: { recovery: { source: recovery.from, recoveryTarget, ...first } },
    externalClusters: [archive.sourceOf(recovery.from)],
  };
}

function clusterSpec(
  props: PostgresProps,
  certificate: string,
  ownerSecret: string,
  archive: BarmanObjectStore | undefined,
): ClusterSpec {
  const { name, instances, image, storage, walStorage, storageClass, resources } = props;
  const volume = (size: string) => ({ size, ...(storageClass && { storageClass }) });
  return {
    instances,
    imageName: image.reference,
    ...(image.pullSecret && { imagePullSecrets: [{ name: image.pullSecret }] }),
    enableSuperuserAccess: false,
    enablePDB: instances > 1,
    ...bootstrap(ownerSecret, props.recovery, archive),
    ...(archive && { plugins: [archive.archiver] }),
    certificates: { serverTLSSecret: certificate, serverCASecret: certificate },
    postgresql: {
      parameters: {
        ...props.parameters,
        max_connections: String(props.maxConnections ?? MAX_CONNECTIONS),
        password_encryption: "scram-sha-256",
        ssl_min_protocol_version: "TLSv1.3",
      },
      // the operator's own rules stand before and after these: whatever else is not over TLS is refused
      pg_hba: ["hostssl all all all scram-sha-256", "hostnossl all all all reject"],
      ...(instances >= 3 && { synchronous: { method: "any", number: 1, dataDurability: "required" } }),
    },
    storage: volume(storage),
    ...(walStorage && { walStorage: volume(walStorage) }),
    resources: { ...resources, limits: { memory: resources.requests.memory, ...resources.limits } },
    affinity: {
      enablePodAntiAffinity: instances > 1,
      podAntiAffinityType: instances >= 3 ? "required" : "preferred",
      topologyKey: "kubernetes.io/hostname",
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "topology.kubernetes.io/zone",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { "cnpg.io/cluster": name } },
      },
    ],
  };
}
