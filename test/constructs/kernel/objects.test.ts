import { ApiObject, JsonPatch } from "cdk8s";
import { Deployment, ImagePullPolicy, k8s, LabelSelector } from "cdk8s-plus-28";
import { Construct } from "constructs";
import { describe, expect, it } from "vitest";
import { late } from "../../../constructs/kernel/late.ts";
import { collect, type Manifest, whenComplete } from "../../../constructs/kernel/objects.ts";
import { patch } from "../../../constructs/kernel/patches.ts";
import { chart, object } from "../../support/chart.ts";
import { complaint } from "../../support/errors.ts";
import { known, lateAs } from "../../support/plain.ts";

function manifestOf(construct: ApiObject): Manifest {
  const [first] = collect(construct);
  if (!first) throw new Error("nothing was collected");
  return first.manifest;
}

function service(root: Construct, spec: k8s.ServiceSpec = {}): k8s.KubeService {
  return new k8s.KubeService(root, "service", { metadata: { name: "s" }, spec });
}

const LOST = (path: string) =>
  `[test/service] the JSON patch of ${path} was lost: the typed object does not know that field at that place; use patch(object, …) from filiera/constructs`;

describe("the objects of a tree", () => {
  it("have what they are to the cluster for identity, whatever their version", () => {
    const root = chart();
    object(root, "a", { apiVersion: "apps/v1beta1", kind: "Deployment" });
    object(root, "b", { kind: "Secret" });
    new ApiObject(root, "c", { apiVersion: "v1", kind: "Namespace", metadata: { name: "team" } });
    expect(collect(root).map(({ identity }) => identity)).toEqual([
      "apps/Deployment/team/a",
      "/Secret/team/b",
      "/Namespace//team",
    ]);
  });

  it("are refused where two are one to the cluster, both named", () => {
    const root = chart();
    object(new Construct(root, "one"), "x", { apiVersion: "autoscaling/v1", kind: "HorizontalPodAutoscaler" });
    object(new Construct(root, "two"), "y", {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      name: "x",
    });
    expect(complaint(() => collect(root))).toBe(
      "[test/two/y] is autoscaling/HorizontalPodAutoscaler/team/x, and so is test/one/x: give one of them another name or namespace",
    );
  });

  it("are refused all at once", () => {
    const root = chart();
    object(root, "a", { data: { key: `x${late.named("y")}`, number: Number.NaN } });
    object(root, "b", { name: String(late.named("z")) });
    new ApiObject(root, "c", { apiVersion: "v1", kind: "ConfigMap", data: { when: new Date(0) } });
    object(root, "d");
    object(root, "e", { name: "d" });
    expect(complaint(() => collect(root)).split("\n")).toEqual([
      "[test/a] data.key: a late value stands inside a longer text: join it with late.text, and encode it with late.url, late.json, late.ini, late.shell or late.kube",
      "[test/a] data.number: is NaN, which JSON cannot say",
      "[test/b] name is late: an object's identity must be known when it is planned",
      "[test/c] can't render non-simple object of type 'Date'",
      "[test/e] is /ConfigMap/team/d, and so is test/d: give one of them another name or namespace",
    ]);
  });

  it("may be made when the tree is complete, and so may what these make", () => {
    const root = chart();
    whenComplete(root, () => {
      const inner = new Construct(root, "inner");
      whenComplete(inner, () => object(inner, "a"));
    });
    expect(collect(root)).toHaveLength(1);
    expect(collect(root)).toHaveLength(1);
  });

  it("need not be shallow", () => {
    let deep: Construct = chart();
    const root = deep;
    for (let i = 0; i < 500; i++) deep = new Construct(deep, "x");
    object(deep, "a");
    expect(collect(root)).toHaveLength(1);
  });

  it("hold late values wherever cdk8s takes text or any value", () => {
    const root = chart();
    const value = lateAs("v");
    const a = object(root, "a", { data: { token: value, text: String(value), list: [[value]] } });
    a.addJsonPatch(JsonPatch.add("/data/patched", value));
    patch(a, JsonPatch.add("/data/ours", value), JsonPatch.add("/data/deep", { x: [value] }));
    const { data } = manifestOf(a);
    const marker = String(value);
    expect(data).toEqual({
      token: marker,
      text: marker,
      list: [[marker]],
      patched: marker,
      ours: marker,
      deep: { x: [marker] },
    });
    expect(known(marker)).toBe("v");
  });
});

describe("cdk8s' own JSON patches", () => {
  it.each([
    ["a field that the types call otherwise", [JsonPatch.add("/spec/clusterIP", "None")], "/spec/clusterIP"],
    ["a newer field", [JsonPatch.add("/spec/trafficDistribution", "PreferClose")], "/spec/trafficDistribution"],
    [
      "a newer field inside what is known",
      [JsonPatch.add("/spec/sessionAffinityConfig", { clientIP: { timeoutSeconds: 1, newer: 2 } })],
      "/spec/sessionAffinityConfig",
    ],
    ["an item of a list", [JsonPatch.add("/spec/ports/-", { port: 1, newer: true })], "/spec/ports/-"],
    ["a late value", [JsonPatch.add("/spec/newer", late.named("x"))], "/spec/newer"],
    ["one of several", [JsonPatch.add("/spec/type", "NodePort"), JsonPatch.add("/spec/newer", 1)], "/spec/newer"],
  ])("are refused where they are lost: %s", (_, patches, path) => {
    const root = chart();
    service(root, { ports: [{ port: 80 }] }).addJsonPatch(...patches);
    expect(complaint(() => collect(root))).toBe(LOST(path));
  });

  it("are refused where another value stands in the place", () => {
    const root = chart();
    service(root, { clusterIp: "None" }).addJsonPatch(JsonPatch.add("/spec/clusterIP", "10.0.0.1"));
    expect(complaint(() => collect(root))).toBe(LOST("/spec/clusterIP"));
  });

  it("are refused where nothing was removed", () => {
    const root = chart();
    // unknown fields are invented first, as RFC 6902 removes only what is there
    service(root, { clusterIp: "None" }).addJsonPatch(
      JsonPatch.add("/spec/clusterIP", "x"),
      JsonPatch.remove("/spec/clusterIP"),
    );
    expect(complaint(() => collect(root))).toBe(LOST("/spec/clusterIP"));
  });

  it("are kept otherwise", () => {
    const root = chart();
    const { spec } = (() => {
      const made = service(root, { ports: [{ port: 80 }], type: "ClusterIP" });
      made.addJsonPatch(
        JsonPatch.test("/spec/type", "ClusterIP"),
        JsonPatch.replace("/spec/type", "NodePort"),
        JsonPatch.add("/spec/ports/-", { port: 81, name: "late~r/" }),
        JsonPatch.add("/spec/ports/0", { port: 79 }),
        JsonPatch.add("/spec/selector", { a: "b" }),
        JsonPatch.add("/spec/selector/c~1d", "e"),
        JsonPatch.remove("/spec/selector/a"),
        JsonPatch.add("/spec/externalName", "x"),
        JsonPatch.remove("/spec/externalName"),
      );
      return manifestOf(made);
    })();
    expect(spec).toEqual({
      ports: [{ port: 79 }, { port: 80 }, { port: 81, name: "late~r/" }],
      selector: { "c/d": "e" },
      type: "NodePort",
    });
  });
});

describe("patch", () => {
  it("changes the finished manifest, fields that the types do not know too, and twice the same", () => {
    const root = chart();
    const made = service(root, { clusterIp: "10.0.0.1" });
    patch(made, JsonPatch.replace("/spec/clusterIP", "None"), JsonPatch.add("/spec/newer", { list: [1] }));
    patch(made, JsonPatch.add("/spec/newer/list/-", 2));
    const expected = { clusterIP: "None", newer: { list: [1, 2] } };
    expect(manifestOf(made).spec).toEqual(expected);
    expect(manifestOf(made).spec).toEqual(expected);
  });

  it.each([
    [JsonPatch.replace("/spec/selector/app", "x"), "/spec/selector/app", "there is no /spec/selector/app to replace"],
    [JsonPatch.remove("/spec/typo"), "/spec/typo", "there is no /spec/typo to remove"],
    [JsonPatch.add("/spec/ports/0/name", "x"), "/spec/ports/0/name", "there is no /spec/ports/0 to put it in"],
    [JsonPatch.test("/spec/type", "x"), "/spec/type", "Test operation failed"],
  ])("is refused where it does not fit: %#", (operation, path, reason) => {
    const root = chart();
    patch(service(root), operation);
    expect(complaint(() => collect(root))).toBe(
      `[test/service] the JSON patch of ${path} does not fit the manifest: ${reason}`,
    );
  });

  it("is refused where it takes away what an object needs", () => {
    const root = chart();
    patch(service(root), JsonPatch.remove("/metadata/name"));
    expect(complaint(() => collect(root))).toBe(
      "[test/service] is not an object of Kubernetes: it needs apiVersion, kind and metadata.name, all of them text",
    );
  });

  it("is checked for late values like everything else", () => {
    const root = chart();
    patch(service(root), JsonPatch.add("/spec/x", `a${late.named("b")}`));
    expect(complaint(() => collect(root))).toContain("[test/service] spec.x: a late value stands inside");
  });
});

describe("the hash of a construct's path", () => {
  const containers = [{ image: "x", imagePullPolicy: ImagePullPolicy.ALWAYS }];

  it("is dropped from the labels of a cdk8s-plus Deployment", () => {
    const root = chart();
    const deployment = new Deployment(root, "app", { metadata: { name: "app" }, containers, select: false });
    deployment.podMetadata.addLabel("app", "mine");
    deployment.select(LabelSelector.of({ labels: { app: "mine" } }));
    const [{ manifest } = { manifest: undefined }] = collect(root);
    expect(JSON.stringify(manifest)).not.toContain("cdk8s.io/metadata.addr");
    expect(manifest).toMatchObject({
      spec: { selector: { matchLabels: { app: "mine" } }, template: { metadata: { labels: { app: "mine" } } } },
    });
  });

  it("is refused in its selector", () => {
    const root = chart();
    new Deployment(root, "app", { metadata: { name: "app" }, containers });
    expect(complaint(() => collect(root))).toBe(
      "[test/app/Resource] spec.selector.matchLabels selects by cdk8s.io/metadata.addr, a hash of the construct's path, so that renaming it would replace the object: select by labels of your own (select: false, then select(…))",
    );
  });

  it("is refused in a Service, a policy and an expression", () => {
    const selectors = [
      { selector: { "cdk8s.io/metadata.addr": "x" } },
      { podSelector: { matchLabels: { "cdk8s.io/metadata.addr": "x" } } },
      { podSelector: { matchExpressions: [{ key: "cdk8s.io/metadata.addr", operator: "Exists" }] } },
    ];
    for (const spec of selectors) {
      const root = chart();
      object(root, "a", { spec });
      expect(complaint(() => collect(root))).toContain(
        "selects by cdk8s.io/metadata.addr, a hash of the construct's path",
      );
    }
  });
});

describe("the selector of a workload", () => {
  const apps = { apiVersion: "apps/v1", kind: "Deployment" };

  it.each([{}, { matchLabels: {} }, { matchExpressions: [] }])("is refused where it is empty: %j", (selector) => {
    const root = chart();
    object(root, "a", { ...apps, spec: { selector } });
    expect(complaint(() => collect(root))).toBe("[test/a] spec.selector is empty, which would select every pod");
  });

  it("may consist of expressions", () => {
    const root = chart();
    object(root, "a", { ...apps, spec: { selector: { matchExpressions: [{ key: "app", operator: "Exists" }] } } });
    expect(collect(root)).toHaveLength(1);
  });
});
