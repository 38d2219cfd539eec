import { groupOf } from "../../constructs/kernel/identity.ts";
import { at, type JsonObject, listAt, objectAt, textAt } from "../../constructs/kernel/json.ts";
import type { Manifest } from "../../constructs/kernel/objects.ts";
import { conditionOf } from "../doctor/nodes.ts";
import { count } from "../plan/amounts.ts";

/** What is wrong with an object, and how it could be looked at. */
export interface Ailment {
  readonly why: string;
  /** Whether it is on its way: not well yet, and nothing has gone wrong. */
  readonly underWay?: boolean;
}

type Examine = (live: JsonObject, manifest: Manifest) => Ailment | undefined;

/** What is wrong with an object as it is in the cluster; undefined where it is well, or nothing can be wrong with it. */
export function ailmentOf(manifest: Manifest, live: JsonObject): Ailment | undefined {
  if (at(live, "metadata", "deletionTimestamp") !== undefined)
    return { why: `is being deleted since ${textAt(live, "metadata", "deletionTimestamp")}` };
  return EXAMINE[`${groupOf(manifest.apiVersion)}/${manifest.kind}`]?.(live, manifest);
}

const ready: Examine = (live) => {
  const condition = conditionOf(live, "Ready");
  if (condition?.["status"] === "True") return undefined;
  if (!condition) return { why: "has no status yet: nobody acts on it", underWay: true };
  return { why: `is not ready: ${textAt(condition, "message") || textAt(condition, "reason") || "no reason given"}` };
};

const applied: Examine = (live) => {
  const { applied: isApplied, message } = objectAt(live, "status");
  if (isApplied === true) return undefined;
  if (isApplied === undefined) return { why: "is not applied yet", underWay: true };
  return { why: `is not applied: ${message ?? "no reason given"}` };
};

const EXAMINE: Readonly<Record<string, Examine>> = {
  "apps/Deployment": (live) => replicas(live, "Progressing"),
  "apps/StatefulSet": (live) => replicas(live),
  "batch/Job": (live) => {
    const failed = conditionOf(live, "Failed");
    if (failed?.["status"] === "True")
      return { why: `failed: ${textAt(failed, "message") ?? textAt(failed, "reason") ?? "no reason given"}` };
    return conditionOf(live, "Complete")?.["status"] === "True"
      ? undefined
      : { why: "is not done yet", underWay: true };
  },
  "cert-manager.io/Certificate": ready,
  "cert-manager.io/ClusterIssuer": ready,
  "postgresql.cnpg.io/Cluster": (live, manifest) => {
    const unwell = ready(live, manifest);
    if (!unwell) return unsaved(live, manifest);
    const { phase, phaseReason, readyInstances, instances } = objectAt(live, "status");
    if (phase === undefined) return unwell;
    const reason = phaseReason === undefined ? "" : `, ${phaseReason}`;
    return { why: `${readyInstances ?? 0} of ${instances ?? 0} servers are ready: ${phase}${reason}` };
  },
  "kafka.strimzi.io/Kafka": ready,
  "kafka.strimzi.io/KafkaTopic": ready,
  "kafka.strimzi.io/KafkaUser": ready,
  "postgresql.cnpg.io/Database": applied,
  "postgresql.cnpg.io/DatabaseRole": applied,
  "autoscaling/HorizontalPodAutoscaler": (live) => {
    for (const type of ["AbleToScale", "ScalingActive"]) {
      const condition = conditionOf(live, type);
      if (condition?.["status"] === "False") return { why: `does not scale: ${textAt(condition, "message")}` };
    }
    return undefined;
  },
  "policy/PodDisruptionBudget": (live) => {
    const { currentHealthy, desiredHealthy } = objectAt(live, "status");
    return Number(currentHealthy ?? 0) < Number(desiredHealthy ?? 0)
      ? { why: `counts ${currentHealthy ?? 0} healthy pods, and ${desiredHealthy} are needed: no node can be drained` }
      : undefined;
  },
};

/** What is wrong with the backups of a Cluster that has some. */
function unsaved(live: JsonObject, manifest: Manifest): Ailment | undefined {
  if (listAt(manifest, "spec", "plugins").length === 0) return undefined;
  const [archiving, backup] = ["ContinuousArchiving", "LastBackupSucceeded"].map((type) => conditionOf(live, type));
  if (archiving?.["status"] === "False")
    return { why: `does not archive its write-ahead log: ${textAt(archiving, "message") ?? "no reason given"}` };
  if (!backup) return { why: "has no base backup yet, and cannot be recovered", underWay: true };
  if (backup["status"] === "False" && backup["reason"] === "LastBackupFailed")
    return { why: `its last base backup failed: ${textAt(backup, "message") ?? "no reason given"}` };
  return undefined;
}

function replicas(live: JsonObject, progress?: string): Ailment | undefined {
  const { observedGeneration, readyReplicas = 0, updatedReplicas = 0 } = objectAt(live, "status");
  const asked = Number(at(live, "spec", "replicas") ?? 1);
  if (Number(observedGeneration ?? 0) < Number(at(live, "metadata", "generation") ?? 0))
    return { why: "has changed, and no controller has seen it yet", underWay: true };
  if (Number(readyReplicas) < asked) {
    const condition = progress === undefined ? undefined : conditionOf(live, progress);
    const stuck = condition?.["reason"] === "ProgressDeadlineExceeded" ? `: ${textAt(condition, "message")}` : "";
    return { why: `${readyReplicas} of ${count(asked, "pod is", "pods are")} ready${stuck}` };
  }
  if (Number(updatedReplicas) < asked && at(live, "status", "currentRevision") !== at(live, "status", "updateRevision"))
    return { why: `${updatedReplicas} of ${count(asked, "pod is", "pods are")} of the last change`, underWay: true };
  return undefined;
}

/** Why a pod does not run, in its own words; undefined where it does. */
export function podTrouble(pod: JsonObject): string | undefined {
  const name = `pod ${textAt(pod, "metadata", "name")}`;
  const unscheduled = conditionOf(pod, "PodScheduled");
  if (unscheduled?.["status"] === "False") return `${name} has no node: ${textAt(unscheduled, "message")}`;
  const containers = [...listAt(pod, "status", "initContainerStatuses"), ...listAt(pod, "status", "containerStatuses")];
  for (const container of containers) {
    const waiting = objectAt(container, "state", "waiting");
    const ended = objectAt(container, "lastState", "terminated");
    const before =
      ended["exitCode"] === undefined ? "" : `, after exit status ${ended["exitCode"]} (${ended["reason"]})`;
    if (waiting["reason"] !== undefined && !STARTING.has(String(waiting["reason"]))) {
      const said = waiting["message"] === undefined ? "" : `: ${String(waiting["message"]).split("\n", 1)[0]}`;
      return `${name}: ${container["name"]} waits, ${waiting["reason"]}${said}${before}`;
    }
    const failed = objectAt(container, "state", "terminated");
    if (Number(failed["exitCode"] ?? 0) !== 0)
      return `${name}: ${container["name"]} ended with exit status ${failed["exitCode"]} (${failed["reason"]})`;
    if (container["ready"] === false && objectAt(container, "state", "running")["startedAt"] !== undefined)
      return `${name}: ${container["name"]} runs and is not ready${before}`;
  }
  return undefined;
}

const STARTING = new Set(["ContainerCreating", "PodInitializing"]);
