import type { IConstruct } from "constructs";
import { type Problem, throwProblems } from "./errors.ts";
import { sourcesOf } from "./evaluate.ts";
import { groupOf, identity, kindOf } from "./identity.ts";
import { isObject, type JsonObject, listAt, objectAt, textAt } from "./json.ts";
import { readLeaf } from "./marker.ts";
import type { PlatformObject } from "./objects.ts";
import { matches, podTemplateOf, referencesOf } from "./pods.ts";

/** Why one object comes after another, in words. */
export type Reason = string;

/** An object and what must be there before it. */
export interface OrderedObject extends PlatformObject {
  readonly dependsOn: ReadonlyMap<PlatformObject, Reason>;
}

const PROVIDES = Symbol.for("filiera.provides");

/** Declares that a construct brings kinds (`group/Kind`) to the cluster: their objects come after it. */
export function provides(construct: IConstruct, kinds: readonly string[]): void {
  const holder: { [PROVIDES]?: readonly string[] } & IConstruct = construct;
  holder[PROVIDES] = [...(holder[PROVIDES] ?? []), ...kinds];
}

/** The kinds that a construct brings to the cluster. */
export function providedBy(construct: IConstruct): readonly string[] {
  const holder: { [PROVIDES]?: readonly string[] } & IConstruct = construct;
  return holder[PROVIDES] ?? [];
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

type Edges = ReadonlyMap<PlatformObject, Map<PlatformObject, Reason>>;

function connectByConvention(objects: readonly PlatformObject[], edges: Edges, groups: Groups): void {
  const index = indexOf(objects);
  for (const object of objects) {
    const mine = edges.get(object);
    const need = (other: PlatformObject | undefined, reason: Reason): void => {
      if (!other || other === object || mine?.has(other)) return;
      mine?.set(other, reason);
      groups.join(object.construct, other.construct);
    };
    const { manifest } = object;
    const { namespace } = manifest.metadata;
    for (const provider of index.providers.get(kindOf(manifest)) ?? [])
      need(provider, `${kindOf(manifest)} is a kind that it provides`);
    if (namespace !== undefined)
      need(index.byIdentity.get(identity("/Namespace", "", namespace)), "is in its namespace");
    for (const construct of sourceObjects(manifest))
      need(index.byConstruct.get(construct), "a late value is read from it");
    const template = podTemplateOf(manifest);
    if (template) {
      for (const name of referencesOf(manifest, template.spec)) need(index.byIdentity.get(name), "its pods need it");
      for (const policy of policiesFor(index, namespace, template.labels)) need(policy, "guards its pods");
      for (const binding of index.bindings.get(`${namespace}/${textAt(template.spec, "serviceAccountName")}`) ?? [])
        need(binding, "grants its pods their permissions");
    }
    if (manifest.kind === "HorizontalPodAutoscaler") {
      const target = objectAt(manifest, "spec", "scaleTargetRef");
      const kind = `${groupOf(textAt(target, "apiVersion") ?? "")}/${target["kind"]}`;
      need(index.byIdentity.get(identity(kind, namespace, textAt(target, "name") ?? "")), "scales it");
    }
  }
}

interface Index {
  readonly byIdentity: ReadonlyMap<string, PlatformObject>;
  readonly byConstruct: ReadonlyMap<IConstruct, PlatformObject>;
  readonly providers: ReadonlyMap<string, readonly PlatformObject[]>;
  /** NetworkPolicies by namespace and one of the labels they select by. */
  readonly policies: ReadonlyMap<string, readonly { policy: PlatformObject; labels: JsonObject }[]>;
  /** Role bindings by `namespace/serviceAccount`. */
  readonly bindings: ReadonlyMap<string, readonly PlatformObject[]>;
}

function indexOf(objects: readonly PlatformObject[]): Index {
  const providers = new Map<string, PlatformObject[]>();
  const policies = new Map<string, { policy: PlatformObject; labels: JsonObject }[]>();
  const bindings = new Map<string, PlatformObject[]>();
  for (const object of objects) {
    const { manifest } = object;
    const { namespace } = manifest.metadata;
    for (const kind of providedBy(object.construct)) push(providers, kind, object);
    if (manifest.kind === "CustomResourceDefinition")
      push(providers, `${textAt(manifest, "spec", "group")}/${textAt(manifest, "spec", "names", "kind")}`, object);
    if (manifest.kind === "NetworkPolicy") {
      const labels = objectAt(manifest, "spec", "podSelector", "matchLabels");
      const [first] = Object.entries(labels);
      push(policies, first ? `${namespace}/${first[0]}=${first[1]}` : `${namespace}/`, { policy: object, labels });
    }
    if (manifest.kind === "RoleBinding" || manifest.kind === "ClusterRoleBinding")
      for (const subject of listAt(manifest, "subjects"))
        if (subject["kind"] === "ServiceAccount")
          push(bindings, `${subject["namespace"] ?? namespace}/${subject["name"]}`, object);
  }
  return {
    byIdentity: new Map(objects.map((object) => [object.identity, object])),
    byConstruct: new Map(objects.map((object) => [object.construct, object])),
    providers,
    policies,
    bindings,
  };
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function* policiesFor(index: Index, namespace: string | undefined, labels: JsonObject): Iterable<PlatformObject> {
  const buckets = [`${namespace}/`, ...Object.entries(labels).map(([key, value]) => `${namespace}/${key}=${value}`)];
  for (const bucket of buckets)
    for (const entry of index.policies.get(bucket) ?? []) if (matches(entry.labels, labels)) yield entry.policy;
}

/** The constructs that a manifest's late values are read from. */
function sourceObjects(value: unknown, found = new Set<IConstruct>()): Set<IConstruct> {
  if (Array.isArray(value)) for (const item of value) sourceObjects(item, found);
  else if (isObject(value)) for (const item of Object.values(value)) sourceObjects(item, found);
  else {
    const leaf = readLeaf(value);
    if (leaf.kind === "late")
      for (const source of sourcesOf(leaf.expression)) if (source.kind === "object") found.add(source.object);
  }
  return found;
}

/**
 * Dependencies between constructs, which stand for all the objects in them. An edge from one to the other concerns
 * only what comes first in the one (its sources) and last in the other (its sinks), so for each object and construct
 * it must be known whether the object has an edge inside that construct: the deepest common scope of its edges tells.
 */
class Groups {
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

function cycle({ node }: IConstruct, reasons: readonly Reason[]): Problem {
  const lines = reasons.map((reason) => `\n  ${reason}`).join("");
  return { path: node.path, message: `is part of a dependency cycle: remove one of these edges${lines}` };
}
