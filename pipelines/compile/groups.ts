import type { Group } from "../graph/graph.ts";
import { type DataType, isParameter } from "../language/types.ts";
import { celOf } from "./condition.ts";
import { defined, definitions, ifAny } from "./definitions.ts";
import type { ComponentSpec, Dag, DagOutputs, TaskSpec } from "./ir.ts";
import { added, fullName, itemName } from "./places.ts";
import { bindingsOf, type GroupOutput, type Resolution } from "./resolve.ts";
import { pythonJson, sorted } from "./task-spec.ts";

/** The component that a group is, with the DAG that its tasks are then put into. */
export function groupComponent(group: Group, dag: Dag, resolution: Resolution): ComponentSpec {
  const item = group.kind === "loop" ? [loopItemInput(group)] : [];
  return defined({
    dag,
    inputDefinitions: definitions([...typesOf(resolution.inputsOf(group)), ...item]),
    outputDefinitions: definitions(typesOf(outputsOf(group, resolution))),
  });
}

/** What a DAG gives, and which of its tasks gives it. */
export function dagOutputs(outputs: ReadonlyMap<string, GroupOutput>): DagOutputs | undefined {
  const parameters: Record<string, NonNullable<DagOutputs["parameters"]>[string]> = {};
  const artifacts: Record<string, NonNullable<DagOutputs["artifacts"]>[string]> = {};
  for (const [name, { type, from, isOneOf }] of outputs) {
    if (!isParameter(type)) {
      const selectors = from.map(({ task, output }) => ({ producerSubtask: task, outputArtifactKey: output }));
      artifacts[name] = { artifactSelectors: selectors };
      continue;
    }
    const selectors = from.map(({ task, output }) => ({ producerSubtask: task, outputParameterKey: output }));
    const [only] = selectors;
    if (isOneOf) parameters[name] = { valueFromOneof: { parameterSelectors: selectors } };
    else if (only) parameters[name] = { valueFromParameter: only };
  }
  return ifAny({ parameters: ifAny(parameters), artifacts: ifAny(artifacts) });
}

/** What each group gives. */
export function outputsOf(group: Group, resolution: Resolution): ReadonlyMap<string, GroupOutput> {
  return resolution.outputs.get(group) ?? new Map();
}

/** The task that runs a group: for each item, where a condition holds, or simply as a part of its own. */
export function groupTask(
  group: Group,
  component: string,
  resolution: Resolution,
  dependentTasks: readonly string[],
): TaskSpec {
  const { parameters, artifacts } = bindingsOf(resolution.inputsOf(group));
  return defined({
    taskInfo: { name: group.displayName ?? group.name },
    componentRef: { name: component },
    inputs: ifAny({ parameters: ifAny(parameters), artifacts: ifAny(artifacts) }),
    dependentTasks: dependentTasks.length > 0 ? dependentTasks : undefined,
    ...(group.kind === "loop" ? iterator(group) : {}),
    ...(group.kind === "condition"
      ? { triggerPolicy: { condition: celOf(group.conditions, group.parent ?? group) } }
      : {}),
  });
}

type Loop = Extract<Group, { kind: "loop" }>;

function iterator(loop: Loop): Partial<TaskSpec> {
  const [name, { type }] = loopItemInput(loop);
  const { items, parallelism } = loop;
  const policy = parallelism ? { iteratorPolicy: { parallelismLimit: parallelism } } : {};
  if ("values" in items) {
    return { ...policy, parameterIterator: { itemInput: name, items: { raw: pythonJson(sorted(items.values)) } } };
  }
  const input = added(fullName(items.ref, loop.parent ?? loop));
  return isParameter(type)
    ? { ...policy, parameterIterator: { itemInput: name, items: { inputParameter: input } } }
    : { ...policy, artifactIterator: { itemInput: name, items: { inputArtifact: input } } };
}

function loopItemInput(loop: Loop): readonly [string, { readonly type: DataType }] {
  return [added(itemName(loop, loop.parent ?? loop)), { type: loop.itemType }];
}

function typesOf(ports: ReadonlyMap<string, { readonly type: DataType }>) {
  return [...ports].map(([name, { type }]) => [name, { type }] as const);
}
