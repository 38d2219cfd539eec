import type { Problem } from "../../constructs/kernel/errors.ts";
import type { Graph, Group, LoopGroup } from "../graph/graph.ts";
import type { Ref } from "../language/refs.ts";
import { type DataType, isParameter } from "../language/types.ts";
import type { ArtifactBinding, ParameterBinding } from "./ir.ts";
import { added, collectingGroup, fullName, graphOfRef, isWithin, itemName, oneOfName, type Place } from "./places.ts";

/** How a task is given a value. */
export interface Binding {
  readonly type: DataType;
  readonly at: Place["at"];
}

/** An output of a group: where in its DAG it comes from; of several, whichever ran. */
export interface GroupOutput {
  readonly type: DataType;
  readonly from: readonly { readonly task: string; readonly output: string }[];
  readonly isOneOf: boolean;
}

/**
 * Brings values to where they are read. A DAG sees only its own inputs and its own tasks, so what comes from outside
 * is passed in through every group on the way, and what is collected or is one of several is passed out.
 */
export class Resolution {
  /** What each group is given, by the name under which its tasks know it. */
  readonly inputs = new Map<Group, Map<string, Binding>>();
  /** What each group gives. */
  readonly outputs = new Map<Group, Map<string, GroupOutput>>();
  readonly problems: Problem[] = [];
  readonly #graph: Graph;

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  /** How a task in the group is given the value. */
  bind(ref: Ref, group: Group, path: string): Binding | undefined {
    if (graphOfRef(ref) !== this.#graph) {
      this.#refuse(path, `found a value of the pipeline ${graphOfRef(ref).name}: pass it as an input`);
      return undefined;
    }
    const { source } = ref;
    // of a list that is known only when the pipeline runs the whole item is passed on, and its field taken where it is read
    if (source.from === "field" && !isFromValues(source.of)) {
      const whole = this.bind(source.of, group, path);
      return whole && "input" in whole.at
        ? { type: ref.type, at: { input: whole.at.input, field: source.field } }
        : undefined;
    }
    const place = this.#placeOf(ref, group, path);
    return place && this.#bring(place, group, path);
  }

  /** Gives a group a value under the name that it has as an input of it. */
  give(ref: Ref, group: Group, path: string): string | undefined {
    const { parent } = group;
    if (!parent) return undefined;
    const binding = this.bind(ref, parent, path);
    if (!binding) return undefined;
    const name = added(fullName(ref, parent));
    this.inputsOf(group).set(name, binding);
    return name;
  }

  /** What a group is given. */
  inputsOf(group: Group): Map<string, Binding> {
    return entryOf(this.inputs, group);
  }

  #placeOf(ref: Ref, reader: Group, path: string): Place | undefined {
    const { source, type } = ref;
    const name = fullName(ref, reader);
    const { root } = this.#graph;
    switch (source.from) {
      case "input":
        return { name, type, home: root, at: { input: source.name } };
      case "task":
        return { name, type, home: source.task.group, at: { task: source.task.name, output: source.output } };
      case "item":
        return { name, type, home: source.loop, at: { input: this.#item(source.loop, path) } };
      case "field": {
        const loop = loopOf(source.of);
        if (!loop) return undefined;
        const whole = this.bind(source.of, loop, path);
        if (!whole || !("input" in whole.at)) return undefined;
        return { name, type, home: loop, at: { input: whole.at.input, field: source.field } };
      }
      case "collected":
        return this.#collect(source.ref, ref, reader, path);
      case "oneOf": {
        const { branches, refs, index } = source;
        const output = oneOfName(branches.name, index);
        const from = refs.map((one) => this.#passOut(one, branches, one.type));
        entryOf(this.outputs, branches).set(output, { type, from, isOneOf: true });
        return { name, type, home: branches.parent ?? root, at: { task: branches.name, output } };
      }
    }
  }

  /** The item of a loop in its own DAG. The item of an outer loop that its list is a field of comes with it, as in the SDK. */
  #item(loop: LoopGroup, path: string): string {
    const { items } = loop;
    if ("ref" in items && items.ref.source.from === "field") this.bind(items.ref.source.of, loop, path);
    return added(itemName(loop, loop.parent ?? loop));
  }

  #collect(inner: Ref, { type }: Ref, reader: Group, path: string): Place | undefined {
    const group = collectingGroup(inner, reader);
    if (inner.source.from !== "task" || group?.kind !== "loop") {
      const found =
        inner.source.from !== "task"
          ? "something other than a task's output"
          : group
            ? `a loop that is inside of ${group.name}`
            : "an output of a task in no loop, or in one that the reader is in";
      this.#refuse(path, `found ${found}, in collected: give it an output of a task of a loop beside the reader`);
      return undefined;
    }
    const output = added(fullName(inner, reader));
    const outer = group.parent ?? group;
    const { task } = this.#passOut(inner, outer, type);
    return { name: `${task}-${output}`, type, home: outer, at: { task, output } };
  }

  /** Makes a task's output one of each group that it is in, up to the outer one, in whose DAG it then is. */
  #passOut(ref: Ref, outer: Group, type: DataType): { readonly task: string; readonly output: string } {
    const { source } = ref;
    if (source.from !== "task") throw new Error(`only outputs of tasks are passed out, not ${source.from}`);
    const output = added(fullName(ref, outer));
    let here = { task: source.task.name, output: source.output };
    for (let group = source.task.group; group !== outer && group.parent; group = group.parent) {
      entryOf(this.outputs, group).set(output, { type, from: [here], isOneOf: false });
      here = { task: group.name, output };
    }
    return here;
  }

  /** Passes a value in through the groups between its DAG and the reader's. */
  #bring(place: Place, group: Group, path: string): Binding | undefined {
    const { type, home, name, at } = place;
    if (group === home) return { type, at };
    if (!isWithin(group, home)) {
      this.#refuse(
        path,
        `found ${name}, which is inside of ${home.name}: ${
          home.kind === "loop"
            ? "outside of a loop its outputs are read with collected"
            : home.kind === "condition"
              ? "outside of branches their outputs are read with oneOf"
              : "outside of it nothing can be read from it"
        }`,
      );
      return undefined;
    }
    const input = added(name);
    const inputs = this.inputsOf(group);
    if (!inputs.has(input)) {
      const from = group.parent && this.#bring(place, group.parent, path);
      if (!from) return undefined;
      inputs.set(input, from);
    }
    return { type, at: { input } };
  }

  #refuse(path: string, message: string): void {
    if (!this.problems.some((problem) => problem.path === path && problem.message === message))
      this.problems.push({ path, message });
  }
}

/** What is written for a parameter. */
export function parameterBinding({ at }: Binding): ParameterBinding {
  return "task" in at
    ? { taskOutputParameter: { producerTask: at.task, outputParameterKey: at.output } }
    : {
        componentInputParameter: at.input,
        ...(at.field === undefined ? {} : { parameterExpressionSelector: `parseJson(string_value)["${at.field}"]` }),
      };
}

/** What is written for an artifact. */
export function artifactBinding({ at }: Binding): ArtifactBinding {
  return "task" in at
    ? { taskOutputArtifact: { producerTask: at.task, outputArtifactKey: at.output } }
    : { componentInputArtifact: at.input };
}

/** The inputs of a task, parameters and artifacts apart. */
export function bindingsOf(bindings: Iterable<readonly [string, Binding]>) {
  const parameters: Record<string, ParameterBinding> = {};
  const artifacts: Record<string, ArtifactBinding> = {};
  for (const [name, binding] of bindings) {
    if (isParameter(binding.type)) parameters[name] = parameterBinding(binding);
    else artifacts[name] = artifactBinding(binding);
  }
  return { parameters, artifacts };
}

function loopOf({ source }: Ref): LoopGroup | undefined {
  if (source.from === "item") return source.loop;
  return source.from === "field" ? loopOf(source.of) : undefined;
}

function isFromValues(ref: Ref): boolean {
  const items = loopOf(ref)?.items;
  return items !== undefined && "values" in items;
}

function entryOf<Value>(maps: Map<Group, Map<string, Value>>, group: Group): Map<string, Value> {
  const found = maps.get(group) ?? new Map<string, Value>();
  maps.set(group, found);
  return found;
}
