import type { IConstruct } from "constructs";
import { type JsonObject, listAt, objectAt, textAt } from "../kernel/json.ts";
import type { Manifest } from "../kernel/objects.ts";
import { containersOf, podTemplateOf } from "../kernel/pods.ts";
import { parseQuantity } from "./quantity.ts";

/** What an object asks of the cluster once it runs. */
export interface Footprint {
  readonly pods: number;
  /** CPU cores requested. */
  readonly cpu: number;
  /** Bytes of memory requested. */
  readonly memory: number;
  /** Whole GPUs requested. */
  readonly gpu: number;
  /** Bytes of persistent volumes claimed. */
  readonly storage: number;
  /** References of images, each once. */
  readonly images: readonly string[];
  /** Whether it was counted from the manifest, or is what a chart or an operator will bring. */
  readonly source: "manifest" | "bill";
}

const FOOTPRINT = Symbol.for("filiera.footprint");

/** Declares what an object of a kind that is not core brings to the cluster through its operator or chart. */
export function declareFootprint(construct: IConstruct, footprint: Omit<Footprint, "source">): void {
  Object.defineProperty(construct, FOOTPRINT, { value: { ...footprint, source: "bill" } satisfies Footprint });
}

/** What an object asks of the cluster; undefined for what runs nothing and claims nothing. Jobs count while they run. */
export function footprintOf(construct: IConstruct, manifest: Manifest): Footprint | undefined {
  const holder: { [FOOTPRINT]?: Footprint } & IConstruct = construct;
  if (holder[FOOTPRINT]) return holder[FOOTPRINT];
  const template = podTemplateOf(manifest);
  const claims =
    manifest.kind === "PersistentVolumeClaim" ? [manifest] : listAt(manifest, "spec", "volumeClaimTemplates");
  if (!template && claims.length === 0) return undefined;
  const replicas = replicasOf(manifest);
  const requests = template ? podRequests(template.spec) : { cpu: 0, memory: 0, gpu: 0 };
  return {
    pods: template ? replicas : 0,
    cpu: replicas * requests.cpu,
    memory: replicas * requests.memory,
    gpu: replicas * requests.gpu,
    storage: replicas * sum(claims.map((claim) => quantityAt(claim, "spec", "resources", "requests", "storage"))),
    images: template ? [...new Set(containersOf(template.spec).flatMap((each) => textAt(each, "image") ?? []))] : [],
    source: "manifest",
  };
}

function replicasOf(manifest: Manifest): number {
  const { replicas } = objectAt(manifest, "spec");
  return typeof replicas === "number" ? replicas : 1;
}

/** The scheduler's rule: initial containers run before the others, so the larger of the two counts. */
function podRequests(podSpec: JsonObject): { cpu: number; memory: number; gpu: number } {
  const amounts = (containers: readonly JsonObject[], name: string): number[] =>
    containers.map((container) => quantityAt(container, "resources", "requests", name));
  const request = (name: string): number =>
    Math.max(sum(amounts(listAt(podSpec, "containers"), name)), ...amounts(listAt(podSpec, "initContainers"), name));
  return { cpu: request("cpu"), memory: request("memory"), gpu: request("nvidia.com/gpu") };
}

function quantityAt(value: JsonObject, ...path: readonly string[]): number {
  const quantity = objectAt(value, ...path.slice(0, -1))[path.at(-1) ?? ""];
  return typeof quantity === "number" ? quantity : (parseQuantity(String(quantity ?? "0")) ?? 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
