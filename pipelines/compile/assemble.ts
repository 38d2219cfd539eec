import type { JsonObject } from "../../constructs/kernel/json.ts";
import { unique } from "../graph/names.ts";
import { defined } from "./definitions.ts";
import type { ComponentSpec, Dag, Executor, TaskSpec } from "./ir.ts";

/** A pipeline without its head: what can be put into another. */
export interface Assembled {
  readonly root: ComponentSpec;
  readonly components: ReadonlyMap<string, ComponentSpec>;
  readonly executors: ReadonlyMap<string, Executor>;
  /** What only Kubernetes knows, by executor. */
  readonly platform: ReadonlyMap<string, JsonObject>;
}

/** Components and executors as they are put together, each under a name of its own. */
export class Parts {
  readonly components = new Map<string, ComponentSpec>();
  readonly executors = new Map<string, Executor>();
  readonly platform = new Map<string, JsonObject>();

  addExecutor(name: string, executor: Executor, platform: JsonObject | undefined): string {
    const label = unique(`exec-${name}`, this.executors);
    this.executors.set(label, executor);
    if (platform) this.platform.set(label, platform);
    return label;
  }

  addComponent(name: string, component: ComponentSpec): string {
    const key = unique(`comp-${name}`, this.components);
    this.components.set(key, component);
    return key;
  }

  /** Takes in all of another pipeline, under new names where they are taken, and gives back its root with these. */
  merge(other: Assembled): ComponentSpec {
    const labels = new Map<string, string>();
    for (const [old, executor] of other.executors) {
      const label = unique(old, this.executors);
      labels.set(old, label);
      this.executors.set(label, executor);
      const platform = other.platform.get(old);
      if (platform) this.platform.set(label, platform);
    }
    const names = new Map<string, string>();
    const given = new Set<string>();
    const taken = { has: (name: string) => this.components.has(name) || names.has(name) || given.has(name) };
    for (const old of other.components.keys()) {
      const name = unique(old, taken);
      names.set(old, name);
      given.add(name);
    }
    for (const [old, component] of other.components) {
      this.components.set(names.get(old) ?? old, renamed(component, labels, names));
    }
    return renamed(other.root, labels, names);
  }
}

function renamed(
  { executorLabel, dag, ...rest }: ComponentSpec,
  labels: ReadonlyMap<string, string>,
  names: ReadonlyMap<string, string>,
): ComponentSpec {
  return defined({
    ...rest,
    executorLabel: executorLabel && (labels.get(executorLabel) ?? executorLabel),
    dag: dag && renamedDag(dag, names),
  });
}

function renamedDag({ tasks, ...rest }: Dag, names: ReadonlyMap<string, string>): Dag {
  const entries = Object.entries(tasks).map(([name, task]): [string, TaskSpec] => {
    const { componentRef } = task;
    return [name, { ...task, componentRef: { name: names.get(componentRef.name) ?? componentRef.name } }];
  });
  return { ...rest, tasks: Object.fromEntries(entries) };
}
