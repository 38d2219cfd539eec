import { footprintOf } from "../../constructs/footprint/footprint.ts";
import { parseQuantity } from "../../constructs/footprint/quantity.ts";
import { kindOf } from "../../constructs/kernel/identity.ts";
import { at, type JsonObject, listAt, objectAt, textAt } from "../../constructs/kernel/json.ts";
import { podTemplateOf } from "../../constructs/kernel/pods.ts";
import { type OperatorChart, operatorCharts } from "../../constructs/operator/index.ts";
import { HELM_RELEASE } from "../../constructs/operator/operator.ts";
import type { Environment } from "../environment/index.ts";
import type { WantedObject } from "./wanted.ts";

/** What one pod asks of a node. */
export interface PodRequests {
  /** Cores. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
  /** Whole GPUs. */
  readonly gpu: number;
}

/** Pods that are alike. */
export interface WantedPods extends PodRequests {
  /** Whose they are: `postgres/postgres`. */
  readonly owner: string;
  readonly namespace: string;
  readonly count: number;
  /** Bytes of the volumes of one of them. */
  readonly storage: number;
  /** How they keep away from each other: `each`, never two on a node; `even`, as many on each node; or they don't. */
  readonly apart: "each" | "even" | undefined;
  /** Whether they end by themselves, as a Job's do. */
  readonly passing: boolean;
  /** Pods that an autoscaler may add. */
  readonly more: number;
  readonly images: readonly string[];
}

/** Every group of pods that the objects of an environment bring to the cluster. */
export function wantedPods(objects: readonly WantedObject[], { operators }: Environment): WantedPods[] {
  const more = autoscaled(objects);
  return objects.flatMap((object): WantedPods[] => {
    const { manifest, construct, identity } = object;
    const { namespace = "", name } = manifest.metadata;
    if (kindOf(manifest) === HELM_RELEASE) return podsOfChart(name, operators.replicas);
    const footprint = footprintOf(construct, manifest);
    if (!footprint || footprint.pods === 0) return [];
    const { pods, cpu, memory, gpu, storage, images } = footprint;
    return [
      {
        owner: `${namespace}/${name}`,
        namespace,
        count: pods,
        cpu: cpu / pods,
        memory: memory / pods,
        gpu: gpu / pods,
        storage: storage / pods,
        apart: apartOf(manifest),
        passing: manifest.kind === "Job",
        more: more.get(identity) ?? 0,
        images,
      },
    ];
  });
}

function podsOfChart(release: string, replicas: number): WantedPods[] {
  const charts: readonly OperatorChart[] = Object.values(operatorCharts);
  const chart = charts.find((each) => each.release === release);
  return (chart?.bill.workloads ?? []).map(({ name, replicas: count, requests, hook }) => ({
    owner: `${chart?.namespace}/${name}`,
    namespace: chart?.namespace ?? "",
    count: count === "replicas" ? replicas : count,
    cpu: parseQuantity(requests.cpu) ?? 0,
    memory: parseQuantity(requests.memory) ?? 0,
    gpu: 0,
    storage: 0,
    apart: undefined,
    passing: hook !== undefined,
    more: 0,
    images: chart?.bill.images ?? [],
  }));
}

function apartOf(manifest: WantedObject["manifest"]): WantedPods["apart"] {
  // CloudNativePG's word for it
  if (at(manifest, "spec", "affinity", "podAntiAffinityType") === "required") return "each";
  // a KafkaNodePool has a part of a pod's template
  const pod = podTemplateOf(manifest)?.spec ?? objectAt(manifest, "spec", "template", "pod");
  const spread = listAt(pod, "topologySpreadConstraints");
  return spread.some(strict) ? "even" : undefined;
}

function strict(constraint: JsonObject): boolean {
  return constraint["topologyKey"] === "kubernetes.io/hostname" && constraint["whenUnsatisfiable"] === "DoNotSchedule";
}

/** How many pods autoscalers may add, by the identity of what they scale. */
function autoscaled(objects: readonly WantedObject[]): ReadonlyMap<string, number> {
  const scalers = objects.filter(({ manifest }) => manifest.kind === "HorizontalPodAutoscaler");
  return new Map(
    scalers.map(({ manifest }) => {
      const { minReplicas, maxReplicas } = objectAt(manifest, "spec");
      const target = objectAt(manifest, "spec", "scaleTargetRef");
      const kind = kindOf({ apiVersion: textAt(target, "apiVersion") ?? "", kind: textAt(target, "kind") ?? "" });
      return [
        `${kind}/${manifest.metadata.namespace ?? ""}/${textAt(target, "name")}`,
        Number(maxReplicas) - Number(minReplicas),
      ];
    }),
  );
}
