import type { IPodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";
import { ApiObject } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import { Construct } from "constructs";
import { type Credential, credentials, endsInGeneration, GENERATION_REFUSED } from "../connections/generation.ts";
import type { Endpoint, Generations, Issuer, ObjectStore, Peer } from "../connections/index.ts";
import { here } from "../kernel/here.ts";
import { type Late, late, type Text } from "../kernel/late.ts";
import { Noun } from "../kernel/noun.ts";
import { whenComplete } from "../kernel/objects.ts";
import { Alerts } from "../monitoring/index.ts";
import { bucketName } from "../settings/settings.ts";
import { ServerCertificate, serviceHost, serviceHosts, trustFile } from "../tls/index.ts";
import { type Image, PART_OF, type Resources, Workload, type WorkloadTransform } from "../workload/index.ts";
import { type MinioAlerts, minioAlerts } from "./alerts.ts";
import { type Access, bucketPolicy, type PolicyDocument, PREFIX } from "./policy.ts";

/** @see Minio */
export interface MinioProps {
  readonly name: string;
  readonly namespace: string;
  readonly image: Image;
  /** Our image of the Job that makes buckets and credentials. */
  readonly setupImage: Image;
  /** 1 for a single server; otherwise at least 4, which go on with half of their drives minus one lost. */
  readonly servers: number;
  /** Volumes of each server. */
  readonly drivesPerServer: number;
  /** Size of each volume, a quantity such as `100Gi`. */
  readonly storage: string;
  /** @default - the cluster's default StorageClass */
  readonly storageClass?: string;
  readonly resources: Resources;
  readonly issuer: Issuer;
  readonly rootPassword: Late;
  /**
   * Who scrapes metrics: these, and whoever else may connect, then read them without a credential.
   * @default - nobody: they stay closed
   */
  readonly scrapers?: Peer;
  /** Labels of the PodMonitor and the PrometheusRule, by which Prometheus finds them. @default {} */
  readonly monitorLabels?: Readonly<Record<string, string>>;
  /** When its alerts fire; `false` for no alerts. Without `scrapers` there are none. @default - with their defaults */
  readonly alerts?: MinioAlerts | false;
  /** @default - as they are */
  readonly transform?: Pick<WorkloadTransform, "statefulSet" | "service">;
}

/** @see Minio.addBucket */
export interface BucketProps {
  /** Keeps the versions of an object that were overwritten or deleted. @default false */
  readonly versioning?: boolean;
  /** Days for which such versions are kept. @default - for ever */
  readonly keepVersionsDays?: number;
}

/** @see Minio.grant */
export interface GrantProps extends Generations {
  readonly bucket: string;
  /** Where in the bucket, without slashes at its ends. @default - everywhere */
  readonly prefix?: string;
  /** @default "read-write" */
  readonly access?: Access;
  readonly secretAccessKey: Late;
}

const ROOT_USER = "root";
/** Ten letters less than images/minio-setup/programs/minio_state.py allows: a rotated one is longer. */
const ACCESS_KEY = /^[A-Za-z0-9][A-Za-z0-9._-]{2,51}$/;
const PORT = 9000;
/** The user of MinIO's images and of our setup image. */
const UID = 65532;
const CERTIFICATES = "/etc/minio/certs";
const SETUP = "/etc/minio-setup";
const CREDENTIALS = "/etc/minio-credentials";
const TRUST = "/etc/minio-trust";
const TMP = "/tmp";

/** What the setup Job is told: images/minio-setup. */
interface SetupDocument {
  readonly buckets: readonly {
    readonly name: string;
    readonly versioning?: boolean;
    readonly lifecycle: readonly { readonly expireNoncurrentAfterDays: number }[];
  }[];
  readonly users: readonly {
    readonly accessKey: string;
    readonly secretFile: string;
    readonly policy: PolicyDocument;
  }[];
}

/**
 * MinIO, reached over verified TLS only: buckets, and one credential a consumer that reaches its own part of one.
 * Upstream ended its open-source edition in February 2026; the platform's default image is Silo, a maintained fork.
 * Its data goes when its namespace is deleted, and stays when the StatefulSet alone is: the platform protects both in
 * production. Whoever may delete objects can delete all their versions with MinIO's force-delete: only a bucket with
 * object locking refuses it.
 *
 * Cost: `servers` times the requested resources, `servers` × `drivesPerServer` volumes.
 *
 * @example
 * const minio = new Minio(this, "minio", { name: "minio", namespace: "minio", servers: 4, drivesPerServer: 1, ... });
 * minio.addBucket("models", { versioning: true });
 * const store = minio.grant("mlflow", { bucket: "models", secretAccessKey: late.from(key.result) });
 */
export class Minio extends Noun {
  readonly server: Workload;
  readonly #props: MinioProps;
  readonly #buckets = new Map<string, BucketProps>();
  readonly #grants = new Map<string, GrantProps>();
  /** Holds the setup Job, which can be named only when all that it makes is known. */
  readonly #setup: Construct;

  constructor(scope: Construct, id: string, props: MinioProps) {
    super(scope, id);
    this.#props = props;
    const { name, namespace } = props;
    const certificate = new ServerCertificate(this, "certificate", {
      name: `${name}-server`,
      namespace,
      issuer: props.issuer,
      dnsNames: [...serviceHosts(name, namespace), `*.${name}-headless.${namespace}.svc.cluster.local`],
    });
    const root = new k8s.KubeSecret(this, "root", {
      metadata: { name: `${name}-root`, namespace, labels: PART_OF },
      stringData: { password: String(props.rootPassword) },
    });
    this.server = this.#serve(certificate.secret, root);
    this.server.after(certificate);
    this.server.expose(name, { https: PORT });
    this.server.connect(this.server.endpoint("https"));
    if (props.scrapers) this.#watch(certificate.secret, props.scrapers);
    this.#setup = new Construct(this, "setup");
    whenComplete(this, () => this.#makeSetupJob(root));
  }

  /** Adds a bucket, kept with its objects when it leaves the program. */
  addBucket(name: string, props: BucketProps = {}): void {
    if (!bucketName.safeParse(name).success)
      this.refuse(`cannot have a bucket "${name}": a bucket's name is 3 to 63 lower-case letters, digits and hyphens`);
    if (this.#buckets.has(name))
      this.refuse(`has a bucket "${name}" already: share it with grant, or choose another name`);
    this.#buckets.set(name, props);
  }

  /** Gives a consumer a credential for a bucket, or for a part of it. */
  grant(consumer: string, props: GrantProps): ObjectStore {
    const { issuer } = this.#props;
    if (!ACCESS_KEY.test(consumer) || consumer === ROOT_USER)
      this.refuse(
        `cannot have a credential for "${consumer}": a name is 3 to 52 letters, digits, dots, underscores and hyphens, and not ${ROOT_USER}`,
      );
    if (!this.#buckets.has(props.bucket))
      this.refuse(
        `has no bucket "${props.bucket}": its buckets are ${[...this.#buckets.keys()].join(", ") || "none yet"}`,
      );
    if (props.prefix !== undefined && !PREFIX.test(props.prefix))
      this.refuse(
        `cannot grant the prefix "${props.prefix}": write a path such as teams/vision, without * or ? and without slashes at its ends`,
      );
    if (this.#grants.has(consumer))
      this.refuse(`has a credential for "${consumer}" already: give each consumer a name of its own`);
    if (endsInGeneration(consumer)) this.refuse(`cannot have a credential for "${consumer}": ${GENERATION_REFUSED}`);
    this.#grants.set(consumer, props);
    const [{ name, secret }] = credentials(consumer, props.secretAccessKey, props);
    return {
      url: this.url,
      bucket: props.bucket,
      ...(props.prefix && { prefix: props.prefix }),
      authentication: { kind: "key", accessKeyId: name, secretAccessKey: secret },
      authority: { kind: "issuer", issuer },
      endpoint: this.endpoint,
      ready: this.#setup,
    };
  }

  /** URL of its S3 API. */
  get url(): Text {
    const { name, namespace } = this.#props;
    return late.text`https://${here.serviceHost(name, namespace)}:${here.servicePort(name, namespace, PORT)}`;
  }

  /** Where clients connect to. */
  get endpoint(): Endpoint {
    return this.server.endpoint("https");
  }

  #serve(certificate: string, root: k8s.KubeSecret): Workload {
    const { name, namespace, image, servers, drivesPerServer, storage, storageClass, resources } = this.#props;
    const drives = Array.from({ length: drivesPerServer }, (_, i) => ({
      name: `data${i}`,
      path: drivesPerServer === 1 ? "/data" : `/data/data${i}`,
    }));
    const inEach = drivesPerServer === 1 ? "" : `/data{0...${drivesPerServer - 1}}`;
    const hosts = `https://${name}-{0...${servers - 1}}.${name}-headless.${namespace}.svc.cluster.local:${PORT}`;
    const alone = servers === 1;
    const health = (what: string) => ({ http: `/minio/health/${what}`, port: "https", scheme: "HTTPS" as const });
    return new Workload(this, "server", {
      name,
      namespace,
      app: "minio",
      component: "server",
      run: {
        kind: "StatefulSet",
        replicas: servers,
        claims: drives.map((drive) => ({ name: drive.name, size: storage, ...(storageClass && { storageClass }) })),
        // drives cannot be added to what is there: with this, another layout is another StatefulSet, which protect refuses
        layout: `${servers}x${drivesPerServer}`,
        oneANode: true,
        // a server says that it is ready before it has found the others
        minReadySeconds: alone ? 0 : 10,
      },
      transform: this.#props.transform,
      container: {
        image: { uid: UID, ...image },
        // the image's entry point finds the program, which upstream and its rebuilds call by different names
        args: [
          "minio",
          "server",
          "--address",
          late.text`${here.listen("")}:${here.port(PORT)}`,
          "--certs-dir",
          here.folder(CERTIFICATES),
          alone ? late.text`${here.folder("/data")}${inEach}` : `${hosts}/data${inEach}`,
        ],
        env: {
          HOME: here.folder(TMP),
          MINIO_ROOT_USER: ROOT_USER,
          MINIO_ROOT_PASSWORD: { secret: root, key: "password" },
          MINIO_BROWSER: "off",
          MINIO_UPDATE: "off",
          ...(this.#props.scrapers && { MINIO_PROMETHEUS_AUTH_TYPE: "public" }),
        },
        ports: { https: PORT },
        probes: {
          startup: { ask: health("live"), periodSeconds: 2, failureThreshold: 60 },
          // not the cluster's health where there are several: a server with a new root password waits for the others
          // to have it too, and they would wait for it to become ready
          readiness: { ask: health(alone ? "cluster" : "ready"), periodSeconds: 5, timeoutSeconds: 12 },
          liveness: { ask: health("live"), failureThreshold: 6 },
        },
        resources,
        mounts: [
          ...drives.map((drive) => ({ path: drive.path, claim: drive.name })),
          {
            path: CERTIFICATES,
            secret: certificate,
            items: { "tls.crt": "public.crt", "tls.key": "private.key", "ca.crt": "CAs/ca.crt" },
          },
          { path: TMP, scratch: { size: "64Mi" } },
        ],
      },
    });
  }

  #watch(certificate: string, scrapers: Peer): void {
    const { name, namespace, servers, monitorLabels, alerts = {} } = this.#props;
    this.server.policy.allowFrom(scrapers, PORT);
    const manifest = {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PodMonitor",
      metadata: { name, namespace, labels: { ...PART_OF, ...monitorLabels } },
      spec: {
        selector: { matchLabels: { ...this.server.labels } },
        podMetricsEndpoints: [
          {
            port: "https",
            scheme: "https",
            path: "/minio/metrics/v3",
            tlsConfig: {
              ca: { secret: { name: certificate, key: "ca.crt" } },
              serverName: serviceHost(name, namespace),
            },
          },
        ],
      },
    } satisfies IPodMonitor;
    new ApiObject(this, "podmonitor", manifest);
    if (alerts === false) return;
    new Alerts(this, "alerts", {
      name,
      namespace,
      labels: monitorLabels,
      runbooks: alerts.runbooks,
      alerts: minioAlerts({ name, namespace, servers, certificate }, alerts),
    });
  }

  #makeSetupJob(root: k8s.KubeSecret): void {
    if (this.#buckets.size === 0) return;
    const { name, namespace, setupImage, issuer } = this.#props;
    const document = JSON.stringify(this.#document());
    const configMap = new k8s.KubeConfigMap(this.#setup, "document", {
      metadata: { name: `${name}-setup`, namespace, labels: PART_OF },
      data: { "state.json": document },
    });
    const credentials = new k8s.KubeSecret(this.#setup, "credentials", {
      metadata: { name: `${name}-consumers`, namespace, labels: PART_OF },
      stringData: Object.fromEntries(this.#users().map(({ name, secret }) => [name, String(secret)])),
    });
    const trust = trustFile(this.#setup, "trust", {
      name: `${name}-trust`,
      namespace,
      authority: { kind: "issuer", issuer },
    });
    const job = new Workload(this.#setup, "job", {
      name: `${name}-setup`,
      namespace,
      app: "minio",
      component: "setup",
      run: { kind: "Job", retries: 5, deadlineSeconds: 900, revision: [document] },
      container: {
        image: { uid: UID, ...setupImage },
        command: ["python", "-m", "minio_setup"],
        args: [late.text`${here.folder(SETUP)}/state.json`, here.folder(CREDENTIALS)],
        env: {
          MINIO_ENDPOINT: this.url,
          MINIO_ROOT_USER: ROOT_USER,
          MINIO_ROOT_PASSWORD: { secret: root, key: "password" },
          SSL_CERT_FILE: late.text`${here.folder(TRUST)}/ca.crt`,
        },
        // measured: 99 MB
        resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "256Mi" } },
        mounts: [
          { path: SETUP, configMap },
          { path: CREDENTIALS, secret: credentials },
          { path: TRUST, secret: `${name}-trust`, items: { "ca.crt": "ca.crt" } },
          { path: TMP, scratch: { size: "16Mi" } },
        ],
      },
    });
    job.connect(this.endpoint).after(this.server.object, ...(trust ? [trust.ready] : []));
  }

  #document(): SetupDocument {
    return {
      buckets: [...this.#buckets].map(([name, { versioning, keepVersionsDays }]) => ({
        name,
        ...(versioning !== undefined && { versioning }),
        // an empty list takes away what an earlier setting left there
        lifecycle: keepVersionsDays === undefined ? [] : [{ expireNoncurrentAfterDays: keepVersionsDays }],
      })),
      users: this.#users().map(({ name, grant: { bucket, prefix, access = "read-write" } }) => ({
        accessKey: name,
        secretFile: name,
        policy: bucketPolicy(bucket, prefix, access),
      })),
    };
  }

  /** Every credential that is let in. The setup disables those of ours that are not among them. */
  #users(): readonly (Credential & { readonly grant: GrantProps })[] {
    return [...this.#grants].flatMap(([consumer, grant]) =>
      credentials(consumer, grant.secretAccessKey, grant).map((each) => ({ ...each, grant })),
    );
  }
}
