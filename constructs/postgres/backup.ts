import { ApiObject } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import { Construct, type IDependable } from "constructs";
import { type CertificateAuthority, type ObjectStore, strangerProblem } from "../connections/index.ts";
import { late } from "../kernel/late.ts";
import { cronWithSecondsProblem } from "../settings/cron.ts";
import { trustFile } from "../tls/index.ts";
import { PART_OF, type Resources } from "../workload/index.ts";
import { cnpgObject } from "./cnpg.ts";

/** How barman-cloud compresses; all of these it knows for the data and for the write-ahead log. */
export const compressions = ["none", "lz4", "snappy", "gzip", "bzip2"] as const;

/** @see PostgresProps.backup */
export interface PostgresBackup {
  /** Where the write-ahead log and the base backups go: a whole bucket that nothing else is in. */
  readonly store: ObjectStore;
  /** When a base backup is taken, in UTC: cron with six fields, the first for seconds, such as `0 0 2 * * *`. */
  readonly schedule: string;
  /** Days back to which the databases can be recovered, 1 or more; what only earlier days need is deleted. */
  readonly retentionDays: number;
  /** @default "lz4" */
  readonly compression?: (typeof compressions)[number];
  /** Of the container that the plugin adds to each server's pod. @default - what three transfers at once need */
  readonly resources?: Resources;
}

/** @see PostgresProps.recovery */
export interface PostgresRecovery {
  /** Name of the cluster whose backups are in the same bucket. */
  readonly from: string;
  /** The moment to recover to, such as `2026-11-27T10:00:00Z`. */
  readonly to: string;
}

/** The name by which CloudNativePG and its Clusters know the plugin. */
const PLUGIN = "barman-cloud.cloudnative-pg.io";
/** Its container, by the version of the chart: constructs/operator/bills/barman-cloud.ts. */
export const SIDECAR_IMAGE = "ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar:v0.13.0";
/** WAL files that are sent, or fetched, at once; each is a process of its own. */
const PARALLEL = 2;
const RESOURCES: Resources = { requests: { cpu: "50m", memory: "384Mi" }, limits: { memory: "384Mi" } };

interface Reference {
  readonly name: string;
  readonly key: string;
}

/** The part of the plugin's `ObjectStore` (v0.13) that is used here. */
export interface BarmanObjectStoreSpec {
  readonly configuration: {
    readonly destinationPath: string;
    readonly endpointURL: string;
    readonly endpointCA?: Reference;
    readonly s3Credentials:
      | { readonly accessKeyId: Reference; readonly secretAccessKey: Reference; readonly region: Reference }
      | { readonly inheritFromIAMRole: true };
    readonly wal: { readonly compression?: string; readonly maxParallel: number };
    readonly data?: { readonly compression: string };
  };
  readonly retentionPolicy: string;
  readonly instanceSidecarConfiguration: {
    readonly resources: Resources;
    readonly env?: readonly { readonly name: string; readonly value: string }[];
  };
}

/** What is wrong with a backup's settings, in words. */
export function backupProblem(
  { name, namespace }: { readonly name: string; readonly namespace: string },
  { store, schedule, retentionDays }: PostgresBackup,
): string | undefined {
  const wrong = cronWithSecondsProblem(schedule);
  if (wrong !== undefined) return `cannot be backed up by this schedule: ${wrong}`;
  if (!Number.isInteger(retentionDays) || retentionDays < 1)
    return `cannot keep backups for ${retentionDays} days: give it 1 or more`;
  if (store.prefix !== undefined)
    return `cannot be backed up to the prefix "${store.prefix}": give it a whole bucket, as barman-cloud asks whether it may see the bucket`;
  return strangerProblem(store, namespace, name);
}

/**
 * What the barman-cloud plugin needs to back a Cluster up and to recover one: an `ObjectStore` with its credential and
 * the authority of its server.
 */
export class BarmanObjectStore extends Construct {
  /** Comes before every Cluster that refers to it. */
  readonly object: ApiObject;
  /** What the container in each server's pod asks for. */
  readonly resources: Resources;
  readonly #props: { readonly name: string; readonly namespace: string; readonly backup: PostgresBackup };

  constructor(
    scope: Construct,
    id: string,
    props: { readonly name: string; readonly namespace: string; readonly backup: PostgresBackup },
  ) {
    super(scope, id);
    this.#props = props;
    const { name, namespace, backup } = props;
    const { store, retentionDays } = backup;
    this.resources = backup.resources ?? RESOURCES;
    const metadata = { name: `${name}-backup`, namespace, labels: PART_OF };
    const { credentials, s3Credentials, env } = this.#access(metadata);
    const trust = this.#trust(store.authority);
    const spec: BarmanObjectStoreSpec = {
      configuration: {
        destinationPath: String(late.text`s3://${store.bucket}/`),
        endpointURL: String(store.url),
        ...(trust && { endpointCA: { name: `${name}-backup-trust`, key: "ca.crt" } }),
        s3Credentials,
        ...this.#compression(),
      },
      retentionPolicy: `${retentionDays}d`,
      instanceSidecarConfiguration: { resources: this.resources, ...(env && { env }) },
    };
    this.object = new ApiObject(this, "objectstore", {
      apiVersion: "barmancloud.cnpg.io/v1",
      kind: "ObjectStore",
      metadata,
      spec,
    });
    const before: (IDependable | undefined)[] = [credentials, trust, store.ready];
    for (const each of before) if (each) this.object.node.addDependency(each);
  }

  /** The Cluster's part: who archives its log, under its own name. */
  get archiver() {
    const { name } = this.#props;
    return { name: PLUGIN, isWALArchiver: true, parameters: this.#parameters(name) };
  }

  /** Where another Cluster's backups are. */
  sourceOf(server: string) {
    return { name: server, plugin: { name: PLUGIN, parameters: this.#parameters(server) } };
  }

  /** Takes base backups, the first as soon as the Cluster is ready. */
  schedule(cluster: ApiObject): void {
    const { name, namespace, backup } = this.#props;
    const object = cnpgObject(
      this,
      "schedule",
      "ScheduledBackup",
      { name, namespace, labels: PART_OF },
      {
        cluster: { name },
        schedule: backup.schedule,
        immediate: true,
        // the list of its backups goes with a Cluster; what is in the bucket stays
        backupOwnerReference: "cluster",
        method: "plugin",
        pluginConfiguration: { name: PLUGIN },
      },
    );
    object.node.addDependency(cluster);
  }

  #parameters(serverName: string) {
    return { barmanObjectName: `${this.#props.name}-backup`, serverName };
  }

  /** How barman-cloud gets into the bucket: by a key, or as the ServiceAccount of the server's pod. */
  #access(metadata: { readonly name: string; readonly namespace: string; readonly labels: Record<string, string> }) {
    const { authentication, region = "us-east-1" } = this.#props.backup.store;
    if (authentication.kind === "pod-identity")
      return {
        s3Credentials: { inheritFromIAMRole: true as const },
        // which the plugin sets by itself only beside a key
        env: [{ name: "AWS_DEFAULT_REGION", value: String(region) }],
      };
    const { name } = metadata;
    const credentials = new k8s.KubeSecret(this, "credentials", {
      metadata,
      stringData: {
        "access-key-id": String(authentication.accessKeyId),
        "secret-access-key": String(authentication.secretAccessKey),
        region: String(region),
      },
    });
    // read anew at any time: not before what is in it is let in
    const { ready } = this.#props.backup.store;
    if (ready) credentials.node.addDependency(ready);
    const s3Credentials = {
      accessKeyId: { name, key: "access-key-id" },
      secretAccessKey: { name, key: "secret-access-key" },
      region: { name, key: "region" },
    };
    return { credentials, s3Credentials };
  }

  #compression(): Pick<BarmanObjectStoreSpec["configuration"], "wal" | "data"> {
    const { compression = "lz4" } = this.#props.backup;
    const wal = { maxParallel: PARALLEL };
    return compression === "none" ? { wal } : { wal: { compression, ...wal }, data: { compression } };
  }

  /** The plugin reads authorities from Secrets alone. */
  #trust(authority: CertificateAuthority): Construct | undefined {
    const { name, namespace } = this.#props;
    const own = `${name}-backup-trust`;
    if (authority.kind !== "pem") return trustFile(this, "trust", { name: own, namespace, authority })?.ready;
    return new k8s.KubeSecret(this, "trust", {
      metadata: { name: own, namespace, labels: PART_OF },
      stringData: { "ca.crt": String(authority.pem) },
    });
  }
}
