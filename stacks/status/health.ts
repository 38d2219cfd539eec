import { groupOf } from "../../constructs/kernel/identity.ts";
import { type JsonObject, objectAt, textAt } from "../../constructs/kernel/json.ts";
import { matches } from "../../constructs/kernel/pods.ts";
import { placeOf } from "../doctor/cluster.ts";
import { resourceArgument } from "../engine/preflight.ts";
import { type Finding, findingsOf } from "../findings/index.ts";
import { ailmentOf, podTrouble } from "./ailments.ts";
import type { StatusFacts } from "./collect.ts";
import type { Deployed, LiveObject } from "./status.ts";

const say = findingsOf("health");

/** Which objects are not well, and why. */
export function health(
  { pods }: Pick<StatusFacts, "pods">,
  objects: readonly LiveObject[],
  asked: number,
  { context }: Pick<Deployed, "context">,
): readonly Finding[] {
  const all = pods.kind === "known" ? pods.value : [];
  const found = objects.flatMap((object) => {
    const { wanted, live } = object;
    const ailment = ailmentOf(wanted.manifest, live);
    if (!ailment) return [];
    const own = all.filter((pod) => isOf(object, pod)).find((pod) => podTrouble(pod) !== undefined);
    const why = own ? `${ailment.why}; ${podTrouble(own)}` : ailment.why;
    const look = lookAt(object, own, context);
    return [
      ailment.underWay && !own
        ? say.note(placeOf(wanted.manifest), why, look)
        : say.problem(placeOf(wanted.manifest), why, look),
    ];
  });
  const well = objects.length - found.length;
  return [say.fine("filiera:cluster.context", `${well} of ${asked} objects are there and well`), ...found];
}

/** The one command to look further. */
function lookAt({ wanted: { manifest } }: LiveObject, pod: JsonObject | undefined, context: string): string {
  const { namespace, name } = manifest.metadata;
  const kubectl = `kubectl --context ${context}${namespace === undefined ? "" : ` --namespace ${namespace}`}`;
  return pod
    ? `${kubectl} describe pod ${textAt(pod, "metadata", "name")}`
    : `${kubectl} describe ${resourceArgument(manifest.apiVersion, manifest.kind)} ${name}`;
}

/** Whether a pod belongs to an object. */
export function isOf({ wanted: { manifest } }: LiveObject, pod: JsonObject): boolean {
  const { namespace, name } = manifest.metadata;
  if (textAt(pod, "metadata", "namespace") !== namespace) return false;
  const labels = objectAt(pod, "metadata", "labels");
  switch (`${groupOf(manifest.apiVersion)}/${manifest.kind}`) {
    case "apps/Deployment":
    case "apps/StatefulSet":
      return matches(objectAt(manifest, "spec", "selector", "matchLabels"), labels);
    case "batch/Job":
      return labels["batch.kubernetes.io/job-name"] === name;
    case "kafka.strimzi.io/Kafka":
      return labels["strimzi.io/name"] === `${name}-kafka`;
    case "postgresql.cnpg.io/Cluster":
      return labels["cnpg.io/cluster"] === name;
    default:
      return false;
  }
}
