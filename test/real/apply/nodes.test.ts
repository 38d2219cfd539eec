import { describe, expect, it } from "vitest";
import { at, type JsonObject, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import { type Changes, KAFKA, resolved } from "../../support/platform.ts";
import { type KubeObject, Refusal } from "../control-plane/client.ts";
import { ControlPlane } from "../control-plane/control-plane.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";
import { applyInOrder } from "./apply.ts";
import { StandIns } from "./operators.ts";
import { isReady } from "./readiness.ts";
import { appliedBy, kubeObjectOf, stepsOfProgram } from "./steps.ts";

const { skip, title } = skipped(layers.environments);

const WORKLOADS = ["Deployment", "StatefulSet"];

describe.skipIf(skip)(`${title}: nodes`, () => {
  it("local's own workloads fit a machine with 4 CPUs and 8 GiB, and a drain of it waits for nobody", async () => {
    await using plane = await ControlPlane.start({ nodes: [{ name: "laptop", cpu: "4", memory: "8Gi" }] });
    await deploy(plane, "local");
    for (const pod of await runningPods(plane)) expect(await evicted(plane, pod)).toBe("evicted");
  });

  it("prod rolls out anew on one node a zone, and no budget lets a second pod of one workload go", async () => {
    const names = ["a", "b", "c"];
    await using plane = await ControlPlane.start({
      nodes: names.map((zone) => ({ name: zone, zone, cpu: "16", memory: "64Gi" })),
      storageClasses: ["fast-retain"],
    });
    const workloads = [...(await deploy(plane, "prod", KAFKA)), ...(await nodesOfKafka(plane))];
    for (const pool of ["brokers", "controllers"]) {
      const pods = await runningPods(plane);
      const own = pods.filter((pod) => textAt(pod, "metadata", "labels", "strimzi.io/pool-name") === pool);
      expect(own.map((pod) => textAt(pod, "spec", "nodeName")).sort()).toEqual(names);
    }
    for (const object of workloads) {
      await plane.client.apply(restarted(object), { manager: "rollout" });
      await plane.until("kube-controller-manager", `${object.metadata.name} rolled out`, object, (found) =>
        isReady(object, found),
      );
    }
    for (const name of names) await plane.client.apply(node(name, { unschedulable: true }), { manager: "drain" });
    for (const object of workloads) {
      const [first, second] = (await runningPods(plane)).filter((pod) => belongsTo(pod, object));
      if (!first || !second) throw new Error(`${object.metadata.name} has not two pods`);
      expect(await evicted(plane, first)).toBe("evicted");
      await plane.until("kube-controller-manager", "aware of it", object, (found) => lacksOne(found));
      expect(await evicted(plane, second)).toBe("Cannot evict pod as it would violate the pod's disruption budget.");
    }
  });
});

/** Deploys an environment; returns its workloads. */
async function deploy(plane: ControlPlane, name: "local" | "prod", changes: Changes = {}): Promise<KubeObject[]> {
  const steps = await stepsOfProgram(name, resolved(name, changes));
  await applyInOrder(plane, steps, new StandIns(plane).install);
  return appliedBy(steps).filter(({ kind }) => WORKLOADS.includes(kind));
}

/**
 * What Strimzi would make of the pools, as far as nodes and budgets are concerned: pods with the pool's constraints, and
 * one budget that lets one node of the whole cluster go (PodDisruptionBudgetUtils of Strimzi 1.2).
 */
async function nodesOfKafka(plane: ControlPlane): Promise<KubeObject[]> {
  const pools = await plane.client.list("kafka.strimzi.io/v1", "KafkaNodePool", "kafka");
  const cluster = { "strimzi.io/cluster": "kafka", "strimzi.io/name": "kafka-kafka" };
  const sets = pools.map((pool): KubeObject => {
    const name = textAt(pool, "metadata", "name") ?? "";
    const labels = { ...cluster, "strimzi.io/pool-name": name };
    const container = {
      name: "kafka",
      image: "kafka",
      resources: objectAt(pool, "spec", "resources"),
      securityContext,
    };
    return {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name, namespace: "kafka" },
      spec: {
        replicas: Number(at(pool, "spec", "replicas")),
        serviceName: name,
        podManagementPolicy: "Parallel",
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { ...objectAt(pool, "spec", "template", "pod"), containers: [container] },
        },
      },
    };
  });
  const nodes = sets.reduce((sum, { spec }) => sum + Number(at(spec, "replicas")), 0);
  await plane.client.apply({
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "kafka-kafka", namespace: "kafka" },
    spec: { minAvailable: nodes - 1, selector: { matchLabels: cluster } },
  });
  for (const set of sets) {
    await plane.client.apply(set);
    await plane.until("kube-controller-manager", `${set.metadata.name} running`, set, (found) => isReady(set, found));
  }
  // one budget for all of them: it has one pod to give away
  return sets.filter(({ metadata }) => metadata.name === "brokers");
}

const securityContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};

/** What makes a workload replace its pods: `kubectl rollout restart` does the same. */
function restarted({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): KubeObject {
  const annotations = { "kubectl.kubernetes.io/restartedAt": "now" };
  return { apiVersion, kind, metadata: { name, namespace }, spec: { template: { metadata: { annotations } } } };
}

function node(name: string, spec: JsonObject): KubeObject {
  return { apiVersion: "v1", kind: "Node", metadata: { name }, spec };
}

async function runningPods({ client }: ControlPlane): Promise<KubeObject[]> {
  const pods = await client.list("v1", "Pod");
  return pods
    .filter((pod) => textAt(pod, "status", "phase") === "Running")
    .map((pod) => kubeObjectOf({ apiVersion: "v1", kind: "Pod", ...pod }));
}

function belongsTo(pod: KubeObject, { metadata, spec }: KubeObject): boolean {
  const labels = objectAt(pod, "metadata", "labels");
  const wanted = Object.entries(objectAt(spec, "selector", "matchLabels"));
  return pod.metadata.namespace === metadata.namespace && wanted.every(([key, value]) => labels[key] === value);
}

function lacksOne(workload: JsonObject): boolean {
  const { readyReplicas = 0 } = objectAt(workload, "status");
  return Number(readyReplicas) < Number(objectAt(workload, "spec")["replicas"]);
}

/** Asks for a pod to go, as `kubectl drain` does. */
async function evicted({ client }: ControlPlane, pod: KubeObject): Promise<string> {
  const { name, namespace } = pod.metadata;
  try {
    await client.request("POST", `${await client.pathOf(pod)}/eviction`, {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name, namespace },
    });
    return "evicted";
  } catch (error) {
    if (error instanceof Refusal && error.status === 429) return error.message;
    throw error;
  }
}
