import { parseQuantity } from "../../constructs/footprint/quantity.ts";
import { at, type JsonObject, listAt, objectAt, textAt } from "../../constructs/kernel/json.ts";
import type { PodRequests } from "../wanted/index.ts";

/** What a node has left. */
export interface Room extends PodRequests {
  readonly node: string;
  /** Pods that it still takes. */
  readonly pods: number;
}

/** A node that takes no pods of the platform. */
export interface ClosedNode {
  readonly node: string;
  /** `cordoned`, `not ready`, `tainted dedicated=gpu:NoSchedule`, `runs windows`. */
  readonly why: string;
}

/** The nodes that take pods of the platform, which tolerate no taint, and those that don't. */
export function openNodes(nodes: readonly JsonObject[]): { open: JsonObject[]; closed: ClosedNode[] } {
  const open: JsonObject[] = [];
  const closed: ClosedNode[] = [];
  for (const node of nodes) {
    const why = closedBy(node);
    if (why === undefined) open.push(node);
    else closed.push({ node: nameOf(node), why });
  }
  return { open, closed };
}

function closedBy(node: JsonObject): string | undefined {
  if (at(node, "spec", "unschedulable") === true) return "cordoned";
  if (conditionOf(node, "Ready")?.["status"] !== "True") return "not ready";
  const os = textAt(node, "status", "nodeInfo", "operatingSystem");
  if (os !== undefined && os !== "linux") return `runs ${os}`;
  const taint = listAt(node, "spec", "taints").find(({ effect }) => effect === "NoSchedule" || effect === "NoExecute");
  if (!taint) return undefined;
  return `tainted ${taint["key"]}${taint["value"] ? `=${taint["value"]}` : ""}:${taint["effect"]}`;
}

/** What each node has left under its pods; those of the namespaces in `without` are not counted. */
export function roomOf(
  nodes: readonly JsonObject[],
  pods: readonly JsonObject[],
  without: ReadonlySet<string>,
): Room[] {
  const byNode = new Map<string, JsonObject[]>();
  for (const pod of pods) {
    const node = textAt(pod, "spec", "nodeName");
    const ended = ["Succeeded", "Failed"].includes(textAt(pod, "status", "phase") ?? "");
    if (node === undefined || ended || without.has(textAt(pod, "metadata", "namespace") ?? "")) continue;
    byNode.set(node, [...(byNode.get(node) ?? []), pod]);
  }
  return nodes.map((node) => {
    const name = nameOf(node);
    const used = (byNode.get(name) ?? []).map(({ spec }) => spec);
    const left = (resource: string): number =>
      amountOf(objectAt(node, "status", "allocatable")[resource]) -
      used.reduce<number>((sum, spec) => sum + requestOf(spec, resource), 0);
    return {
      node: name,
      cpu: left("cpu"),
      memory: left("memory"),
      gpu: left("nvidia.com/gpu"),
      pods: amountOf(objectAt(node, "status", "allocatable")["pods"]) - used.length,
    };
  });
}

/**
 * The scheduler's rule: what runs together adds up, sidecars among the initial containers too; of other initial
 * containers each runs alone; the pod's own overhead comes on top.
 */
function requestOf(spec: unknown, resource: string): number {
  const own = objectAt(spec, "resources", "requests")[resource];
  const of = (container: JsonObject): number => amountOf(objectAt(container, "resources", "requests")[resource]);
  let sidecars = 0;
  let highest = 0;
  for (const init of listAt(spec, "initContainers")) {
    if (init["restartPolicy"] === "Always") sidecars += of(init);
    else highest = Math.max(highest, sidecars + of(init));
  }
  const together = listAt(spec, "containers").reduce((sum, container) => sum + of(container), sidecars);
  const overhead = amountOf(objectAt(spec, "overhead")[resource]);
  return (own === undefined ? Math.max(together, highest) : amountOf(own)) + overhead;
}

function amountOf(quantity: unknown): number {
  return typeof quantity === "number" ? quantity : (parseQuantity(String(quantity ?? "0")) ?? 0);
}

/** A condition of an object by its type. */
export function conditionOf(object: unknown, type: string): JsonObject | undefined {
  return listAt(object, "status", "conditions").find((condition) => condition["type"] === type);
}

export function nameOf(object: unknown): string {
  return textAt(object, "metadata", "name") ?? "";
}
