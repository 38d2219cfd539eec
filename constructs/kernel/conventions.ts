import type { IConstruct } from "constructs";
import { sourcesOf } from "./evaluate.ts";
import { type Edges, type Groups, push, type Reason } from "./groups.ts";
import { groupOf, identity, kindOf } from "./identity.ts";
import { isObject, type JsonObject, listAt, objectAt, textAt } from "./json.ts";
import { readLeaf } from "./marker.ts";
import type { PlatformObject } from "./objects.ts";
import { matches, podTemplateOf, referencesOf } from "./pods.ts";

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

/** The edges that go without saying: what needs what by what it is. */
export function connectByConvention(objects: readonly PlatformObject[], edges: Edges, groups: Groups): void {
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
