import type { ApiObject, Chart } from "cdk8s";
import { Construct, type IConstruct } from "constructs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { provides } from "../../../constructs/kernel/conventions.ts";
import { late } from "../../../constructs/kernel/late.ts";
import { collect } from "../../../constructs/kernel/objects.ts";
import { type OrderedObject, order } from "../../../constructs/kernel/order.ts";
import { chart, clusterObject, object } from "../../support/chart.ts";
import { complaint } from "../../support/errors.ts";

function ordered(root: IConstruct): OrderedObject[] {
  return order(root, collect(root));
}

function names(root: IConstruct): string[] {
  return ordered(root).map(({ manifest }) => manifest.metadata.name);
}

/** A random tree: each construct under an earlier one, some of them objects; edges as pairs of positions. */
interface Plan {
  readonly parents: readonly number[];
  readonly isObject: readonly boolean[];
  readonly edges: readonly (readonly [number, number])[];
}

const plans: fc.Arbitrary<Plan> = fc.integer({ min: 2, max: 14 }).chain((n) =>
  fc.record({
    parents: fc.tuple(...Array.from({ length: n }, (_, i) => fc.integer({ min: -1, max: i - 1 }))),
    isObject: fc.array(fc.boolean(), { minLength: n, maxLength: n }),
    edges: fc.array(fc.tuple(fc.nat({ max: n - 1 }), fc.nat({ max: n - 1 })), { maxLength: 10 }),
  }),
);

function build({ parents, isObject, edges }: Plan): { root: Chart; constructs: IConstruct[] } {
  const root = chart();
  const constructs: Construct[] = [];
  for (const [i, parent] of parents.entries()) {
    const scope = constructs[parent] ?? root;
    constructs.push(isObject[i] ? object(scope, `c${i}`) : new Construct(scope, `c${i}`));
  }
  for (const [from, to] of edges) {
    const target = constructs[to];
    if (target) constructs[from]?.node.addDependency(target);
  }
  return { root, constructs };
}

/**
 * By definition, and as slowly as can be: everything begins after what it is in has begun and after all that it
 * depends on has ended, and ends after all of its parts have. What cannot begin before it has ended is a cycle.
 */
function oracle({ parents, edges }: Plan): { follows: (x: number, y: number) => boolean; nested: boolean } {
  const n = parents.length;
  const begin = (i: number) => 2 * i;
  const end = (i: number) => 2 * i + 1;
  const reach = Array.from({ length: 2 * n }, () => new Set<number>());
  const edge = (from: number, to: number) => reach[from]?.add(to);
  for (let i = 0; i < n; i++) {
    edge(begin(i), end(i));
    const parent = parents[i] ?? -1;
    if (parent >= 0) {
      edge(begin(parent), begin(i));
      edge(end(i), end(parent));
    }
  }
  for (const [from, to] of edges) if (from !== to) edge(end(to), begin(from));
  for (let k = 0; k < 2 * n; k++)
    for (const from of reach) if (from.has(k)) for (const to of reach[k] ?? []) from.add(to);
  const isIn = (inner: number, outer: number): boolean => {
    for (let i = inner; i >= 0; i = parents[i] ?? -1) if (i === outer) return true;
    return false;
  };
  return {
    follows: (x, y) => reach[end(y)]?.has(begin(x)) ?? false,
    nested: edges.some(([from, to]) => from !== to && (isIn(from, to) || isIn(to, from))),
  };
}

/** What comes before what, following edges as far as they go. */
function closure(objects: readonly OrderedObject[]): Map<ApiObject, Set<ApiObject>> {
  const before = new Map<ApiObject, Set<ApiObject>>();
  for (const { construct, dependsOn } of objects) {
    const all = new Set<ApiObject>();
    for (const needed of dependsOn.keys()) {
      all.add(needed.construct);
      for (const further of before.get(needed.construct) ?? []) all.add(further);
    }
    before.set(construct, all);
  }
  return before;
}

describe("the order of objects", () => {
  it("is exactly what the dependencies of constructs say, through groups, nested groups and empty ones", () => {
    let accepted = 0;
    fc.assert(
      fc.property(plans, (plan) => {
        const { follows, nested } = oracle(plan);
        const positions = plan.parents.map((_, i) => i);
        const objects = positions.filter((i) => plan.isObject[i]);
        const { root, constructs } = build(plan);
        if (nested) {
          expect(complaint(() => ordered(root))).toContain("one of the two is inside the other");
          return;
        }
        if (objects.some((i) => follows(i, i))) {
          expect(complaint(() => ordered(root))).toContain("is part of a dependency cycle");
          return;
        }
        // a cycle of nothing but empty groups may be found or not: there is nothing to put in order
        if (positions.some((i) => follows(i, i))) return;
        accepted++;
        const list = ordered(root);
        expect(list).toHaveLength(objects.length);
        const before = closure(list);
        const place = new Map(list.map(({ construct }, i) => [construct, i]));
        for (const x of objects)
          for (const y of objects) {
            const [one, other] = [constructs[x], constructs[y]];
            const found = list.find(({ construct }) => construct === one);
            const needed = list.find(({ construct }) => construct === other);
            if (!found || !needed) throw new Error("an object was lost");
            const expected = follows(x, y);
            expect(before.get(found.construct)?.has(needed.construct), `${x} after ${y}`).toBe(expected);
            if (expected) expect(place.get(needed.construct)).toBeLessThan(place.get(found.construct) ?? -1);
          }
      }),
      { numRuns: 1500 },
    );
    expect(accepted).toBeGreaterThan(300);
  });
});

function spec(labels: object, pod: object): object {
  return { template: { metadata: { labels }, spec: pod } };
}

/** Who comes directly before an object, and why. */
function reasons(root: IConstruct, name: string): Record<string, string> {
  const found = ordered(root).find(({ manifest }) => manifest.metadata.name === name);
  return Object.fromEntries([...(found?.dependsOn ?? [])].map(([{ manifest }, why]) => [manifest.metadata.name, why]));
}

describe("what goes without saying", () => {
  it("stays in the order of definition where nothing else is said", () => {
    const root = chart();
    for (const id of ["b", "a", "d", "c"]) object(root, id);
    expect(names(root)).toEqual(["b", "a", "d", "c"]);
  });

  it("puts definitions before their kinds, whatever the version", () => {
    const root = chart();
    object(root, "cluster", { apiVersion: "example.com/v1beta1", kind: "Cluster" });
    clusterObject(root, "clusters.example.com", {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      spec: { group: "example.com", names: { kind: "Cluster" }, versions: [{ name: "v1" }] },
    });
    expect(names(root)).toEqual(["clusters.example.com", "cluster"]);
    expect(reasons(root, "cluster")).toEqual({
      "clusters.example.com": "example.com/Cluster is a kind that it provides",
    });
  });

  it("puts operators before their kinds", () => {
    const root = chart();
    object(root, "cluster", { apiVersion: "example.com/v1", kind: "Cluster" });
    const operator = object(root, "operator", { apiVersion: "apps/v1", kind: "Deployment" });
    provides(operator, ["example.com/Other"]);
    provides(operator, ["example.com/Cluster"]);
    expect(names(root)).toEqual(["operator", "cluster"]);
  });

  it("puts a namespace before what is in it", () => {
    const root = chart();
    object(root, "a");
    clusterObject(root, "team", { kind: "Namespace" });
    expect(reasons(root, "a")).toEqual({ team: "is in its namespace" });
    expect(names(root)).toEqual(["team", "a"]);
  });

  it("puts whatever a pod names before it, projected volumes and every container too", () => {
    const root = chart();
    object(root, "server", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      spec: spec(
        {},
        {
          serviceAccountName: "account",
          imagePullSecrets: [{ name: "pull" }],
          volumes: [
            { name: "1", secret: { secretName: "volume" } },
            { name: "2", configMap: { name: "settings" } },
            { name: "3", persistentVolumeClaim: { claimName: "claim" } },
            {
              name: "4",
              projected: { sources: [{ secret: { name: "projected" } }, { configMap: { name: "bundle" } }] },
            },
          ],
          initContainers: [{ env: [{ name: "A", valueFrom: { secretKeyRef: { name: "init", key: "a" } } }] }],
          containers: [
            {
              envFrom: [{ secretRef: { name: "env-from" } }, { configMapRef: { name: "map-from" } }],
              env: [
                { name: "A", valueFrom: { configMapKeyRef: { name: "key", key: "a" } } },
                { name: "B", value: "b" },
              ],
            },
          ],
        },
      ),
    });
    const kinds = {
      account: "ServiceAccount",
      pull: "Secret",
      volume: "Secret",
      settings: "ConfigMap",
      claim: "PersistentVolumeClaim",
      projected: "Secret",
      bundle: "ConfigMap",
      init: "Secret",
      "env-from": "Secret",
      "map-from": "ConfigMap",
      key: "ConfigMap",
    };
    for (const [name, kind] of Object.entries(kinds)) object(root, name, { kind });
    object(root, "elsewhere", { kind: "Secret", name: "pull", namespace: "other" });
    expect(reasons(root, "server")).toEqual(
      Object.fromEntries(Object.keys(kinds).map((name) => [name, "its pods need it"])),
    );
    expect(names(root).at(-2)).toBe("server");
  });

  it("puts a pod's policies and permissions before it", () => {
    const root = chart();
    const labels = { app: "a", part: "b" };
    object(root, "job", {
      apiVersion: "batch/v1",
      kind: "CronJob",
      spec: { jobTemplate: { spec: spec(labels, { serviceAccountName: "sa" }) } },
    });
    const policy = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" };
    object(root, "all", { ...policy, spec: { podSelector: {} } });
    object(root, "mine", { ...policy, spec: { podSelector: { matchLabels: { app: "a" } } } });
    object(root, "other", { ...policy, spec: { podSelector: { matchLabels: { app: "a", part: "c" } } } });
    object(root, "far", { ...policy, namespace: "far", spec: { podSelector: {} } });
    const subjects = [{ kind: "ServiceAccount", name: "sa", namespace: "team" }];
    object(root, "binding", {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      subjects: [{ kind: "ServiceAccount", name: "sa" }],
    });
    clusterObject(root, "cluster-binding", {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      subjects,
    });
    expect(reasons(root, "job")).toEqual({
      all: "guards its pods",
      mine: "guards its pods",
      binding: "grants its pods their permissions",
      "cluster-binding": "grants its pods their permissions",
    });
  });

  it("puts the headless Service before its StatefulSet, and what is scaled before its autoscaler", () => {
    const root = chart();
    object(root, "scaler", {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "StatefulSet", name: "db" } },
    });
    object(root, "db", {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      spec: { serviceName: "db-headless", ...spec({}, {}) },
    });
    object(root, "db-headless", { kind: "Service" });
    expect(names(root)).toEqual(["db-headless", "db", "scaler"]);
    expect(reasons(root, "scaler")).toEqual({ db: "scales it" });
  });

  it("puts the object that a late value is read from before what uses it", () => {
    const root = chart();
    const gateway = object(new Construct(root, "later"), "gateway", { kind: "Service" });
    const ip = late.of(gateway, "status", "ip");
    object(root, "b", { data: { url: String(late.base64(late.json({ list: [late.text`http://${ip}`] }))) } });
    expect(reasons(root, "b")).toEqual({ gateway: "a late value is read from it" });
    expect(names(root)).toEqual(["gateway", "b"]);
  });
});

describe("a dependency cycle", () => {
  it("is named with the reason of each edge", () => {
    const root = chart();
    const a = object(root, "a", { kind: "Secret" });
    const group = new Construct(root, "group");
    const pod = object(group, "b", { kind: "Pod", spec: { volumes: [{ secret: { secretName: "a" } }] } });
    const c = object(root, "c");
    c.node.addDependency(group);
    a.node.addDependency(c);
    expect(pod).toBeDefined();
    expect(complaint(() => ordered(root))).toBe(
      `[test/a] is part of a dependency cycle: remove one of these edges
  test/a comes after test/c: test/a depends on test/c
  test/c comes after test/group/b: test/c depends on test/group
  test/group/b comes after test/a: its pods need it`,
    );
  });

  it("is named where it leads through groups without objects", () => {
    const root = chart();
    const full = new Construct(root, "full");
    object(full, "a");
    object(full, "b");
    const empty = new Construct(root, "empty");
    const ready = new Construct(empty, "ready");
    full.node.addDependency(empty);
    ready.node.addDependency(full);
    expect(complaint(() => ordered(root))).toBe(
      `[test/full] is part of a dependency cycle: remove one of these edges
  test/full depends on test/empty
  test/empty/ready depends on test/full`,
    );
  });

  it("is named where it consists of groups without objects, once something depends on it", () => {
    const root = chart();
    const [one, two] = [new Construct(root, "one"), new Construct(root, "two")];
    one.node.addDependency(two);
    two.node.addDependency(one);
    object(root, "a").node.addDependency(one);
    expect(complaint(() => ordered(root))).toBe(
      `[test/one] is part of a dependency cycle: remove one of these edges
  test/one depends on test/two
  test/two depends on test/one`,
    );
  });

  it("may be that of a construct and a part of it", () => {
    const root = chart();
    const group = new Construct(root, "group");
    group.node.addDependency(object(group, "a"));
    expect(complaint(() => ordered(root))).toBe(
      "[test/group] depends on test/group/a, and one of the two is inside the other: depend on a part of it",
    );
  });
});

describe("a dependency on something outside", () => {
  it("is refused, as its order would be lost", () => {
    const root = chart();
    const inside = new Construct(root, "inside");
    object(inside, "a").node.addDependency(object(root, "b"));
    expect(complaint(() => order(inside, collect(inside)))).toBe(
      "[test/inside/a] depends on test/b, which is not below test/inside: take a construct around both",
    );
  });
});

describe("the number of edges", () => {
  it("says which empty groups an edge leads through", () => {
    const root = chart();
    const empty = new Construct(root, "empty");
    empty.node.addDependency(object(root, "a"));
    object(root, "b").node.addDependency(empty);
    expect(reasons(root, "b")).toEqual({ a: "test/b depends on test/empty, and test/empty depends on test/a" });
  });

  it("does not grow with the layers that depend on one another", () => {
    const root = chart();
    const layers = Array.from({ length: 60 }, (_, i) => {
      const layer = new Construct(root, `layer-${i}`);
      const inside = Array.from({ length: 5 }, (_, j) => object(layer, `o-${i}-${j}`));
      for (const [j, each] of inside.entries()) {
        const before = inside[j - 1];
        if (before) each.node.addDependency(before);
      }
      return layer;
    });
    for (const [i, layer] of layers.entries())
      for (const before of layers.slice(0, i)) layer.node.addDependency(before);
    const edges = ordered(root).reduce((sum, { dependsOn }) => sum + dependsOn.size, 0);
    // four in each layer, and from the first of each layer to the last of each before it
    expect(edges).toBe(60 * 4 + (60 * 59) / 2);
  });

  it("does not blow up for a ladder whose rungs all depend on all of the rungs below", () => {
    const root = chart();
    let below: ApiObject[] = [];
    for (let i = 0; i < 60; i++) {
      const rung = Array.from({ length: 4 }, (_, j) => object(root, `o-${i}-${j}`));
      for (const each of rung) each.node.addDependency(...below);
      below = rung;
    }
    expect(ordered(root)).toHaveLength(240);
  });

  it("may be a chain of ten thousand, the last one first", () => {
    const root = chart();
    const objects = Array.from({ length: 10_000 }, (_, i) => object(root, `o${i}`));
    for (const [i, each] of objects.entries()) {
      const next = objects[i + 1];
      if (next) each.node.addDependency(next);
    }
    expect(names(root)[0]).toBe("o9999");
  });
});
