import { describe, expect, it } from "vitest";
import { capacity } from "../../../stacks/doctor/capacity.ts";
import { known } from "../../../stacks/findings/index.ts";
import { type WantedPods, wantedObjects, wantedPods } from "../../../stacks/wanted/index.ts";
import { named, node, pod, REFUSED, ROOMY, told } from "../../support/cluster.ts";
import { environment } from "../../support/platform.ts";

const GIB = 2 ** 30;

/** Pods of one owner: one with 1 core and 1 GiB, or whatever else is said. */
function pods(owner: string, more: Partial<WantedPods> = {}): WantedPods {
  return {
    owner,
    namespace: owner.split("/")[0] ?? "",
    count: 1,
    cpu: 1,
    memory: GIB,
    gpu: 0,
    storage: 0,
    apart: undefined,
    passing: false,
    more: 0,
    images: [],
    ...more,
  };
}

const ask = (
  wanted: readonly WantedPods[],
  facts: Partial<Parameters<typeof capacity>[0]>,
  own: ReadonlySet<string> = new Set(),
) => told(capacity({ ...ROOMY, ...facts }, wanted, own));

describe("capacity", () => {
  it("is there, and how much of it", () => {
    expect(ask([pods("a/a", { count: 3 })], { nodes: known([node("one"), node("two")]) })).toEqual([
      "fine filiera:cluster.context: 3 pods with 3 cores and 3 GiB fit on 2 nodes with 16 cores and 64 GiB left",
    ]);
  });

  it("is what others leave, as the scheduler counts: initial containers, sidecars, overhead", () => {
    const init = {
      metadata: { name: "init", namespace: "others" },
      spec: {
        nodeName: "one",
        overhead: { cpu: "500m" },
        initContainers: [
          { name: "first", resources: { requests: { cpu: "3" } } },
          { name: "sidecar", restartPolicy: "Always", resources: { requests: { cpu: "1" } } },
        ],
        containers: [{ name: "main", resources: { requests: { cpu: "1", memory: "4Gi" } } }],
      },
    };
    const ended = { ...pod("one", { cpu: "8" }), status: { phase: "Succeeded" } };
    const waiting = { metadata: { name: "waiting" }, spec: { containers: [] } };
    expect(ask([pods("a/a")], { nodes: known([node("one")]), pods: known([init, ended, waiting]) })).toEqual([
      "fine filiera:cluster.context: 1 pod with 1 core and 1 GiB fit on 1 node with 4.5 cores and 28 GiB left",
    ]);
  });

  it("is short in sum", () => {
    const wanted = [pods("a/a", { count: 3, memory: 12 * GIB })];
    expect(ask(wanted, { nodes: known([node("one")]) })).toEqual([
      "problem filiera:cluster.context: the platform asks for 36 GiB of memory, and its nodes have 32 GiB of memory left → add a node, or ask for less in filiera:postgres, filiera:objectStore, filiera:kafka and filiera:mlflow",
    ]);
  });

  it("is there in sum, and yet not on any one node", () => {
    const wanted = [pods("a/a", { count: 3, memory: 20 * GIB })];
    expect(ask(wanted, { nodes: known([node("one"), node("two")]) })).toEqual([
      "problem filiera:cluster.context: 1 of 3 pods of a/a find no node once the others are placed: one asks for 1 core and 20 GiB → add a node, or ask for less",
    ]);
  });

  it("is short for the largest pod alone, though the sum is there", () => {
    const wanted = [pods("postgres/postgres", { memory: 40 * GIB })];
    expect(ask(wanted, { nodes: known([node("one"), node("two")]) })).toEqual([
      "problem filiera:cluster.context: the pod of postgres/postgres finds no node: one asks for 1 core and 40 GiB, and the node with the most room, one, has 8 cores and 32 GiB left → add a larger node, or ask for less",
    ]);
  });

  it("is short of nodes, where each pod needs one of its own", () => {
    const wanted = [pods("postgres/postgres", { count: 3, apart: "each" })];
    expect(ask(wanted, { nodes: known([node("one"), node("two")]) })).toEqual([
      "problem filiera:cluster.context: 1 of 3 pods of postgres/postgres find no node: each needs one of its own, and 2 take pods → add nodes, or uncordon some",
    ]);
  });

  it("is short of GPUs", () => {
    const wanted = [pods("team/train", { gpu: 2 })];
    const nodes = known([node("one", { gpu: "1" }), node("two", { gpu: "1" })]);
    expect(ask(wanted, { nodes })).toEqual([
      "problem filiera:cluster.context: the pod of team/train finds no node: one asks for 1 core and 1 GiB and 2 GPUs, and the node with the most room, one, has 8 cores and 32 GiB left → add a larger node, or ask for less",
    ]);
    expect(ask([pods("team/train", { gpu: 3 })], { nodes })[0]).toBe(
      "problem filiera:cluster.context: the platform asks for 3 GPUs, and its nodes have 2 GPUs left → add a node, or ask for less in filiera:postgres, filiera:objectStore, filiera:kafka and filiera:mlflow",
    );
  });

  it("is short of places for pods", () => {
    const wanted = [pods("a/a", { count: 4, cpu: 0.1 })];
    expect(ask(wanted, { nodes: known([node("one", { pods: "3" })]) })[0]).toBe(
      "problem filiera:cluster.context: the platform asks for 4 pods, and its nodes have 3 pods left → add a node, or ask for less in filiera:postgres, filiera:objectStore, filiera:kafka and filiera:mlflow",
    );
  });

  it("has room of the platform's own pods, which run already", () => {
    const wanted = [pods("mlflow/mlflow", { cpu: 6 })];
    const facts = { nodes: known([node("one")]), pods: known([pod("one", { cpu: "6" }, "mlflow")]) };
    expect(ask(wanted, facts, new Set(["mlflow"]))[0]).toMatch(/^fine /);
    expect(ask(wanted, facts)[0]).toMatch(/^problem .* asks for 6 cores, and its nodes have 2 cores left/);
  });

  it("counts no node that takes no pods, and says which and why", () => {
    const nodes = known([
      node("one"),
      node("two", { unschedulable: true }),
      node("three", { taints: [{ key: "dedicated", value: "gpu", effect: "NoSchedule" }] }),
      node("four", { ready: false }),
      node("five", { os: "windows" }),
      node("six", { taints: [{ key: "busy", effect: "PreferNoSchedule" }] }),
    ]);
    expect(ask([pods("a/a")], { nodes })).toEqual([
      "fine filiera:cluster.context: 1 pod with 1 core and 1 GiB fit on 2 nodes with 16 cores and 64 GiB left",
      "note filiera:cluster.context: 4 nodes take no pods of the platform, which tolerate no taint: two is cordoned, three is tainted dedicated=gpu:NoSchedule, four is not ready, … 1 more",
    ]);
  });

  it("is nowhere, where no node takes pods", () => {
    expect(ask([pods("a/a")], { nodes: known([node("one", { unschedulable: true })]) })).toEqual([
      "problem filiera:cluster.context: no node takes pods: one is cordoned → add a node, or kubectl uncordon one",
    ]);
    expect(ask([pods("a/a")], { nodes: known([]) })).toEqual([
      "problem filiera:cluster.context: the cluster has no nodes → add a node, or kubectl uncordon one",
    ]);
  });

  it("may come by itself, where something adds nodes", () => {
    const wanted = [pods("a/a", { cpu: 20 })];
    const karpenter = { nodes: known([node("one")]), definitions: known([named("nodepools.karpenter.sh")]) };
    expect(ask(wanted, karpenter)[0]).toBe(
      "note filiera:cluster.context: the platform asks for 20 cores, and its nodes have 8 cores left; Karpenter may add nodes for it → see that its limits allow them",
    );
    const autoscaler = { nodes: known([node("one")]), deployments: known([named("aws-cluster-autoscaler")]) };
    expect(ask(wanted, autoscaler)[0]).toMatch(/; the cluster autoscaler may add nodes for it/);
  });

  it("may end under full load", () => {
    const wanted = [pods("mlflow/mlflow", { cpu: 3, count: 2, more: 2 })];
    expect(ask(wanted, { nodes: known([node("one")]) })).toEqual([
      "fine filiera:cluster.context: 2 pods with 6 cores and 2 GiB fit on 1 node with 8 cores and 32 GiB left",
      "note filiera:mlflow.autoscaling.maxReplicas: under full load 2 of 4 pods of mlflow/mlflow would find no node → add a node, or lower it",
    ]);
  });

  it("is not known, where nodes or pods may not be read", () => {
    const message = "unknown filiera:cluster.context: could not look: it is forbidden";
    expect(ask([], { nodes: REFUSED })).toEqual([message]);
    expect(ask([], { pods: REFUSED })).toEqual([message]);
  });
});

describe("the pods of an environment", () => {
  it("are those of its workloads, its operators and its database", () => {
    const config = environment("prod");
    const wanted = wantedPods(wantedObjects(config), config);
    const byOwner = Object.fromEntries(wanted.map((each) => [each.owner, each]));
    // with the container that backs it up
    expect(byOwner["postgres/postgres"]).toMatchObject({ count: 3, memory: 8 * GIB + 384 * 2 ** 20, apart: "each" });
    expect(byOwner["postgres/postgres"]?.cpu).toBeCloseTo(2.05);
    expect(byOwner["minio/minio"]).toMatchObject({ count: 4, cpu: 1, memory: 4 * GIB, apart: "even" });
    expect(byOwner["mlflow/mlflow"]).toMatchObject({ count: 2, more: 2, passing: false });
    expect(byOwner["cnpg-system/cloudnative-pg"]).toMatchObject({ count: 2, cpu: 0.1 });
    expect(byOwner["cert-manager/cert-manager-startupapicheck"]).toMatchObject({ passing: true });
    expect(wanted.filter(({ passing }) => passing).map(({ owner }) => owner.replace(/-[0-9a-f]{8}$/, ""))).toEqual([
      "cert-manager/cert-manager-startupapicheck",
      "minio/minio-setup",
      "mlflow/mlflow-migrate",
    ]);
  });
});
