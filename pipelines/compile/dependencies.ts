import type { Problem } from "../../constructs/kernel/errors.ts";
import type { ExitGroup, Graph, Group, TaskNode } from "../graph/graph.ts";
import { refsIn } from "../language/given.ts";
import { Ref } from "../language/refs.ts";
import { refsOfConditions } from "./condition.ts";
import { childOn, collectingGroup, commonOf, pathOf, producerOf } from "./places.ts";
import { kubernetesRefs } from "./platform.ts";

/** A node of a DAG: a task, or a group that is a DAG of its own. */
type Node = TaskNode | Group;

/**
 * What each task and group comes after, in its own DAG: where a task needs something from outside of the groups that it
 * is in, the outermost of those groups waits for the task or group beside it that holds what it needs.
 */
export function dependenciesOf(graph: Graph): {
  readonly dependencies: ReadonlyMap<Node, readonly string[]>;
  readonly problems: readonly Problem[];
} {
  const found = new Map<Node, Map<string, Node>>();
  const problems: Problem[] = [];
  for (const task of graph.tasks.values()) {
    if (isExitTask(task)) continue;
    for (const upstream of upstreamOf(task)) {
      const [before, behind] = beside(upstream, task);
      if (!before || !behind) continue;
      const names = found.get(behind) ?? new Map<string, Node>();
      found.set(behind, names.set(before.name, before));
    }
    for (const upstream of task.after) {
      const [before] = beside(upstream, task);
      if (before && before !== upstream && "kind" in before && before.kind !== "loop") {
        const message = `found that it comes after ${upstream.name}, which is inside of ${before.name} and may not run: put it there, too`;
        problems.push({ path: `${graph.name}/${task.name}`, message });
      }
    }
  }
  const cycle = cycleIn(found);
  if (cycle)
    problems.push({
      path: `${graph.name}/${cycle[0]}`,
      message: `found a cycle: ${cycle.join(" after ")}: leave one of them out`,
    });
  const dependencies = new Map([...found].map(([node, names]) => [node, [...names.keys()].sort()]));
  return { dependencies, problems };
}

/** What the arguments and conditions of a task, and what it was told to come after, make it wait for. */
function* upstreamOf(task: TaskNode): Iterable<TaskNode | Group> {
  const conditions = pathOf(task.group).flatMap((group) => (group.kind === "condition" ? group.conditions : []));
  const { image, kubernetes } = task.settings;
  const refs = [
    ...Object.values(task.arguments).flatMap(refsIn),
    ...refsOfConditions(conditions),
    ...(image instanceof Ref ? [image] : []),
    ...kubernetesRefs(kubernetes ?? {}),
  ];
  for (const ref of refs) {
    const { source } = ref;
    const upstream =
      source.from === "oneOf"
        ? source.branches
        : source.from === "collected"
          ? collectingGroup(source.ref, task.group)
          : producerOf(ref);
    if (upstream) yield upstream;
  }
  yield* task.after;
}

/** The two nodes of one DAG that hold the one and the other, or are it. */
function beside(upstream: TaskNode | Group, task: TaskNode): readonly [Node?, Node?] {
  const group = "kind" in upstream ? (upstream.parent ?? upstream) : upstream.group;
  const common = commonOf(group, task.group);
  return [
    group === common ? upstream : childOn(group, common),
    task.group === common ? task : childOn(task.group, common),
  ];
}

/** Whether a task is one that runs after what it watches. */
export function isExitTask(task: TaskNode): boolean {
  return !task.group.tasks.includes(task);
}

/** The names on a cycle, the first again at its end, if there is one. */
function cycleIn(dependencies: ReadonlyMap<Node, ReadonlyMap<string, Node>>): readonly string[] | undefined {
  const done = new Set<Node>();
  const walk: Node[] = [];
  const from = (node: Node): readonly string[] | undefined => {
    const at = walk.indexOf(node);
    if (at >= 0) return [...walk.slice(at), node].map(({ name }) => name);
    if (done.has(node)) return undefined;
    walk.push(node);
    for (const next of dependencies.get(node)?.values() ?? []) {
      const cycle = from(next);
      if (cycle) return cycle;
    }
    walk.pop();
    done.add(node);
    return undefined;
  };
  for (const node of dependencies.keys()) {
    const cycle = from(node);
    if (cycle) return cycle;
  }
  return undefined;
}

/** The exit handlers of a pipeline. */
export function exitGroupsOf(group: Group): readonly ExitGroup[] {
  return group.groups.flatMap((inner) => [...(inner.kind === "exit" ? [inner] : []), ...exitGroupsOf(inner)]);
}
