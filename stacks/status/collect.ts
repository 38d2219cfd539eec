import { kindOf } from "../../constructs/kernel/identity.ts";
import { type JsonObject, listAt, textAt } from "../../constructs/kernel/json.ts";
import { operatorCharts } from "../../constructs/operator/index.ts";
import { HELM_RELEASE } from "../../constructs/operator/operator.ts";
import { PART_OF } from "../../constructs/workload/index.ts";
import type { ClusterAccess } from "../cluster/access.ts";
import { type HelmRelease, helmReleases } from "../cluster/helm.ts";
import { Reader } from "../cluster/reader.ts";
import { ServedKinds } from "../cluster/resources.ts";
import { answerTo } from "../doctor/collect.ts";
import type { Objects } from "../doctor/facts.ts";
import type { Answer } from "../findings/index.ts";
import type { WantedObject } from "../wanted/index.ts";

/** What a cluster tells of a deployed platform. */
export interface StatusFacts {
  /** Objects of the file as they are, by identity; undefined for what is not there. */
  readonly live: ReadonlyMap<string, Answer<JsonObject | undefined>>;
  /** Pods in the namespaces of the platform. */
  readonly pods: Objects;
  /** Deployments in the same. */
  readonly deployments: Objects;
  /** Secrets that hold certificates, by `namespace/name`, as far as they may be read. */
  readonly secrets: ReadonlyMap<string, JsonObject>;
  readonly releases: Answer<readonly HelmRelease[]>;
  /** Whether the cluster serves a kind (`group/Kind`) of those that operators bring. */
  readonly served: Answer<ReadonlySet<string>>;
  /** All objects that say that they are filiera's, of the kinds that filiera makes. */
  readonly labelled: Objects;
}

/** Kinds that filiera makes, whatever the environment. */
export const MADE: readonly (readonly [apiVersion: string, kind: string])[] = [
  ["v1", "Namespace"],
  ["v1", "ConfigMap"],
  ["v1", "Secret"],
  ["v1", "Service"],
  ["v1", "ServiceAccount"],
  ["apps/v1", "Deployment"],
  ["apps/v1", "StatefulSet"],
  ["batch/v1", "Job"],
  ["autoscaling/v2", "HorizontalPodAutoscaler"],
  ["policy/v1", "PodDisruptionBudget"],
  ["networking.k8s.io/v1", "NetworkPolicy"],
  ["cert-manager.io/v1", "Certificate"],
  ["cert-manager.io/v1", "ClusterIssuer"],
  ["kafka.strimzi.io/v1", "Kafka"],
  ["kafka.strimzi.io/v1", "KafkaNodePool"],
  ["kafka.strimzi.io/v1", "KafkaTopic"],
  ["kafka.strimzi.io/v1", "KafkaUser"],
  ["postgresql.cnpg.io/v1", "Cluster"],
  ["postgresql.cnpg.io/v1", "Database"],
  ["postgresql.cnpg.io/v1", "DatabaseRole"],
  ["postgresql.cnpg.io/v1", "ScheduledBackup"],
  ["barmancloud.cnpg.io/v1", "ObjectStore"],
  ["monitoring.coreos.com/v1", "PodMonitor"],
  ["monitoring.coreos.com/v1", "PrometheusRule"],
  ["monitoring.coreos.com/v1", "ServiceMonitor"],
];

/** Asks a cluster for all that a status needs. Changes nothing. */
export async function collectStatus(access: ClusterAccess, wanted: readonly WantedObject[]): Promise<StatusFacts> {
  const reader = new Reader(access);
  const kinds = new ServedKinds(reader);
  const objects = wanted.filter(({ manifest }) => kindOf(manifest) !== HELM_RELEASE);
  const namespaces = [...new Set(wanted.flatMap(({ manifest }) => manifest.metadata.namespace ?? []))].sort();
  const inEach = (root: string, plural: string): Promise<Objects> =>
    answerTo(
      Promise.all(namespaces.map((each) => reader.list(`${root}/namespaces/${each}/${plural}`))).then((all) =>
        all.flat(),
      ),
    );
  const [live, pods, deployments, secrets, releases, served, labelled] = await Promise.all([
    liveOf(reader, kinds, objects),
    inEach("/api/v1", "pods"),
    inEach("/apis/apps/v1", "deployments"),
    secretsOf(reader, objects),
    answerTo(helmReleases(reader, ({ namespace }) => namespaces.includes(namespace))),
    answerTo(servedOf(kinds)),
    answerTo(labelledOf(reader, kinds)),
  ]);
  return { live, pods, deployments, secrets, releases, served, labelled };
}

async function liveOf(
  reader: Reader,
  kinds: ServedKinds,
  objects: readonly WantedObject[],
): Promise<StatusFacts["live"]> {
  const one = async ({ manifest }: WantedObject): Promise<JsonObject | undefined> => {
    const path = await kinds.pathOf(manifest);
    return path === undefined ? undefined : reader.get(path);
  };
  return new Map(
    await Promise.all(
      objects.map(
        async (object): Promise<[string, Answer<JsonObject | undefined>]> => [
          object.identity,
          await answerTo(one(object)),
        ],
      ),
    ),
  );
}

async function secretsOf(reader: Reader, objects: readonly WantedObject[]): Promise<ReadonlyMap<string, JsonObject>> {
  const asked = objects.flatMap(({ manifest }): [string, string][] => {
    const name = manifest.kind === "Certificate" ? textAt(manifest, "spec", "secretName") : undefined;
    return name === undefined ? [] : [[manifest.metadata.namespace ?? "", name]];
  });
  const found = await Promise.all(
    asked.map(async ([namespace, name]): Promise<[string, JsonObject][]> => {
      const secret = await answerTo(reader.get(`/api/v1/namespaces/${namespace}/secrets/${name}`));
      return secret.kind === "known" && secret.value ? [[`${namespace}/${name}`, secret.value]] : [];
    }),
  );
  return new Map(found.flat());
}

async function servedOf(kinds: ServedKinds): Promise<ReadonlySet<string>> {
  const served = new Set<string>();
  for (const { bill } of Object.values(operatorCharts))
    for (const { group, kind, storageVersion } of bill.crds)
      if (await kinds.of(`${group}/${storageVersion}`, kind)) served.add(`${group}/${kind}`);
  return served;
}

/** What another object owns comes and goes with it, and is left out. */
async function labelledOf(reader: Reader, kinds: ServedKinds): Promise<readonly JsonObject[]> {
  const [[label, value] = ["", ""]] = Object.entries(PART_OF);
  const found = await Promise.all(
    MADE.map(async ([apiVersion, kind]) => {
      const path = await kinds.collectionOf(apiVersion, kind);
      const objects =
        path === undefined ? [] : await reader.list(path, { labels: `${label}=${value}`, metadataOnly: true });
      return objects.map((object): JsonObject => ({ ...object, apiVersion, kind }));
    }),
  );
  return found.flat().filter((object) => !isOwned(object));
}

function isOwned({ metadata }: JsonObject): boolean {
  return listAt(metadata, "ownerReferences").length > 0;
}
