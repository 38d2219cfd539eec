import type { Json, JsonObject } from "../../constructs/kernel/json.ts";
import type { Argument, TaskNode } from "../graph/graph.ts";
import { filled, refsIn } from "../language/given.ts";
import { inputValue } from "../language/placeholders.ts";
import { Ref } from "../language/refs.ts";
import type { Resources, Retry } from "../language/settings.ts";
import { defined, ifAny } from "./definitions.ts";
import type { ParameterBinding, TaskInputs, TaskSpec } from "./ir.ts";
import { added, fullName } from "./places.ts";
import { type Binding, bindingsOf, type Resolution } from "./resolve.ts";
import { secondsOf } from "./units.ts";

/** The resources that may be known only when the pipeline runs, under the names of the inputs that then carry them. */
export function resourceValues({
  accelerator,
  ...resources
}: Resources): Readonly<Record<string, Argument | undefined>> {
  return {
    cpu_request: asText(resources.cpuRequest),
    cpu_limit: asText(resources.cpuLimit),
    memory_request: resources.memoryRequest,
    memory_limit: resources.memoryLimit,
    accelerator_type: accelerator?.type,
    accelerator_count: asText(accelerator?.count),
  };
}

function asText(value: number | string | Ref | undefined): string | Ref | undefined {
  return typeof value === "number" ? String(value) : value;
}

/** What a task is given: its arguments, and what its resources and its image are if that is known only when it runs. */
export function taskInputs(task: TaskNode, resolution: Resolution, path: string): TaskInputs | undefined {
  const { group, settings } = task;
  const bound: [string, Binding][] = [];
  const constants: Record<string, ParameterBinding> = {};
  const bind = (name: string, ref: Ref) => {
    const binding = resolution.bind(ref, group, path);
    if (binding) bound.push([name, binding]);
  };
  const constant = (name: string, value: Argument) => {
    for (const ref of refsIn(value)) bind(inputFor(ref, task), ref);
    constants[name] = { runtimeValue: { constant: filled(value, (ref) => inputFor(ref, task)) } };
  };
  for (const [name, value] of Object.entries(task.arguments)) {
    if (value instanceof Ref) bind(name, value);
    else if (value !== undefined) constant(name, value);
  }
  const late = { ...resourceValues(settings.resources ?? {}), base_image: settings.image };
  for (const [name, value] of Object.entries(late)) if (value instanceof Ref) constant(name, value);
  const { parameters, artifacts } = bindingsOf(bound);
  return ifAny({ parameters: ifAny({ ...parameters, ...constants }), artifacts: ifAny(artifacts) });
}

/** The input that the compiler adds for a value inside another. */
export function inputFor(ref: Ref, { group }: TaskNode): string {
  return added(fullName(ref, group));
}

/** What stands for a value in what a task's container is: the value, or a placeholder for what is known later. */
export function late(value: string | Ref, task: TaskNode): string {
  return value instanceof Ref ? inputValue(inputFor(value, task)) : value;
}

/** What is written for a task, but for what it comes after. */
export function taskSpec(
  task: TaskNode,
  component: string,
  inputs: TaskInputs | undefined,
  dependentTasks: readonly string[],
): TaskSpec {
  const { displayName, cache = true, retry, ignoreUpstreamFailure } = task.settings;
  return defined({
    taskInfo: { name: displayName ?? task.name },
    componentRef: { name: component },
    inputs,
    dependentTasks: dependentTasks.length > 0 ? dependentTasks : undefined,
    cachingOptions: cache === false ? {} : { enableCache: true, ...(cache === true ? {} : { cacheKey: cache.key }) },
    retryPolicy: retry && retryPolicy(retry),
    triggerPolicy: ignoreUpstreamFailure ? { strategy: "ALL_UPSTREAM_TASKS_COMPLETED" } : undefined,
  });
}

function retryPolicy({ times, wait = "0s", factor = 2, longest = "1h" }: Retry): JsonObject {
  return {
    // protobuf leaves out a zero
    ...(times === 0 ? {} : { maxRetryCount: times }),
    backoffDuration: `${secondsOf(wait)}s`,
    backoffFactor: factor,
    backoffMaxDuration: `${secondsOf(longest)}s`,
  };
}

/** A value in JSON as Python's json module writes it. */
export function pythonJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, of]) => of !== undefined);
    return `{${entries.map(([key, of]) => `${pythonJson(key)}: ${pythonJson(of ?? null)}`).join(", ")}}`;
  }
  return JSON.stringify(value).replaceAll(/[\u0080-\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** The value with the keys of its objects in order. */
export function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, of]) => [key, of === undefined ? undefined : sorted(of)]));
}
