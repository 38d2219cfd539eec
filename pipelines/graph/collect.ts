import type { Json } from "../../constructs/kernel/json.ts";
import type { Condition } from "../language/conditions.ts";
import type { Ports } from "../language/ports.ts";
import type { Ref } from "../language/refs.ts";
import type { Settings } from "../language/settings.ts";
import type { AnyStep } from "../language/steps.ts";
import type { DataType } from "../language/types.ts";
import type { ConditionGroup, ExitGroup, Graph, Group, LoopGroup, PlainGroup, TaskNode } from "./graph.ts";
import { kubernetesName, unique } from "./names.ts";

/** A pipeline with nothing in it yet. */
export function graphOf(name: string, inputs: Ports, outputs: Ports): Graph {
  const graph: Graph = {
    name,
    inputs,
    outputs,
    tasks: new Map(),
    results: {},
    groups: 0,
    current: undefined,
    get root() {
      return root;
    },
  };
  const root: Group = { ...groupIn(graph, undefined, name, undefined), kind: "root", oneOfs: 0, complete: false };
  return graph;
}

/** Puts a step into a group. */
export function addTask(group: Group, step: AnyStep, given: TaskNode["arguments"], settings: Settings): TaskNode {
  const task = newTask(group, step, given, settings);
  group.tasks.push(task);
  return task;
}

/** Puts a condition into a group. */
export function conditionIn(
  parent: Group,
  conditions: readonly Condition[],
  displayName: string | undefined,
): ConditionGroup {
  const { graph } = parent;
  const name = `condition-${nextNumber(graph)}`;
  return added({ ...groupIn(graph, parent, name, displayName), kind: "condition", conditions });
}

/** Puts a condition beside another, of which it is the alternative: the two get a group around them. */
export function branchIn(
  before: ConditionGroup,
  conditions: readonly Condition[],
  displayName: string | undefined,
  isLast: boolean,
): ConditionGroup {
  const branches = before.parent?.kind === "branches" ? before.parent : branchesAround(before);
  if (isLast) branches.complete = true;
  return conditionIn(branches, conditions, displayName);
}

/** Puts a loop into a group. */
export function loopIn(
  parent: Group,
  list: Ref | readonly Json[],
  itemType: DataType,
  parallelism: number | undefined,
  displayName: string | undefined,
): LoopGroup {
  const { graph } = parent;
  // as in the SDK, the items of now take a number of their own, before the loop does
  const items = "source" in list ? { ref: list } : { values: list, number: nextNumber(graph) };
  const name = `for-loop-${nextNumber(graph)}`;
  return added({ ...groupIn(graph, parent, name, displayName), kind: "loop", items, itemType, parallelism });
}

/** Puts a group into another that a task watches; the task itself runs after it, in the root. */
export function exitIn(
  parent: Group,
  step: AnyStep,
  given: TaskNode["arguments"],
  settings: Settings,
  displayName: string | undefined,
): ExitGroup {
  const { graph } = parent;
  const exitTask = newTask(graph.root, step, given, settings);
  const name = `exit-handler-${nextNumber(graph)}`;
  return added({ ...groupIn(graph, parent, name, displayName), kind: "exit", exitTask });
}

/** A task whose name is its own in the whole pipeline, made as the SDK makes it. */
function newTask(group: Group, step: AnyStep, given: TaskNode["arguments"], settings: Settings): TaskNode {
  const { tasks } = group.graph;
  const name = unique(kubernetesName(step.name) || "task", tasks);
  const task: TaskNode = { name, step, group, arguments: given, settings, after: new Set() };
  tasks.set(name, task);
  return task;
}

/** As in the SDK, the group around takes the number of the first branch, which gets a new one. */
function branchesAround(first: ConditionGroup): PlainGroup {
  const { graph, parent } = first;
  const name = first.name.replace("condition-", "condition-branches-");
  const branches: PlainGroup = {
    ...groupIn(graph, parent, name, undefined),
    kind: "branches",
    oneOfs: 0,
    complete: false,
  };
  parent?.groups.splice(parent.groups.indexOf(first), 1, branches);
  branches.groups.push(first);
  first.parent = branches;
  first.name = `condition-${nextNumber(graph)}`;
  return branches;
}

function groupIn(graph: Graph, parent: Group | undefined, name: string, displayName: string | undefined) {
  return { name, graph, parent, displayName, groups: [], tasks: [] };
}

function added<G extends Group>(group: G): G {
  group.parent?.groups.push(group);
  return group;
}

function nextNumber(graph: Graph): number {
  graph.groups += 1;
  return graph.groups;
}
