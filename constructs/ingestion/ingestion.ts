import type { IPodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";
import { ApiObject, Duration } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import type { Construct } from "constructs";
import { type CertificateAuthority, storeEndpoints, strangerProblem } from "../connections/index.ts";
import { parseQuantity } from "../footprint/quantity.ts";
import { here } from "../kernel/here.ts";
import { late, type Text } from "../kernel/late.ts";
import { Noun } from "../kernel/noun.ts";
import { trustFile } from "../tls/index.ts";
import { type EnvValue, type Mount, PART_OF, Workload } from "../workload/index.ts";
import { ingestionProblems, treatmentOf } from "./fields.ts";
import { defaultResources } from "./memory.ts";
import type { IngestionProps } from "./props.ts";

const PORT = 8080;
const DOCUMENT = "/etc/ingestion/document";
const TRUST = "/etc/ingestion/trust";
const CERTIFICATE = "/etc/ingestion/certificate";
const KEYS = "/var/filiera/keys";
const TMP = "/tmp";

/** What an ingestion does where nothing else is said. */
export const BATCH = { size: "32Mi", records: 100_000, age: Duration.seconds(60) } as const;

/**
 * Moves a topic's records into an object store, as Parquet or lines of JSON, each offset once, also where a worker is
 * killed: objects are named by the partition and the first and last offset that they account for. Records that are
 * not what they should be go into a topic of dead letters, with their place and the reason.
 *
 * Its consumer group is the client's. Objects stay when it goes, and another under the same name goes on after them.
 *
 * Cost: `replicas` times the requested resources.
 *
 * @example
 * const source = kafka.grantConsume("payments-lake", { topic: "payments", password });
 * kafka.grantProduce("payments-lake", { topic: "payments-dead" });
 * new Ingestion(this, "ingestion", {
 *   name: "payments-lake", namespace: "ingestion", image, source, topic: "payments", partitions: 6,
 *   deadLetters: "payments-dead", store: minio.grant("payments-lake", { bucket: "lake", prefix: "payments", ... }),
 *   fields: { id: { type: "integer" }, amount: { type: "number" }, holder: { type: "text", treatment: "drop" } }, ...
 * });
 */
export class Ingestion extends Noun {
  readonly worker: Workload;
  readonly #props: IngestionProps;

  constructor(scope: Construct, id: string, props: IngestionProps) {
    super(scope, id);
    this.#props = props;
    this.#check();
    this.worker = this.#work();
    this.worker.connect(props.source.endpoint, ...storeEndpoints(props.store));
    for (const before of [props.source.ready, props.store.ready]) if (before) this.worker.after(before);
    this.worker.policy.allowFrom(props.scrapers, PORT);
    this.#monitor();
  }

  #check(): void {
    const { batch = {}, source, store, name, namespace } = this.#props;
    const wrong = ingestionProblems(this.#props);
    if (wrong.length > 0)
      this.refuse(`cannot be: ${wrong.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ")}`);
    const seconds = (batch.age ?? BATCH.age).toSeconds({ integral: false });
    if (seconds <= 0 || seconds >= 300)
      this.refuse(`cannot write every ${seconds} s: allowed: less than 300, in which Kafka must hear of a worker`);
    const stranger = strangerProblem(store, namespace, name);
    if (stranger !== undefined) this.refuse(stranger);
    if (source.authentication.kind === "certificate" && source.authentication.namespace !== namespace)
      this.refuse(
        `cannot mount the certificate of its client, which is in the namespace ${source.authentication.namespace}: run it there`,
      );
  }

  #work(): Workload {
    const { name, namespace, image, replicas = 1, keys, transform } = this.#props;
    const document = new k8s.KubeConfigMap(this, "document", {
      metadata: { name, namespace, labels: PART_OF },
      data: { "ingestion.json": JSON.stringify(this.#document(), null, 2) },
    });
    const kafka = this.#trust("kafka", this.#props.source.authority);
    const store = this.#trust("store", this.#props.store.authority);
    const client = this.#client();
    const asked = (http: string) => ({ http, port: "http" });
    const worker = new Workload(this, "worker", {
      name,
      namespace,
      app: "ingestion",
      component: "worker",
      run: { kind: "Deployment", replicas },
      // it writes what it has read
      stopSeconds: 90,
      transform: {
        deployment: (made) => {
          const recreated = keys === undefined ? made : oneAfterTheOther(made);
          return transform?.deployment?.(recreated) ?? recreated;
        },
      },
      container: {
        image,
        command: ["python", "-m", "filiera_ingestion"],
        args: [
          late.text`${here.folder(DOCUMENT)}/ingestion.json`,
          late.text`--host=${here.listen()}`,
          late.text`--port=${here.port(PORT)}`,
        ],
        env: {
          ...this.#environment(),
          ...client.env,
          ...kafka.env("FILIERA_KAFKA_CA"),
          ...store.env("FILIERA_STORE_CA"),
        },
        ports: { http: PORT },
        probes: {
          startup: { ask: asked("/readyz"), periodSeconds: 5, failureThreshold: 60 },
          readiness: { ask: asked("/readyz") },
          liveness: { ask: asked("/healthz"), periodSeconds: 30 },
        },
        resources: this.#props.resources ?? defaultResources(this.#batch.bytes),
        mounts: [
          { path: DOCUMENT, configMap: document },
          ...client.mounts,
          ...kafka.mounts,
          ...store.mounts,
          ...(keys === undefined ? [] : [{ path: KEYS, persistentVolumeClaim: keys }]),
          { path: TMP, scratch: { size: "64Mi" } },
        ],
      },
    });
    return worker.after(...kafka.ready, ...store.ready);
  }

  get #batch() {
    const { size = BATCH.size, records = BATCH.records, age = BATCH.age } = this.#props.batch ?? {};
    return { bytes: parseQuantity(size) ?? 0, records, seconds: age.toSeconds({ integral: false }) };
  }

  /** What the program in images/ingestion is told: settings.py. */
  #document() {
    const { topic, source, deadLetters, fields, subject, format = "parquet", byDate = false } = this.#props;
    const all = Object.entries(fields);
    const asTheyAre = all.every(([, field]) => treatmentOf(field) === "keep");
    return {
      topic,
      group: source.group,
      fields: Object.fromEntries(all.map(([name, { type }]) => [name, type])),
      format,
      byDate,
      batch: this.#batch,
      deadLetters,
      ...(!asTheyAre && {
        policy: {
          columns: Object.fromEntries(all.map(([name, field]) => [name, treatmentOf(field)])),
          ...(subject !== undefined && { subject }),
        },
      }),
    };
  }

  #environment(): Record<string, EnvValue> {
    const { name, namespace, source, store, keys } = this.#props;
    const { authentication } = source;
    const settings = new k8s.KubeSecret(this, "settings", {
      metadata: { name, namespace, labels: PART_OF },
      stringData: {
        ...(authentication.kind === "scram-sha-512" && {
          "kafka-user": authentication.user,
          "kafka-password": String(authentication.password),
        }),
        ...(store.authentication.kind === "key" && {
          "access-key-id": String(store.authentication.accessKeyId),
          "secret-access-key": String(store.authentication.secretAccessKey),
        }),
      },
    });
    // pods that start again read it: none may do so before what is in it is let in
    for (const { ready } of [source, store]) if (ready) settings.node.addDependency(ready);
    const { url, bucket, prefix } = store;
    const place = late.text`s3://${bucket}${prefix ? `/${prefix}` : ""}`;
    return {
      HOME: here.folder(TMP),
      FILIERA_KAFKA_SERVERS: source.bootstrapServers,
      ...(authentication.kind === "scram-sha-512" && {
        FILIERA_KAFKA_USERNAME: { secret: settings, key: "kafka-user" },
        FILIERA_KAFKA_PASSWORD: { secret: settings, key: "kafka-password" },
      }),
      FILIERA_STORE: here.bucket({ store: url, bucket, ...(prefix && { prefix }) }, place),
      FILIERA_STORE_URL: url,
      FILIERA_STORE_REGION: store.region ?? "us-east-1",
      ...(store.authentication.kind === "key" && {
        FILIERA_STORE_ACCESS_KEY_ID: { secret: settings, key: "access-key-id" },
        FILIERA_STORE_SECRET_ACCESS_KEY: { secret: settings, key: "secret-access-key" },
      }),
      ...(keys !== undefined && { FILIERA_KEYS: here.folder(KEYS) }),
    };
  }

  /** The client's own certificate, where it has one. */
  #client(): { readonly env: Record<string, Text>; readonly mounts: readonly Mount[] } {
    const { authentication } = this.#props.source;
    if (authentication.kind !== "certificate") return { env: {}, mounts: [] };
    const folder = here.folder(CERTIFICATE);
    return {
      env: {
        FILIERA_KAFKA_CERTIFICATE: late.text`${folder}/user.crt`,
        FILIERA_KAFKA_KEY: late.text`${folder}/user.key`,
      },
      mounts: [
        {
          path: CERTIFICATE,
          secret: authentication.secret,
          items: { "user.crt": "user.crt", "user.key": "user.key" },
        },
      ],
    };
  }

  /** A file with an authority's certificates; none for authorities that the image knows. */
  #trust(of: string, authority: CertificateAuthority) {
    const { name, namespace } = this.#props;
    const file = trustFile(this, `trust-${of}`, { name: `${name}-trust-${of}`, namespace, authority });
    const path = `${TRUST}/${of}`;
    return {
      env: (variable: string): Record<string, Text> =>
        file ? { [variable]: late.text`${here.folder(path)}/${file.key}` } : {},
      mounts: file ? [{ path, items: { [file.key]: file.key }, ...file.source }] : [],
      ready: file ? [file.ready] : [],
    };
  }

  #monitor(): void {
    const { name, namespace, monitorLabels } = this.#props;
    const manifest = {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PodMonitor",
      metadata: { name, namespace, labels: { ...PART_OF, ...monitorLabels } },
      spec: { selector: { matchLabels: { ...this.worker.labels } }, podMetricsEndpoints: [{ port: "http" }] },
    } satisfies IPodMonitor;
    new ApiObject(this, "podmonitor", manifest);
  }
}

/** The key store's volume may be for one node at a time. */
function oneAfterTheOther(made: k8s.KubeDeploymentProps): k8s.KubeDeploymentProps {
  return made.spec ? { ...made, spec: { ...made.spec, strategy: { type: "Recreate" } } } : made;
}
