import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../constructs/kernel/json.ts";
import { access, kubernetes, metrics, names, trust } from "../../../stacks/doctor/cluster.ts";
import { images } from "../../../stacks/doctor/images.ts";
import { network } from "../../../stacks/doctor/network.ts";
import { storage } from "../../../stacks/doctor/storage.ts";
import { known } from "../../../stacks/findings/index.ts";
import { wantedObjects, wantedPods } from "../../../stacks/wanted/index.ts";
import { named, node, REFUSED, storageClass, told } from "../../support/cluster.ts";
import { environment, resolved } from "../../support/platform.ts";

const dev = environment("dev");
const prod = environment("prod");
const SUPPORTED = ["1.34", "1.35", "1.36"];

describe("the version of Kubernetes", () => {
  const ask = (version: string, config = dev) => told(kubernetes({ version }, config, SUPPORTED));

  it("is the one that the environment names", () => {
    expect(ask("1.35.4")).toEqual(["fine filiera:cluster.kubernetesVersion: the API server is of Kubernetes 1.35.4"]);
    expect(ask("1.35.4-eks-ab12")).toEqual([
      "fine filiera:cluster.kubernetesVersion: the API server is of Kubernetes 1.35.4-eks-ab12",
    ]);
  });

  it("is too old", () => {
    expect(ask("1.33.9")).toEqual([
      "problem filiera:cluster.context: the API server is of Kubernetes 1.33.9; allowed: 1.34 to 1.36 → upgrade the cluster",
    ]);
  });

  it("is newer than any that was tried", () => {
    expect(ask("1.37.2")).toEqual([
      "note filiera:cluster.context: the API server is of Kubernetes 1.37.2, and filiera is made for 1.34 to 1.36",
    ]);
  });

  it("is another than the environment says", () => {
    expect(ask("1.34.1")).toEqual([
      'problem filiera:cluster.kubernetesVersion: found "1.35", and the API server is of Kubernetes 1.34.1 → set it to "1.34"',
    ]);
    expect(ask("1.36.0")).toEqual([
      'note filiera:cluster.kubernetesVersion: found "1.35", and the API server is of Kubernetes 1.36.0 → set it to "1.36", so that the newer Pod Security Standard is enforced',
    ]);
  });
});

describe("access", () => {
  it("is enough", () => {
    expect(told(access({ denied: known([]) }))).toEqual([
      "fine filiera:cluster.context: its user may make all objects of the platform",
    ]);
  });

  it("is not enough, and for what", () => {
    const denied = [
      { verb: "create", resource: "namespaces", namespace: undefined },
      { verb: "create", resource: "deployments.apps", namespace: "mlflow" },
      { verb: "patch", resource: "deployments.apps", namespace: "mlflow" },
      { verb: "delete", resource: "deployments.apps", namespace: "mlflow" },
    ];
    expect(told(access({ denied: known(denied) }))).toEqual([
      "problem filiera:cluster.context: its user may not create namespaces, create deployments.apps in mlflow, patch deployments.apps in mlflow, … 1 more → ask the cluster's administrators for the role cluster-admin",
    ]);
  });
});

describe("names", () => {
  const ours = { "app.kubernetes.io/part-of": "filiera" };
  const of = (...objects: readonly JsonObject[]) =>
    told(names({ present: known(new Map(objects.map((object, i) => [String(i), object]))) }));

  it("are free, or ours", () => {
    expect(of()).toEqual(["fine filiera:cluster.context: no object of the platform's names is there yet"]);
    expect(of({ kind: "Namespace", metadata: { name: "mlflow", labels: ours } })).toEqual([
      "fine filiera:cluster.context: 1 object is there from an earlier deployment",
    ]);
  });

  it("are somebody else's", () => {
    expect(of({ kind: "Secret", metadata: { namespace: "minio", name: "minio-root", labels: {} } })).toEqual([
      "problem minio/Secret minio-root: is there already, and is not filiera's: it lacks the label app.kubernetes.io/part-of → remove it, or deploy to another cluster",
    ]);
  });
});

describe("the issuer", () => {
  const config = environment("dev", { "filiera:tls": { kind: "issuer", name: "corporate" } });
  const issuer = (status: string, message?: string) => ({
    ...named("corporate"),
    status: { conditions: [{ type: "Ready", status, ...(message && { message }) }] },
  });

  it("is of no interest where the platform has its own", () => {
    expect(trust({ issuer: known(undefined) }, dev)).toEqual([]);
  });

  it("is there and ready, or not", () => {
    expect(told(trust({ issuer: known(issuer("True")) }, config))).toEqual([
      "fine filiera:tls.name: the ClusterIssuer corporate is ready",
    ]);
    expect(told(trust({ issuer: known(undefined) }, config))).toEqual([
      'problem filiera:tls.name: found "corporate", and the cluster has no such ClusterIssuer → make it, or name another',
    ]);
    expect(told(trust({ issuer: known(issuer("False", "no such vault")) }, config))).toEqual([
      "problem filiera:tls.name: the ClusterIssuer corporate is not ready: no such vault → mend it first",
    ]);
    expect(told(trust({ issuer: known(named("corporate")) }, config))).toEqual([
      "problem filiera:tls.name: the ClusterIssuer corporate is not ready: cert-manager says nothing of it yet → mend it first",
    ]);
  });
});

describe("metrics", () => {
  const service = (status: string, message?: string) => ({
    status: { conditions: [{ type: "Available", status, ...(message && { message }) }] },
  });

  it("are of no interest where nothing scales", () => {
    expect(metrics({ metricsApi: known(undefined) }, dev)).toEqual([]);
  });

  it("are served, or not", () => {
    expect(told(metrics({ metricsApi: known(service("True")) }, prod))).toEqual([
      "fine filiera:mlflow.autoscaling: metrics.k8s.io is served",
    ]);
    expect(told(metrics({ metricsApi: known(undefined) }, prod))).toEqual([
      "problem filiera:mlflow.autoscaling: is set, and nobody serves metrics.k8s.io, by which it scales → install metrics-server, or remove the setting",
    ]);
    expect(told(metrics({ metricsApi: known(service("False", "no endpoints")) }, prod))).toEqual([
      "problem filiera:mlflow.autoscaling: is set, and metrics.k8s.io is not available: no endpoints → mend metrics-server",
    ]);
  });
});

describe("storage", () => {
  const nodes = known([node("a", { zone: "a" }), node("b", { zone: "b" })]);
  const ask = (classes: readonly JsonObject[], config: Parameters<typeof storage>[1] = dev) =>
    told(storage({ storageClasses: known(classes), nodes }, config));

  it("is the default class, or the one that is named", () => {
    expect(ask([storageClass("gp2"), storageClass("gp3", {}, true)])).toEqual([
      "fine filiera:cluster.storageClass: gp3, the default, by ebs.csi.aws.com",
    ]);
    expect(ask([storageClass("fast-retain"), storageClass("gp3", {}, true)], prod)).toEqual([
      "fine filiera:cluster.storageClass: fast-retain, by ebs.csi.aws.com",
    ]);
  });

  it("is not there", () => {
    expect(ask([storageClass("gp3"), storageClass("gp2")], prod)).toEqual([
      'problem filiera:cluster.storageClass: found "fast-retain", and the cluster has gp2, gp3 → name one of them, or make it',
    ]);
    expect(ask([], prod)).toEqual([
      'problem filiera:cluster.storageClass: found "fast-retain", and the cluster has none → install a provisioner of volumes',
    ]);
    expect(ask([storageClass("gp3")])).toEqual([
      "problem filiera:cluster.storageClass: is not set, and no StorageClass is the cluster's default: the cluster has gp3 → name one of them, or annotate one as the default",
    ]);
    expect(ask([])).toEqual([
      "problem filiera:cluster.storageClass: is not set, and no StorageClass is the cluster's default: the cluster has none → install a provisioner of volumes",
    ]);
  });

  it("has two defaults, of which the newest counts", () => {
    const newer = { ...storageClass("new", {}, true) };
    const older = storageClass("old", { provisioner: "rancher.io/local-path" }, true);
    const created = (each: JsonObject, creationTimestamp: string) => ({
      ...each,
      metadata: { ...Object(each["metadata"]), creationTimestamp },
    });
    expect(ask([created(older, "2025-01-01T00:00:00Z"), created(newer, "2026-01-01T00:00:00Z")])).toEqual([
      "fine filiera:cluster.storageClass: new, the default, by ebs.csi.aws.com",
      "note filiera:cluster.storageClass: new and old are both the cluster's default, of which the newest counts → name one",
    ]);
  });

  it("makes no volumes", () => {
    expect(ask([storageClass("local", { provisioner: "kubernetes.io/no-provisioner" }, true)])).toEqual([
      "problem filiera:cluster.storageClass: local has no provisioner: nobody makes the volumes that are claimed → name a class with one, or make the volumes by hand beforehand",
    ]);
  });

  it("keeps nothing, binds early, never grows: where that matters", () => {
    const poor = { reclaimPolicy: "Delete", volumeBindingMode: "Immediate", allowVolumeExpansion: false };
    expect(ask([storageClass("fast-retain", poor)], prod).slice(1)).toEqual([
      "note filiera:cluster.storageClass: fast-retain deletes a disk with its claim (reclaimPolicy Delete): whoever deletes a namespace deletes the data → name a class with reclaimPolicy Retain in production",
      "note filiera:cluster.storageClass: fast-retain makes a volume before its pod has a node (volumeBindingMode Immediate), and the nodes are in 2 zones: a pod may end up where its volume is not → name a class with volumeBindingMode WaitForFirstConsumer",
      "note filiera:cluster.storageClass: fast-retain lets no volume grow (allowVolumeExpansion): filiera:postgres.storage stays what it is → ask for enough from the beginning, or name a class that does",
    ]);
    const oneZone = { storageClasses: known([storageClass("gp3", poor, true)]), nodes: known([node("a")]) };
    expect(told(storage(oneZone, dev)).map((each) => each.split(" ").slice(0, 4).join(" "))).toEqual([
      "fine filiera:cluster.storageClass: gp3, the",
      "note filiera:cluster.storageClass: gp3 lets",
    ]);
  });

  it("is not known, where it may not be read", () => {
    expect(told(storage({ storageClasses: REFUSED, nodes }, dev))).toEqual([
      "unknown filiera:cluster.storageClass: could not look: it is forbidden",
    ]);
  });
});

describe("NetworkPolicies", () => {
  const ask = (...sets: readonly JsonObject[]) => told(network({ daemonSets: known(sets) }));
  const aws = (...args: readonly string[]): JsonObject => ({
    ...named("aws-node"),
    spec: { template: { spec: { containers: [{ name: "aws-node" }, { name: "aws-eks-nodeagent", args }] } } },
  });

  it("are enforced by an agent that is known", () => {
    expect(ask(named("kube-proxy"), named("calico-node"))).toEqual([
      "fine filiera:cluster.context: Calico enforces NetworkPolicies",
    ]);
    expect(ask(named("kube-flannel-ds"), named("canal"))).toEqual([
      "fine filiera:cluster.context: Canal enforces NetworkPolicies",
    ]);
    expect(ask(aws("--enable-ipv6=false", "--enable-network-policy=true"))).toEqual([
      "fine filiera:cluster.context: the Amazon VPC CNI enforces NetworkPolicies",
    ]);
  });

  it("are only text", () => {
    expect(ask(named("kube-flannel-ds"))).toEqual([
      "problem filiera:cluster.context: Flannel does not enforce NetworkPolicies here: whoever is in the cluster reaches every pod → add a CNI that does, such as Calico or Cilium",
    ]);
    expect(ask(aws("--enable-network-policy=false"))).toEqual([
      "problem filiera:cluster.context: the Amazon VPC CNI does not enforce NetworkPolicies here: whoever is in the cluster reaches every pod → set enableNetworkPolicy of the add-on vpc-cni to true",
    ]);
  });

  it("are enforced for all that is known", () => {
    expect(ask(named("kindnet"))).toEqual([
      "note filiera:cluster.context: kindnet enforces NetworkPolicies since kind 0.24, and not before → use kind 0.24 or newer",
    ]);
    expect(ask(named("kube-proxy"))).toEqual([
      "note filiera:cluster.context: no CNI is known here, and some enforce no NetworkPolicies → see the documentation of the cluster's",
    ]);
  });
});

describe("images", () => {
  const ask = (config: typeof dev, ...nodes: readonly JsonObject[]) =>
    told(images({ nodes: known(nodes) }, config, wantedPods(wantedObjects(config), config)));
  const local = environment("local");
  const loaded = ["docker.io/filiera/mlflow:3.17.2", "docker.io/filiera/minio-setup:1"];

  it("come from a registry, with credentials or without", () => {
    expect(ask(dev)).toEqual([
      "note filiera:images.pullSecret: is not set: nodes must be able to pull from registry.example.com/filiera without it → set it, unless they are",
    ]);
    const pullSecret = { server: "registry.example.com", username: "puller", password: { secure: "AAAB" } };
    expect(ask(environment("dev", { "filiera:images": { pullSecret } }))).toEqual([
      "fine filiera:images.pullSecret: images come from registry.example.com/filiera as puller",
    ]);
  });

  it("are loaded into every node", () => {
    expect(ask(local, node("a", { images: loaded }), node("b", { images: loaded }))).toEqual([
      "fine filiera:images.registry: filiera's images are on every node",
    ]);
    expect(ask(local, node("a", { images: loaded }), node("b", { images: loaded.slice(1) }))).toEqual([
      "problem filiera:images.registry: is not set, and filiera/mlflow:3.17.2 is not on the node b → load them into every node (kind load docker-image …), or set a registry",
    ]);
    const many = Array.from({ length: 50 }, (_, i) => `registry.example.com/other:${i}`);
    expect(ask(local, node("a", { images: many }))).toEqual([
      "note filiera:images.registry: is not set, and the nodes have too many images to list filiera's → see that they are there",
    ]);
  });

  it("have digests in production", () => {
    expect(ask(prod)[0]).toBe(
      "problem filiera:images.digests: mlflow, minio-setup, minio, postgresql are not set, and production deploys no image by its tag → write the digests that your registry tells",
    );
    expect(ask(resolved("prod")).map((each) => each.split(" ")[0])).toEqual(["note"]);
  });
});
