import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../constructs/kernel/json.ts";
import { ailmentOf, podTrouble } from "../../../stacks/status/ailments.ts";

/** What is wrong with an object, `…` before what is only on its way. */
function ask(apiVersion: string, kind: string, live: JsonObject): string {
  const ailment = ailmentOf({ apiVersion, kind, metadata: { name: "a" } }, live);
  return ailment ? `${ailment.underWay ? "… " : ""}${ailment.why}` : "well";
}

const conditions = (type: string, status: string, more: JsonObject = {}) => ({
  status: { conditions: [{ type, status, ...more }] },
});

describe("an object that is deployed", () => {
  it.each<[string, string, string, JsonObject]>([
    ["well", "v1", "ConfigMap", { metadata: {} }],
    [
      "is being deleted since 2026-11-24T10:00:00Z",
      "v1",
      "Namespace",
      { metadata: { deletionTimestamp: "2026-11-24T10:00:00Z" } },
    ],
    [
      "well",
      "apps/v1",
      "Deployment",
      {
        metadata: { generation: 2 },
        spec: { replicas: 2 },
        status: { observedGeneration: 2, readyReplicas: 2, updatedReplicas: 2 },
      },
    ],
    [
      "1 of 2 pods are ready",
      "apps/v1",
      "Deployment",
      { spec: { replicas: 2 }, status: { readyReplicas: 1, updatedReplicas: 2 } },
    ],
    ["0 of 1 pod is ready", "apps/v1", "StatefulSet", { spec: {}, status: {} }],
    [
      '0 of 1 pod is ready: ReplicaSet "a" has timed out progressing.',
      "apps/v1",
      "Deployment",
      {
        spec: { replicas: 1 },
        status: {
          conditions: [
            {
              type: "Progressing",
              status: "False",
              reason: "ProgressDeadlineExceeded",
              message: 'ReplicaSet "a" has timed out progressing.',
            },
          ],
        },
      },
    ],
    [
      "… has changed, and no controller has seen it yet",
      "apps/v1",
      "Deployment",
      { metadata: { generation: 3 }, spec: { replicas: 1 }, status: { observedGeneration: 2, readyReplicas: 1 } },
    ],
    [
      "… 1 of 3 pods are of the last change",
      "apps/v1",
      "StatefulSet",
      {
        spec: { replicas: 3 },
        status: { readyReplicas: 3, updatedReplicas: 1, currentRevision: "a-1", updateRevision: "a-2" },
      },
    ],
    ["well", "batch/v1", "Job", conditions("Complete", "True")],
    ["… is not done yet", "batch/v1", "Job", {}],
    [
      "failed: Job has reached the specified backoff limit",
      "batch/v1",
      "Job",
      conditions("Failed", "True", { message: "Job has reached the specified backoff limit" }),
    ],
    ["well", "cert-manager.io/v1", "Certificate", conditions("Ready", "True")],
    ["… has no status yet: nobody acts on it", "cert-manager.io/v1", "ClusterIssuer", {}],
    [
      "is not ready: Issuing certificate as Secret does not exist",
      "cert-manager.io/v1",
      "Certificate",
      conditions("Ready", "False", { message: "Issuing certificate as Secret does not exist" }),
    ],
    [
      "1 of 3 servers are ready: Waiting for the instances to become active, disk is full",
      "postgresql.cnpg.io/v1",
      "Cluster",
      {
        status: {
          conditions: [{ type: "Ready", status: "False" }],
          phase: "Waiting for the instances to become active",
          phaseReason: "disk is full",
          readyInstances: 1,
          instances: 3,
        },
      },
    ],
    ["… has no status yet: nobody acts on it", "postgresql.cnpg.io/v1", "Cluster", {}],
    ["well", "postgresql.cnpg.io/v1", "Database", { status: { applied: true } }],
    ["… is not applied yet", "postgresql.cnpg.io/v1", "Database", {}],
    [
      'is not applied: role "x" does not exist',
      "postgresql.cnpg.io/v1",
      "DatabaseRole",
      { status: { applied: false, message: 'role "x" does not exist' } },
    ],
    [
      "does not scale: unable to get metrics",
      "autoscaling/v2",
      "HorizontalPodAutoscaler",
      conditions("ScalingActive", "False", { message: "unable to get metrics" }),
    ],
    [
      "counts 2 healthy pods, and 3 are needed: no node can be drained",
      "policy/v1",
      "PodDisruptionBudget",
      { status: { currentHealthy: 2, desiredHealthy: 3 } },
    ],
  ])("%s", (says, apiVersion, kind, live) => {
    expect(ask(apiVersion, kind, live)).toBe(says);
  });
});

describe("a pod", () => {
  const pod = (status: JsonObject) => ({ metadata: { name: "a-0" }, status });
  const running = { running: { startedAt: "2026-11-24T10:00:00Z" } };

  it.each<[string, JsonObject]>([
    [
      "pod a-0 has no node: 0/3 nodes are available: 3 Insufficient memory.",
      {
        conditions: [
          { type: "PodScheduled", status: "False", message: "0/3 nodes are available: 3 Insufficient memory." },
        ],
      },
    ],
    [
      'pod a-0: main waits, ImagePullBackOff: Back-off pulling image "x"',
      {
        containerStatuses: [
          {
            name: "main",
            state: { waiting: { reason: "ImagePullBackOff", message: 'Back-off pulling image "x"\nmore' } },
          },
        ],
      },
    ],
    [
      "pod a-0: main waits, CrashLoopBackOff: back-off 5m0s, after exit status 137 (OOMKilled)",
      {
        containerStatuses: [
          {
            name: "main",
            state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 5m0s" } },
            lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
          },
        ],
      },
    ],
    [
      "pod a-0: init ended with exit status 1 (Error)",
      { initContainerStatuses: [{ name: "init", state: { terminated: { exitCode: 1, reason: "Error" } } }] },
    ],
    ["pod a-0: main runs and is not ready", { containerStatuses: [{ name: "main", ready: false, state: running }] }],
  ])("says: %s", (says, status) => {
    expect(podTrouble(pod(status))).toBe(says);
  });

  it("says nothing while it starts, or runs", () => {
    const starting = { name: "main", ready: false, state: { waiting: { reason: "ContainerCreating" } } };
    const done = { name: "init", state: { terminated: { exitCode: 0, reason: "Completed" } } };
    expect(podTrouble(pod({ containerStatuses: [starting] }))).toBeUndefined();
    expect(
      podTrouble(
        pod({ initContainerStatuses: [done], containerStatuses: [{ name: "main", ready: true, state: running }] }),
      ),
    ).toBeUndefined();
  });
});
