import { identityOf, kindOf } from "../../constructs/kernel/identity.ts";
import type { JsonObject } from "../../constructs/kernel/json.ts";
import { type OperatorChart, operatorCharts } from "../../constructs/operator/index.ts";
import { HELM_RELEASE } from "../../constructs/operator/operator.ts";
import { AccessError, type ClusterAccess } from "../cluster/access.ts";
import { helmReleases } from "../cluster/helm.ts";
import { Reader } from "../cluster/reader.ts";
import { ServedKinds } from "../cluster/resources.ts";
import type { Environment } from "../environment/index.ts";
import { type Answer, known } from "../findings/index.ts";
import type { WantedObject } from "../wanted/index.ts";
import type { Facts } from "./facts.ts";
import { denied } from "./permissions.ts";

const charts: readonly OperatorChart[] = Object.values(operatorCharts);

/** Asks a cluster for all that the checks need to know. Changes nothing. */
export async function collectFacts(
  access: ClusterAccess,
  environment: Environment,
  wanted: readonly WantedObject[],
): Promise<Facts> {
  const reader = new Reader(access);
  const kinds = new ServedKinds(reader);
  const objects = wanted.filter(({ manifest }) => kindOf(manifest) !== HELM_RELEASE);
  const list = (path: string) => answerTo(reader.list(path));
  const ofOurCharts = ({ name, namespace }: { readonly name: string; readonly namespace: string }) =>
    charts.some((chart) => chart.release === name && chart.namespace === namespace);
  const questions = {
    denied: answerTo(denied(reader, kinds, wanted)),
    nodes: list("/api/v1/nodes"),
    // what has ended takes no room
    pods: answerTo(
      reader.list("/api/v1/pods", { fields: "status.phase!=Succeeded,status.phase!=Failed", pick: withoutStatus }),
    ),
    storageClasses: list("/apis/storage.k8s.io/v1/storageclasses"),
    deployments: list("/apis/apps/v1/deployments"),
    daemonSets: list("/apis/apps/v1/daemonsets"),
    definitions: answerTo(
      reader.list("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", { metadataOnly: true }),
    ),
    served: answerTo(servedAmong(kinds, objects)),
    releases: answerTo(helmReleases(reader, ofOurCharts)),
    metricsApi: answerTo(reader.get("/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io")),
    issuer: answerTo(issuer(reader, environment)),
    archives: answerTo(archives(reader, environment)),
    present: answerTo(present(reader, kinds, objects)),
  };
  return {
    version: access.version,
    denied: await questions.denied,
    nodes: await questions.nodes,
    pods: await questions.pods,
    storageClasses: await questions.storageClasses,
    deployments: await questions.deployments,
    daemonSets: await questions.daemonSets,
    definitions: await questions.definitions,
    served: await questions.served,
    releases: await questions.releases,
    metricsApi: await questions.metricsApi,
    issuer: await questions.issuer,
    archives: await questions.archives,
    present: await questions.present,
  };
}

/** What the cluster says, or why it does not. */
export async function answerTo<T>(question: Promise<T>): Promise<Answer<T>> {
  try {
    return known(await question);
  } catch (error) {
    if (error instanceof AccessError) return { kind: "refused", why: error.refusal.message };
    throw error;
  }
}

function withoutStatus({ status: _, ...pod }: JsonObject): JsonObject {
  return pod;
}

async function servedAmong(kinds: ServedKinds, objects: readonly WantedObject[]): Promise<ReadonlySet<string>> {
  const served = new Set<string>();
  for (const { manifest } of objects)
    if (await kinds.of(manifest.apiVersion, manifest.kind)) served.add(`${manifest.apiVersion}/${manifest.kind}`);
  return served;
}

async function issuer(reader: Reader, { tls }: Environment): Promise<JsonObject | undefined> {
  return tls.kind === "issuer" ? reader.get(`/apis/cert-manager.io/v1/clusterissuers/${tls.name}`) : undefined;
}

/** PostgreSQL's archives, where something is recovered from them. */
export async function archives(reader: Reader, { postgres }: Environment): Promise<readonly JsonObject[]> {
  if (postgres.kind !== "cloudnative-pg" || Object.keys(postgres.recoveries).length === 0) return [];
  return reader.list("/apis/barmancloud.cnpg.io/v1/namespaces/postgres/objectstores");
}

async function present(
  reader: Reader,
  kinds: ServedKinds,
  objects: readonly WantedObject[],
): Promise<ReadonlyMap<string, JsonObject>> {
  const found = await Promise.all(
    objects.map(async ({ manifest }): Promise<readonly [string, JsonObject][]> => {
      const path = await kinds.pathOf(manifest);
      const object = path === undefined ? undefined : await reader.get(path, { metadataOnly: true });
      const { apiVersion, kind } = manifest;
      return object ? [[identityOf(manifest), { ...object, apiVersion, kind }]] : [];
    }),
  );
  return new Map(found.flat());
}
