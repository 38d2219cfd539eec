import type { IConstruct } from "constructs";
import { type Problem, throwProblems } from "./errors.ts";
import type { PlatformObject } from "./objects.ts";

/** Why one object comes after another, in words. */
export type Reason = string;

/** What each object comes after, and why. */
export type Edges = ReadonlyMap<PlatformObject, Map<PlatformObject, Reason>>;

/**
 * Dependencies between constructs, which stand for all the objects in them. An edge from one to the other concerns
 * only what comes first in the one (its sources) and last in the other (its sinks), so for each object and construct
 * it must be known whether the object has an edge inside that construct: the deepest common scope of its edges tells.
 */
export class Groups {
  readonly #members = new Map<IConstruct, PlatformObject[]>();
  readonly #edges = new Map<IConstruct, Set<IConstruct>>();
  /** What holds no objects but depends on something, by every construct around it. */
  readonly #empty = new Map<IConstruct, IConstruct[]>();
  /** Depth of the deepest construct in which something comes before (after) the construct's objects. */
  readonly #before = new Map<IConstruct, number>();
  readonly #after = new Map<IConstruct, number>();
  readonly #depths = new Map<IConstruct, number>();
  readonly #reached = new Map<IConstruct, Reached>();

  constructor(root: IConstruct, objects: readonly PlatformObject[]) {
    const wanted = new Set<IConstruct>();
    const problems: Problem[] = [];
    const constructs = root.node.findAll();
    for (const construct of constructs) this.#depths.set(construct, depthOf(this.#depths, construct));
    for (const construct of constructs) {
      const targets = new Set(construct.node.dependencies);
      targets.delete(construct);
      for (const target of targets)
        if (!this.#depths.has(target) && !contains(target, root))
          problems.push({
            path: construct.node.path,
            message: `depends on ${target.node.path}, which is not below ${root.node.path || "the root"}: take a construct around both`,
          });
        else if (contains(construct, target) || contains(target, construct))
          problems.push({
            path: construct.node.path,
            message: `depends on ${target.node.path}, and one of the two is inside the other: depend on a part of it`,
          });
        else wanted.add(construct).add(target);
      if (targets.size > 0) this.#edges.set(construct, targets);
    }
    throwProblems(problems);
    for (const object of objects)
      for (const scope of object.construct.node.scopes) if (wanted.has(scope)) push(this.#members, scope, object);
    for (const construct of this.#edges.keys())
      if (!this.#members.has(construct)) for (const scope of construct.node.scopes) push(this.#empty, scope, construct);
    for (const [from, to, reasons] of this.#fullEdges()) {
      if (contains(from, to) || contains(to, from)) throwProblems([cycle(from, reasons)]);
      this.join(from, to);
    }
  }

  /** Notes that everything in `from` comes after everything in `to`. */
  join(from: IConstruct, to: IConstruct): void {
    const common = this.#commonDepth(from, to);
    this.#before.set(from, Math.max(this.#before.get(from) ?? -1, common));
    this.#after.set(to, Math.max(this.#after.get(to) ?? -1, common));
  }

  /** Turns the dependencies between constructs into edges between objects. */
  connect(edges: Edges): void {
    const sources = new Map<IConstruct, PlatformObject[]>();
    const sinks = new Map<IConstruct, PlatformObject[]>();
    for (const [from, to, reasons] of this.#fullEdges()) {
      const reason = reasons.join(", and ");
      const last = this.#ends(to, this.#after, sinks);
      for (const source of this.#ends(from, this.#before, sources)) {
        const mine = edges.get(source);
        for (const sink of last) if (!mine?.has(sink)) mine?.set(sink, reason);
      }
    }
  }

  /** The dependencies between constructs that hold objects; those that hold none pass theirs on. */
  *#fullEdges(): Iterable<[IConstruct, IConstruct, readonly Reason[]]> {
    for (const from of this.#edges.keys())
      if (this.#members.has(from))
        for (const [to, reasons] of this.#follow([from], new Map())) yield [from, to, reasons];
  }

  /** The objects of a group with no edge of that direction inside it. */
  #ends(
    group: IConstruct,
    inside: ReadonlyMap<IConstruct, number>,
    known: Map<IConstruct, PlatformObject[]>,
  ): PlatformObject[] {
    const depth = this.#depths.get(group) ?? 0;
    const ends =
      known.get(group) ??
      (this.#members.get(group) ?? []).filter(({ construct }) =>
        construct.node.scopes.every((scope) => (inside.get(scope) ?? -1) < depth),
      );
    known.set(group, ends);
    return ends;
  }

  /** Where the dependencies of some constructs lead, and by which of them. */
  #follow(constructs: readonly IConstruct[], visiting: Map<IConstruct, Reason>): Reached {
    const reached = new Map<IConstruct, readonly Reason[]>();
    for (const construct of constructs)
      for (const target of this.#edges.get(construct) ?? []) {
        const reason = `${construct.node.path} depends on ${target.node.path}`;
        for (const [group, reasons] of this.#reach(target, reason, visiting))
          if (!reached.has(group)) reached.set(group, [reason, ...reasons]);
      }
    return reached;
  }

  /** The full groups that whatever depends on a construct comes after: itself, and what empty parts of it depend on. */
  #reach(target: IConstruct, reason: Reason, visiting: Map<IConstruct, Reason>): Reached {
    const known = this.#reached.get(target);
    if (known) return known;
    if (visiting.has(target)) {
      const steps = [...visiting.keys()].indexOf(target) + 1;
      throwProblems([cycle(target, [...[...visiting.values()].slice(steps), reason])]);
    }
    visiting.set(target, reason);
    const full = this.#members.has(target);
    const around = full ? [] : target.node.scopes.slice(0, -1);
    const reached = this.#follow([...around, ...(this.#empty.get(target) ?? [])], visiting);
    visiting.delete(target);
    if (full) reached.set(target, []);
    this.#reached.set(target, reached);
    return reached;
  }

  #commonDepth(a: IConstruct, b: IConstruct): number {
    let [x, y]: [IConstruct | undefined, IConstruct | undefined] = [a, b];
    while (x && y && x !== y) {
      if ((this.#depths.get(x) ?? 0) >= (this.#depths.get(y) ?? 0)) x = x.node.scope;
      else y = y.node.scope;
    }
    return x && y ? (this.#depths.get(x) ?? 0) : -1;
  }
}

/** Groups with objects, and by which dependencies they are reached. */
type Reached = Map<IConstruct, readonly Reason[]>;

function depthOf(depths: ReadonlyMap<IConstruct, number>, construct: IConstruct): number {
  const { scope } = construct.node;
  return scope ? (depths.get(scope) ?? 0) + 1 : 0;
}

function contains(outer: IConstruct, inner: IConstruct): boolean {
  return inner.node.scopes.includes(outer);
}

/** A cycle, with the reason of each of its edges. */
export function cycle({ node }: IConstruct, reasons: readonly Reason[]): Problem {
  const lines = reasons.map((reason) => `\n  ${reason}`).join("");
  return { path: node.path, message: `is part of a dependency cycle: remove one of these edges${lines}` };
}

/** Adds to the list of a key. */
export function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
