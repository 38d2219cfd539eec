import { kindOf } from "../../../constructs/kernel/identity.ts";
import { at, type JsonObject, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import { conditionOf, type KubeObject } from "../control-plane/client.ts";

/** When an object counts as ready: what the provider of Pulumi waits for, by kind. Others are ready when they are there. */
const READY: Readonly<Record<string, (found: JsonObject) => boolean>> = {
  "apps/Deployment": (found) =>
    isObserved(found) &&
    conditionOf(found, "Available") === "True" &&
    at(found, "status", "updatedReplicas") === at(found, "spec", "replicas"),
  "apps/StatefulSet": (found) =>
    isObserved(found) &&
    at(found, "status", "readyReplicas") === at(found, "spec", "replicas") &&
    at(found, "status", "updateRevision") === at(found, "status", "currentRevision"),
  "batch/Job": (found) => {
    if (conditionOf(found, "Failed") === "True") throw new Error(`Job ${textAt(found, "metadata", "name")} failed`);
    return conditionOf(found, "Complete") === "True";
  },
  "apiextensions.k8s.io/CustomResourceDefinition": (found) => conditionOf(found, "Established") === "True",
  "/PersistentVolumeClaim": (found) => at(found, "status", "phase") === "Bound",
  "/Namespace": (found) => at(found, "status", "phase") === "Active",
};

/** Whether an object is ready: by what it is waited for, or else by what is usual for its kind. */
export function isReady(object: KubeObject, found: JsonObject, waitFor?: string): boolean {
  if (waitFor === undefined) return READY[kindOf(object)]?.(found) ?? true;
  const [, condition, path, value] = waitFor.match(/^(?:condition=(\w+)|jsonpath=\{\.([\w.]+)\}=(\w+))$/) ?? [];
  if (condition !== undefined) return conditionOf(found, condition) === "True";
  if (path === undefined) throw new Error(`nobody here can wait for ${waitFor}`);
  return String(at(found, ...path.split("."))) === value;
}

function isObserved(found: JsonObject): boolean {
  return objectAt(found, "status")["observedGeneration"] === objectAt(found, "metadata")["generation"];
}
