import type { JsonObject } from "../../constructs/kernel/json.ts";
import { type Finding, findingsOf, given } from "../findings/index.ts";
import { formatAmount } from "../plan/amounts.ts";
import type { WantedPods } from "../wanted/index.ts";
import type { Facts } from "./facts.ts";
import { type ClosedNode, nameOf, openNodes, type Room, roomOf } from "./nodes.ts";
import { fits, place } from "./placement.ts";

const say = findingsOf("capacity");
const PATH = "filiera:cluster.context";

/** What of the cluster's facts says how much room there is. */
export type CapacityFacts = Pick<Facts, "nodes" | "pods" | "definitions" | "deployments">;

/**
 * Whether the cluster has room for the pods: in sum, for the largest of them, and placed one by one. Pods of the
 * platform that run already, in the namespaces of its own, make no room smaller.
 */
export function capacity(
  facts: CapacityFacts,
  wanted: readonly WantedPods[],
  own: ReadonlySet<string>,
): readonly Finding[] {
  return given(facts.nodes, say, PATH, (nodes) =>
    given(facts.pods, say, PATH, (pods) => {
      const { open, closed } = openNodes(nodes);
      if (open.length === 0) return [none(closed)];
      const rooms = roomOf(open, pods, own);
      const short = shortOf(wanted, rooms);
      const found = [...short, ...unplacedOf(wanted, rooms, short.length > 0)];
      // a cluster that adds nodes by itself is short of nothing for long
      const growing = growerOf(facts);
      const told = found.map(
        (each): Finding =>
          growing === undefined
            ? each
            : say.note(each.path, `${each.found}; ${growing} may add nodes for it`, "see that its limits allow them"),
      );
      const fine = found.length === 0 ? [say.fine(PATH, roomy(wanted, rooms))] : [];
      return [...fine, ...told, ...(found.length === 0 ? scaledOf(wanted, rooms) : []), ...closedOf(closed)];
    }),
  );
}

function none(closed: readonly ClosedNode[]): Finding {
  const found = closed.length === 0 ? "the cluster has no nodes" : `no node takes pods: ${listed(closed)}`;
  return say.problem(PATH, found, "add a node, or kubectl uncordon one");
}

/** The pods as one, with what a Job takes while it runs. */
function sumOf(wanted: readonly WantedPods[]): Omit<Room, "node"> {
  const sum = { pods: 0, cpu: 0, memory: 0, gpu: 0 };
  for (const { count, cpu, memory, gpu } of wanted) {
    sum.pods += count;
    sum.cpu += count * cpu;
    sum.memory += count * memory;
    sum.gpu += count * gpu;
  }
  return sum;
}

function leftIn(rooms: readonly Room[]): Omit<Room, "node"> {
  const sum = { pods: 0, cpu: 0, memory: 0, gpu: 0 };
  for (const room of rooms)
    for (const name of ["pods", "cpu", "memory", "gpu"] as const) sum[name] += Math.max(0, room[name]);
  return sum;
}

function shortOf(wanted: readonly WantedPods[], rooms: readonly Room[]): Finding[] {
  const [needed, left] = [sumOf(wanted), leftIn(rooms)];
  return (["pods", "cpu", "memory", "gpu"] as const)
    .filter((name) => needed[name] > left[name] + 1e-9)
    .map((name) =>
      say.problem(
        PATH,
        `the platform asks for ${formatAmount(name, needed[name])}${OF[name]}, and its nodes have ${formatAmount(name, left[name])}${OF[name]} left`,
        "add a node, or ask for less in filiera:postgres, filiera:objectStore, filiera:kafka and filiera:mlflow",
      ),
    );
}

const OF = { pods: "", cpu: "", memory: " of memory", gpu: "" } as const;

/** Pods that find no node; where the sum is short, those alone that more nodes of the kind would not help. */
function unplacedOf(wanted: readonly WantedPods[], rooms: readonly Room[], short: boolean): Finding[] {
  return place(wanted, rooms).flatMap(({ pods, count }) => {
    const whose =
      pods.count === 1 ? `the pod of ${pods.owner} finds` : `${count} of ${pods.count} pods of ${pods.owner} find`;
    const asks = `${formatAmount("cpu", pods.cpu)} and ${formatAmount("memory", pods.memory)}`;
    const size = pods.gpu > 0 ? `${asks} and ${formatAmount("gpu", pods.gpu)}` : asks;
    if (!rooms.some((room) => fits(pods, room)))
      return say.problem(
        PATH,
        `${whose} no node: one asks for ${size}, and the node with the most room, ${largest(rooms)}`,
        "add a larger node, or ask for less",
      );
    if (pods.apart === "each" && rooms.length < pods.count)
      return say.problem(
        PATH,
        `${whose} no node: each needs one of its own, and ${rooms.length} ${rooms.length === 1 ? "takes" : "take"} pods`,
        "add nodes, or uncordon some",
      );
    if (short) return [];
    return say.problem(
      PATH,
      `${whose} no node once the others are placed: one asks for ${size}`,
      "add a node, or ask for less",
    );
  });
}

function largest(rooms: readonly Room[]): string {
  const [room] = [...rooms].sort((a, b) => b.memory - a.memory);
  if (!room) return "is not there";
  return `${room.node}, has ${formatAmount("cpu", Math.max(0, room.cpu))} and ${formatAmount("memory", Math.max(0, room.memory))} left`;
}

/** What happens once an autoscaler has added all that it may. */
function scaledOf(wanted: readonly WantedPods[], rooms: readonly Room[]): Finding[] {
  if (wanted.every(({ more }) => more === 0)) return [];
  const scaled = wanted.map((pods) => ({ ...pods, count: pods.count + pods.more }));
  return place(scaled, rooms).map(({ pods, count }) =>
    say.note(
      "filiera:mlflow.autoscaling.maxReplicas",
      `under full load ${count} of ${pods.count} pods of ${pods.owner} would find no node`,
      "add a node, or lower it",
    ),
  );
}

function closedOf(closed: readonly ClosedNode[]): Finding[] {
  if (closed.length === 0) return [];
  const nodes = closed.length === 1 ? "1 node takes" : `${closed.length} nodes take`;
  return [say.note(PATH, `${nodes} no pods of the platform, which tolerate no taint: ${listed(closed)}`)];
}

function listed(closed: readonly ClosedNode[]): string {
  const shown = closed.slice(0, 3).map(({ node, why }) => `${node} is ${why}`.replace("is runs", "runs"));
  return `${shown.join(", ")}${closed.length > 3 ? `, … ${closed.length - 3} more` : ""}`;
}

function roomy(wanted: readonly WantedPods[], rooms: readonly Room[]): string {
  const [needed, left] = [sumOf(wanted), leftIn(rooms)];
  const nodes = rooms.length === 1 ? "1 node" : `${rooms.length} nodes`;
  return `${formatAmount("pods", needed.pods)} with ${formatAmount("cpu", needed.cpu)} and ${formatAmount("memory", needed.memory)} fit on ${nodes} with ${formatAmount("cpu", left.cpu)} and ${formatAmount("memory", left.memory)} left`;
}

/** What adds nodes to the cluster, if something does. */
function growerOf({ definitions, deployments }: CapacityFacts): string | undefined {
  const named = (objects: readonly JsonObject[], name: RegExp): boolean =>
    objects.some((object) => name.test(nameOf(object)));
  if (definitions.kind === "known" && named(definitions.value, /^nodepools\.karpenter\.sh$/)) return "Karpenter";
  if (deployments.kind === "known" && named(deployments.value, /cluster-autoscaler/)) return "the cluster autoscaler";
  return undefined;
}
