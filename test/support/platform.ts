import { App } from "cdk8s";
import type { Construct } from "constructs";
import { at, isObject, type JsonObject, listAt, objectAt } from "../../constructs/kernel/json.ts";
import { readLeaf } from "../../constructs/kernel/marker.ts";
import { collect, type Manifest } from "../../constructs/kernel/objects.ts";
import { type OrderedObject, order } from "../../constructs/kernel/order.ts";
import { podTemplateOf } from "../../constructs/kernel/pods.ts";
import { type OperatorChart, operatorCharts } from "../../constructs/operator/index.ts";
import { type Platform, platform } from "../../constructs/platform/index.ts";
import { overlay } from "../../stacks/environment/data.ts";
import { type Environment, loadEnvironmentFile, parseEnvironment } from "../../stacks/environment/index.ts";
import { lateAs } from "./plain.ts";

/** The environments that are committed. */
export const ENVIRONMENTS = ["local", "dev", "staging", "prod"] as const;
/** Those, and the one whose stores are on AWS. */
export type EnvironmentName = (typeof ENVIRONMENTS)[number] | "aws";

/** Changes to an environment file: laid over it, mapping by mapping. */
export type Changes = Readonly<Record<string, unknown>>;

/** What asks for a Kafka with topics, a client and an ingestion; no committed environment does. */
export const KAFKA: Changes = {
  "filiera:kafka": {
    kind: "strimzi",
    topics: {
      "fraud.payments_v1": { partitions: 6, retention: "30d", retentionSize: "10Gi" },
      profiles: { partitions: 3, cleanup: "compact" },
      "payments-dead": { partitions: 1, retention: "90d" },
    },
    clients: { scorer: { namespace: "scoring", consume: ["fraud.payments_v1"], produce: ["profiles"] } },
  },
  "filiera:ingestions": {
    payments: {
      topic: "fraud.payments_v1",
      deadLetters: "payments-dead",
      fields: {
        amount: { type: "number" },
        at: { type: "time" },
        holder: { type: "text", personal: true, treatment: "drop" },
      },
      replicas: 2,
    },
  },
};

/** What asks for a cluster of PostgreSQL that is recovered from the backups of the first, and serves in its place. */
export const RECOVERED: Changes = {
  "filiera:postgres": {
    recoveries: { "postgres-2": { to: "2026-11-27T10:00:00Z" } },
    serving: "postgres-2",
  },
};

/** What puts the object store on S3, and leaves PostgreSQL in the cluster. */
export const S3: Changes = {
  "filiera:aws": at(loadEnvironmentFile("environments", "aws"), "filiera:aws"),
  "filiera:objectStore": { kind: "s3", namePrefix: "example-ml" },
};

/** Each committed environment as it is, two with a Kafka, of one node and of three controllers and three brokers, and one recovered. */
/** What asks for backups of the whole platform; the key is encrypted, and nobody reads it. */
export const BACKED_UP: Changes = {
  "filiera:backup": {
    kind: "s3",
    region: "eu-central-1",
    bucket: "example-backups",
    prefix: "staging",
    accessKeyId: "AKIAEXAMPLE",
    secretAccessKey: { secure: "v1:abc" },
  },
};

/** Each committed environment as it is, two with a Kafka, of one node and of three controllers and three brokers, one recovered, one backed up. */
export const VARIANTS: readonly (readonly [what: string, name: EnvironmentName, changes: Changes])[] = [
  ...ENVIRONMENTS.map((name) => [name, name, {}] as const),
  ["local with Kafka", "local", KAFKA],
  ["prod with Kafka", "prod", KAFKA],
  ["staging, recovered", "staging", RECOVERED],
  ["staging, backed up", "staging", BACKED_UP],
];

/** Environments with stores that AWS runs: all of them, and the object store alone. */
export const MANAGED: typeof VARIANTS = [
  ["aws", "aws", {}],
  ["prod with S3", "prod", S3],
];

/** A committed environment with some settings changed. */
export function environment(
  name: EnvironmentName,
  changes: Changes = {},
  secrets: "sealed" | "open" = "sealed",
): Environment {
  const raw = overlay(loadEnvironmentFile("environments", name), changes);
  return parseEnvironment(isObject(raw) ? raw : {}, { secrets, name });
}

/** The PostgreSQL of an environment that has its own in the cluster. */
export function clustersOf({ postgres }: Environment) {
  if (postgres.kind !== "cloudnative-pg") throw new Error(`its PostgreSQL is ${postgres.kind}`);
  return postgres;
}

/** A committed environment in which every image has a digest, so that it may be deployed. */
export function resolved(
  name: EnvironmentName,
  changes: Changes = {},
  secrets: "sealed" | "open" = "sealed",
): Environment {
  const digests = Object.fromEntries(
    ["mlflow", "minio-setup", "minio", "postgresql", "kafka", "ingestion", "backup"].map((image) => [
      image,
      `sha256:${"ab".repeat(32)}`,
    ]),
  );
  // a digest of our own image names its registry
  const images = name === "local" ? { registry: "registry.example.com/filiera", digests } : { digests };
  return environment(name, { ...changes, "filiera:images": overlay(images, changes["filiera:images"]) }, secrets);
}

/** The same as the engine has it: what is encrypted in the file is a text. */
export function decrypted(name: EnvironmentName, changes: Changes = {}): Environment {
  const opened = (value: unknown): unknown => {
    if (!isObject(value)) return value;
    const { secure } = value;
    if (typeof secure === "string") return `decrypted ${secure}`;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, opened(inner)]));
  };
  return resolved(
    name,
    Object.fromEntries(Object.entries(changes).map(([key, value]) => [key, opened(value)])),
    "open",
  );
}

/** The platform of an environment, its secrets late: `generated postgres/mlflow 1`. */
export function composed(config: Environment, scope: Construct = new App()): Platform {
  return platform(scope, config, {
    secret: (name, generation) => lateAs(`generated ${name} ${generation}`),
    ...(config.images.pullSecret && { registryPassword: lateAs("the registry's password") }),
    ...(config.backup && { backupKey: lateAs("the backup store's key") }),
  });
}

/** The objects of an environment, in order, late values still as markers. */
export function objectsOf(config: Environment, scope?: Construct): OrderedObject[] {
  const { chart } = composed(config, scope);
  return order(chart, collect(chart));
}

/** The manifests of an environment, in order, late values still as markers. */
export function manifestsOf(config: Environment): Manifest[] {
  return objectsOf(config).map(({ manifest }) => manifest);
}

/** The one manifest of a kind and name. */
export function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.filter((each) => each.kind === kind && each.metadata.name === name);
  const [first] = found;
  if (!first || found.length > 1) throw new Error(`${found.length} objects are ${kind} ${name}, not one`);
  return first;
}

/** Pods as NetworkPolicies see them. */
export interface Pods {
  /** Who they are, for messages: `mlflow/mlflow`. */
  readonly name: string;
  readonly namespace: string;
  readonly labels: JsonObject;
  /** Ports on which they listen. */
  readonly ports: readonly number[];
}

/** Every group of pods that a platform has: of its workloads, of operators' charts, and those that operators make. */
export function podsOf(manifests: readonly Manifest[]): Pods[] {
  return manifests.flatMap((manifest): Pods[] => {
    const { namespace = "", name } = manifest.metadata;
    const template = podTemplateOf(manifest);
    if (template) {
      const ports = listAt(template.spec, "containers").flatMap((each) => listAt(each, "ports"));
      return [
        {
          name: `${namespace}/${name}`,
          namespace,
          labels: template.labels,
          ports: ports.map(({ containerPort }) => Number(containerPort)),
        },
      ];
    }
    if (manifest.kind === "HelmRelease") return chartPods(chartOf(manifest));
    // docs/src/networking.md and labels_annotations.md of CloudNativePG 1.30: its instances and its Jobs
    if (manifest.kind === "Cluster")
      return ["instance", "join", at(manifest, "spec", "bootstrap", "initdb") ? "initdb" : "full-recovery"].map(
        (role) => ({
          name: `${namespace}/${name} (${role})`,
          namespace,
          labels: {
            "cnpg.io/cluster": name,
            ...(role === "instance" ? { "cnpg.io/podRole": role } : { "cnpg.io/jobRole": role }),
          },
          ports: role === "instance" ? [5432, 8000, 9187] : [],
        }),
      );
    // KafkaCluster and EntityOperator of Strimzi 1.2
    if (manifest.kind === "KafkaNodePool")
      return [
        {
          name: `${namespace}/${name}`,
          namespace,
          labels: { "strimzi.io/cluster": "kafka", "strimzi.io/name": "kafka-kafka", "strimzi.io/pool-name": name },
          ports: [
            8443,
            9404,
            ...(rolesOf(manifest).includes("controller") ? [9090] : []),
            ...(rolesOf(manifest).includes("broker") ? [9091, 9093] : []),
          ],
        },
      ];
    if (manifest.kind === "Kafka")
      return [
        {
          name: `${namespace}/${name}-entity-operator`,
          namespace,
          labels: { "strimzi.io/cluster": name, "strimzi.io/name": `${name}-entity-operator` },
          ports: [],
        },
      ];
    return [];
  });
}

function rolesOf(pool: Manifest): readonly unknown[] {
  const roles = at(pool, "spec", "roles");
  return Array.isArray(roles) ? roles : [];
}

/** The chart behind a release. */
export function chartOf(release: Manifest): OperatorChart {
  const found = Object.values(operatorCharts).find((chart) => chart.release === release.metadata.name);
  if (!found) throw new Error(`no chart is released as ${release.metadata.name}`);
  return found;
}

function chartPods({ namespace, bill }: OperatorChart): Pods[] {
  return bill.workloads.map(({ name, labels, ports }) => ({ name: `${namespace}/${name}`, namespace, labels, ports }));
}

/** Every text and number in a document with its path: `spec.replicas`, `spec.containers[0].name`. */
export function leavesOf(value: unknown, path = ""): { readonly path: string; readonly value: unknown }[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => leavesOf(item, `${path}[${i}]`));
  if (isObject(value))
    return Object.entries(value).flatMap(([key, item]) => leavesOf(item, path === "" ? key : `${path}.${key}`));
  return [{ path, value }];
}

/** Whether something stands there that is known only later. */
export function isLateLeaf(value: unknown): boolean {
  return readLeaf(value).kind === "late";
}

/** Every selector in a manifest, with its path: pods' and namespaces', of whatever kind. */
export function selectorsOf(value: unknown, path = ""): { readonly path: string; readonly selector: unknown }[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => selectorsOf(item, `${path}[${i}]`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const here = path === "" ? key : `${path}.${key}`;
    const own = /^(selector|\w+Selector)$/.test(key) ? [{ path: here, selector: item }] : [];
    return [...own, ...selectorsOf(item, here)];
  });
}

/** The labels by which a selector chooses, in either of its forms. */
export function chosenBy(selector: unknown): readonly unknown[] {
  const wrapped = at(selector, "matchLabels") !== undefined || at(selector, "matchExpressions") !== undefined;
  if (!wrapped) return Object.entries(objectAt(selector));
  return [...Object.entries(objectAt(selector, "matchLabels")), ...listAt(selector, "matchExpressions")];
}
