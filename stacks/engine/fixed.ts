import { parseQuantity } from "../../constructs/footprint/quantity.ts";
import type { Problem } from "../../constructs/kernel/errors.ts";
import { kindOf } from "../../constructs/kernel/identity.ts";
import { at, listAt, objectAt, textAt } from "../../constructs/kernel/json.ts";
import type { Plan } from "../plan/index.ts";
import { instanceProblems, keyProblems, lockProblems } from "./fixed-aws.ts";
import { nameOf, type StackState } from "./state.ts";

type Compare = (before: unknown, after: unknown) => readonly (string | undefined)[];

/** What an operator would refuse, or not do, or do with the loss of data: by kind, from what was deployed to what is asked. */
const FIXED: Readonly<Record<string, Compare>> = {
  "aws:rds/instance:Instance": instanceProblems,
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": lockProblems,
  "kafka.strimzi.io/KafkaNodePool": (before, after) => {
    const volume = (pool: unknown): unknown => listAt(pool, "spec", "storage", "volumes")[0];
    return [shrunk("the volume of each node", volume(before), volume(after), ["size"])];
  },
  "kafka.strimzi.io/KafkaTopic": (before, after) => {
    const number = (topic: unknown, setting: string): number => Number(at(topic, "spec", setting));
    const [partitions, replicas] = [number(before, "partitions"), number(before, "replicas")];
    return [
      number(after, "partitions") < partitions
        ? `has ${partitions} partitions, and ${number(after, "partitions")} are asked for: Kafka takes none away; write ${partitions} or more, or another name and copy the records`
        : undefined,
      number(after, "replicas") !== replicas
        ? `has ${replicas} copies of each partition, and ${number(after, "replicas")} are asked for: Strimzi moves copies with Cruise Control alone, which is not here; write replicas: ${replicas}, or another name and copy the records`
        : undefined,
    ];
  },
  "postgresql.cnpg.io/Cluster": (before, after) => [
    shrunk("the volume of each server", before, after, ["spec", "storage", "size"]),
    shrunk("the volume of each server's write-ahead log", before, after, ["spec", "walStorage", "size"]),
    recoveredAnew(before, after),
  ],
};

/** CloudNativePG reads where a Cluster is recovered from when it makes it, and never again. */
function recoveredAnew(before: unknown, after: unknown): string | undefined {
  const origin = (cluster: unknown): string | undefined => {
    const { source, recoveryTarget } = objectAt(cluster, "spec", "bootstrap", "recovery");
    return source === undefined ? undefined : `${source} as of ${textAt(recoveryTarget, "targetTime")}`;
  };
  const [had, wants] = [origin(before), origin(after)];
  if (wants === undefined || wants === had) return undefined;
  return `is ${had === undefined ? "there already" : `recovered from ${had}`}, and ${wants} is asked for: a cluster is recovered once; give the new one another name`;
}

function shrunk(what: string, before: unknown, after: unknown, path: readonly string[]): string | undefined {
  const [had, wants] = [textAt(before, ...path), textAt(after, ...path)];
  if (had === undefined || wants === undefined) return undefined;
  if ((parseQuantity(wants) ?? 0) >= (parseQuantity(had) ?? 0)) return undefined;
  return `${what} has ${had}, and ${wants} are asked for: a volume grows, and never shrinks; write ${had} or more`;
}

/** What the plan would change that cannot be changed, before anything is touched. */
export function fixedProblems(plan: Pick<Plan, "resources">, state: StackState): Problem[] {
  const before = new Map(state.resources.map(({ urn, inputs }) => [nameOf(urn), inputs]));
  const changed = plan.resources.flatMap(({ urn, type, inputs, origin, title }) => {
    const compare = FIXED[sortOf(type, inputs)];
    const had = before.get(nameOf(urn));
    if (!compare || !had) return [];
    const path = origin?.construct ?? ASKED[sortOf(type, inputs)]?.path ?? title;
    return compare(had, inputs).flatMap((message) => (message === undefined ? [] : [{ path, message }]));
  });
  return [...changed, ...lostPools(plan, state), ...keyProblems(plan, state)];
}

/** What was deployed and is planned no more. */
function gone({ resources }: Pick<Plan, "resources">, state: StackState): StackState["resources"] {
  const planned = new Set(resources.map(({ urn }) => nameOf(urn)));
  return state.resources.filter(({ urn }) => !planned.has(nameOf(urn)));
}

/** Kinds whose objects hold data, the setting that asks for them where a file need not, and how it no longer does. */
const ASKED: Readonly<Record<string, { readonly path: string; readonly gone: string; readonly fate?: string }>> = {
  "aws:rds/instance:Instance": {
    path: "filiera:postgres",
    gone: "is no longer on RDS",
    fate: "would go the instance {name} and all its data, but for a last snapshot",
  },
  "aws:s3/bucket:Bucket": {
    path: "filiera:objectStore",
    gone: "has a bucket less",
    fate: "would be forgotten the bucket {name}: it stays in AWS with its objects, and nobody looks after it",
  },
  "apps/StatefulSet": { path: "filiera:objectStore", gone: "is of another kind" },
  "kafka.strimzi.io/Kafka": { path: "filiera:kafka", gone: "is gone from the file" },
  "postgresql.cnpg.io/Cluster": { path: "filiera:postgres", gone: "has one cluster less" },
};

/** What holds data and is no longer asked for: its data would go with its namespace. */
export function lostStores(plan: Pick<Plan, "resources">, state: StackState): Problem[] {
  return gone(plan, state).flatMap(({ urn, type, inputs }) => {
    const asked = ASKED[sortOf(type, inputs)];
    if (asked === undefined) return [];
    const name = textAt(inputs, "metadata", "name") ?? nameOf(urn).split("::").at(-1);
    const fate =
      asked.fate?.replace("{name}", `${name}`) ?? `would go the ${textAt(inputs, "kind")} ${name} and all its data`;
    return [
      {
        path: asked.path,
        message: `${asked.gone}, and with it ${fate}: put it back, or say that the data may go with --allow-data-loss`,
      },
    ];
  });
}

/** A Kafka that stays, and nodes of it that would go with all that is on them. */
function lostPools(plan: Pick<Plan, "resources">, state: StackState): Problem[] {
  const clusters = new Map(
    plan.resources
      .filter(({ inputs }) => kindIn(inputs) === "kafka.strimzi.io/Kafka")
      .map(({ inputs, origin, title }) => [
        `${textAt(inputs, "metadata", "namespace")}/${textAt(inputs, "metadata", "name")}`,
        origin?.construct ?? title,
      ]),
  );
  return gone(plan, state).flatMap(({ inputs }) => {
    if (kindIn(inputs) !== "kafka.strimzi.io/KafkaNodePool") return [];
    const { namespace, name } = objectAt(inputs, "metadata");
    const path = clusters.get(`${namespace}/${textAt(inputs, "metadata", "labels", "strimzi.io/cluster")}`);
    if (path === undefined) return [];
    return [
      {
        path,
        message: `would lose its ${name}, and the records on them: brokers and controllers can be neither parted nor joined later; ${name === "nodes" ? "take its controllers out again" : "give it controllers again"}, or make another Kafka and copy the records`,
      },
    ];
  });
}

/** What a table here knows it by: the kind of an object of Kubernetes, another resource's type. */
function sortOf(type: string, inputs: unknown): string {
  return type.startsWith("kubernetes:") ? kindIn(inputs) : type;
}

function kindIn(inputs: unknown): string {
  return kindOf({ apiVersion: textAt(inputs, "apiVersion") ?? "", kind: textAt(inputs, "kind") ?? "" });
}
