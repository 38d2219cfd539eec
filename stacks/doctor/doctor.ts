import type { FilieraError } from "../../constructs/kernel/errors.ts";
import { isFilieraError } from "../../constructs/kernel/errors.ts";
import { kindOf } from "../../constructs/kernel/identity.ts";
import { HELM_RELEASE } from "../../constructs/operator/operator.ts";
import { supportedKubernetes } from "../../constructs/platform/config.ts";
import { accessCluster, type ClusterAccess } from "../cluster/access.ts";
import type { KubeconfigEnv } from "../cluster/kubeconfig.ts";
import type { Environment } from "../environment/index.ts";
import { type Finding, findingsOf, type Report } from "../findings/index.ts";
import { type WantedObject, wantedObjects, wantedPods } from "../wanted/index.ts";
import { capacity } from "./capacity.ts";
import { access, kubernetes, metrics, names, trust } from "./cluster.ts";
import { collectFacts } from "./collect.ts";
import type { Facts } from "./facts.ts";
import { images } from "./images.ts";
import { network } from "./network.ts";
import { operators } from "./operators.ts";
import { isOurs } from "./ours.ts";
import { podIdentity } from "./pod-identity.ts";
import { recoveries } from "./recoveries.ts";
import { storage } from "./storage.ts";
import { type Tools, tools } from "./tools.ts";

/** Everything that can be known before a deployment, from what the cluster tells. */
export function findingsFrom(
  facts: Facts,
  environment: Environment,
  wanted: readonly WantedObject[],
): readonly Finding[] {
  const pods = wantedPods(wanted, environment);
  const kinds = wanted.filter(({ manifest }) => kindOf(manifest) !== HELM_RELEASE);
  return [
    ...access(facts),
    ...kubernetes(facts, environment, supportedKubernetes),
    ...names(facts),
    ...operators(facts, environment, new Set(kinds.map(({ manifest }) => `${manifest.apiVersion}/${manifest.kind}`))),
    ...trust(facts, environment),
    ...storage(facts, environment),
    ...recoveries(facts, environment),
    ...podIdentity(facts, environment),
    ...capacity(facts, pods, ownNamespaces(facts, wanted)),
    ...network(facts),
    ...metrics(facts, environment),
    ...images(facts, environment, pods),
  ];
}

/** The namespaces that are there from an earlier deployment: what runs in them is what is planned. */
function ownNamespaces({ present }: Facts, wanted: readonly WantedObject[]): ReadonlySet<string> {
  if (present.kind !== "known") return new Set();
  const { value } = present;
  const there = wanted.filter(({ manifest, identity }) => {
    const found = manifest.kind === "Namespace" ? value.get(identity) : undefined;
    return found !== undefined && isOurs(found);
  });
  return new Set(there.map(({ manifest }) => manifest.metadata.name));
}

/** Examines this machine and the cluster of an environment before a deployment. Changes nothing. */
export async function examine(
  name: string,
  environment: Environment,
  machine: Tools,
  env?: KubeconfigEnv,
): Promise<Report> {
  const here = tools(machine);
  const { context } = environment.cluster;
  const found = await reach(environment, env);
  if (isFilieraError(found)) return { environment: name, context, findings: [...here, ...unreached(found)] };
  const wanted = wantedObjects(environment);
  const facts = await collectFacts(found, environment, wanted);
  return {
    environment: name,
    context,
    server: found.server,
    kubernetes: found.version,
    findings: [...here, ...findingsFrom(facts, environment, wanted)],
  };
}

/** The way into the cluster of an environment, or what stands in between. */
export async function reach({ cluster }: Environment, env?: KubeconfigEnv): Promise<ClusterAccess | FilieraError> {
  try {
    return await accessCluster(cluster, env);
  } catch (error) {
    if (isFilieraError(error)) return error;
    throw error;
  }
}

/** What stands between this machine and the cluster: nothing of the cluster could be looked at. */
export function unreached({ problems }: FilieraError): readonly Finding[] {
  const say = findingsOf("access");
  return problems.map(({ path, message }) => say.unknown(path, message));
}
