import type { IConstruct } from "constructs";
import { connectByConvention } from "./conventions.ts";
import { type Problem, throwProblems } from "./errors.ts";
import { cycle, type Edges, Groups, type Reason } from "./groups.ts";
import type { PlatformObject } from "./objects.ts";

/** An object and what must be there before it. */
export interface OrderedObject extends PlatformObject {
  readonly dependsOn: ReadonlyMap<PlatformObject, Reason>;
}

/**
 * Puts objects in an order in which each comes after all that it needs, otherwise as defined. Linear in objects and
 * edges; a dependency of one construct on another is contracted to what comes first in the one and last in the other.
 *
 * What needs what: dependencies declared on constructs; definitions before their kinds, namespaces before what is in
 * them, operators before their kinds; what a pod names, and its NetworkPolicy, before the workload; late values after
 * the object that they are read from.
 *
 * @throws FilieraError for a cycle, with the reason of each of its edges.
 */
export function order(root: IConstruct, objects: readonly PlatformObject[]): OrderedObject[] {
  const edges: Edges = new Map(objects.map((object) => [object, new Map<PlatformObject, Reason>()]));
  const groups = new Groups(root, objects);
  connectByConvention(objects, edges, groups);
  groups.connect(edges);
  return sort(objects, edges);
}

/** Depth-first, so that each object follows what it needs and otherwise stays where it was defined. */
function sort(objects: readonly PlatformObject[], edges: Edges): OrderedObject[] {
  const sorted: OrderedObject[] = [];
  const state = new Map<PlatformObject, "open" | "done">();
  for (const start of objects) {
    if (state.has(start)) continue;
    const stack = [frame(start, edges)];
    state.set(start, "open");
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const next = top.rest.next();
      if (next.done) {
        state.set(top.object, "done");
        sorted.push({ ...top.object, dependsOn: edges.get(top.object) ?? new Map() });
        stack.pop();
      } else if (!state.has(next.value)) {
        state.set(next.value, "open");
        stack.push(frame(next.value, edges));
      } else if (state.get(next.value) === "open") {
        throwProblems([
          objectCycle(
            stack.map(({ object }) => object),
            next.value,
            edges,
          ),
        ]);
      }
    }
  }
  return sorted;
}

function frame(object: PlatformObject, edges: Edges) {
  return { object, rest: (edges.get(object) ?? new Map<PlatformObject, Reason>()).keys() };
}

function objectCycle(open: readonly PlatformObject[], start: PlatformObject, edges: Edges): Problem {
  const members = open.slice(open.indexOf(start));
  const reasons = members.map((object, i) => {
    const next = members[(i + 1) % members.length] ?? start;
    return `${object.construct.node.path} comes after ${next.construct.node.path}: ${edges.get(object)?.get(next)}`;
  });
  return cycle(start.construct, reasons);
}
