import type { Graph, Group, LoopGroup, TaskNode } from "../graph/graph.ts";
import type { Ref } from "../language/refs.ts";
import type { DataType } from "../language/types.ts";

/** Where a value is to be had: in which DAG, and how it is called there. */
export interface Place {
  /** What it is called where it has to be passed on, without the prefix. */
  readonly name: string;
  readonly type: DataType;
  /** The group in whose DAG it is. */
  readonly home: Group;
  readonly at:
    | { readonly input: string; readonly field?: string | undefined }
    | { readonly task: string; readonly output: string };
}

/** The name of an input that the compiler adds, as the SDK's does. */
export function added(name: string): string {
  return `pipelinechannel--${name}`;
}

/** The groups that a group is in, from the root to itself. */
export function pathOf(group: Group): readonly Group[] {
  return group.parent ? [...pathOf(group.parent), group] : [group];
}

/** Whether a group is another, or in it. */
export function isWithin(group: Group, outer: Group): boolean {
  for (let here: Group | undefined = group; here; here = here.parent) if (here === outer) return true;
  return false;
}

/** The group that is directly in another, and is or holds the first. */
export function childOn(group: Group, outer: Group): Group {
  let here = group;
  while (here.parent && here.parent !== outer) here = here.parent;
  return here;
}

/** The innermost group that holds both. */
export function commonOf(one: Group, other: Group): Group {
  let here = one;
  while (here.parent && !isWithin(other, here)) here = here.parent;
  return here;
}

/** What the item of a loop is called. */
export function itemName(loop: LoopGroup, reader: Group): string {
  return "values" in loop.items
    ? `loop-item-param-${loop.items.number}`
    : `${fullName(loop.items.ref, reader)}-loop-item`;
}

/** What a value is called where it has to be passed on: it follows from where it comes from, and for some from who reads it. */
export function fullName(ref: Ref, reader: Group): string {
  const { source } = ref;
  switch (source.from) {
    case "input":
      return source.name;
    case "task":
      return `${source.task.name}-${source.output}`;
    case "item":
      return itemName(source.loop, source.loop.parent ?? source.loop);
    case "field":
      return `${fullName(source.of, reader)}-subvar-${source.field}`;
    case "collected": {
      const group = collectingGroup(source.ref, reader);
      const output = added(fullName(source.ref, reader));
      return group ? `${group.name}-${output}` : output;
    }
    case "oneOf":
      return `${source.branches.name}-${oneOfName(source.branches.name, source.index)}`;
  }
}

/** What the output of a `oneOf` is called. */
export function oneOfName(branches: string, index: number): string {
  return added(`${branches}-oneof-${index}`);
}

/** The task that makes a value, if one does. */
export function producerOf({ source }: Ref): TaskNode | undefined {
  switch (source.from) {
    case "task":
      return source.task;
    case "item":
      return "ref" in source.loop.items ? producerOf(source.loop.items.ref) : undefined;
    case "field":
      return producerOf(source.of);
    case "collected":
      return producerOf(source.ref);
    default:
      return undefined;
  }
}

/** The outermost group that a task is in and the reader is not: where what is collected comes out. */
export function collectingGroup(ref: Ref, reader: Group): Group | undefined {
  const producer = ref.source.from === "task" ? ref.source.task : undefined;
  if (!producer) return undefined;
  const common = commonOf(reader, producer.group);
  return producer.group === common ? undefined : childOn(producer.group, common);
}

/** The pipeline that a value belongs to. */
export function graphOfRef({ source }: Ref): Graph {
  switch (source.from) {
    case "input":
      return source.graph;
    case "task":
      return source.task.group.graph;
    case "item":
      return source.loop.graph;
    case "field":
      return graphOfRef(source.of);
    case "collected":
      return graphOfRef(source.ref);
    case "oneOf":
      return source.branches.graph;
  }
}
