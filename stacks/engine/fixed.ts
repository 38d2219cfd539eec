import { parseQuantity } from "../../constructs/footprint/quantity.ts";
import type { Problem } from "../../constructs/kernel/errors.ts";
import { kindOf } from "../../constructs/kernel/identity.ts";
import { at, listAt, objectAt, textAt } from "../../constructs/kernel/json.ts";
import type { Plan } from "../plan/index.ts";
import { nameOf, type StackState } from "./state.ts";

type Compare = (before: unknown, after: unknown) => readonly (string | undefined)[];

/** What an operator would refuse, or not do, or do with the loss of data: by kind, from what was deployed to what is asked. */
const FIXED: Readonly<Record<string, Compare>> = {
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
  const changed = plan.resources.flatMap(({ urn, inputs, origin, title }) => {
    const compare = FIXED[kindIn(inputs)];
    const had = before.get(nameOf(urn));
    if (!compare || !had) return [];
    const path = origin?.construct ?? title;
    return compare(had, inputs).flatMap((message) => (message === undefined ? [] : [{ path, message }]));
  });
  return [...changed, ...lostPools(plan, state)];
}

/** Kinds whose objects hold data, the setting that asks for them where a file need not, and how it no longer does. */
const ASKED: Readonly<Record<string, { readonly path: string; readonly gone: string }>> = {
  "kafka.strimzi.io/Kafka": { path: "filiera:kafka", gone: "is gone from the file" },
  "postgresql.cnpg.io/Cluster": { path: "filiera:postgres", gone: "has one cluster less" },
};

/** What holds data and is no longer asked for: its data would go with its namespace. */
export function lostStores({ resources }: Pick<Plan, "resources">, state: StackState): Problem[] {
  const planned = new Set(resources.map(({ urn }) => nameOf(urn)));
  return state.resources.flatMap(({ urn, inputs }) => {
    const asked = ASKED[kindIn(inputs)];
    if (asked === undefined || planned.has(nameOf(urn))) return [];
    return [
      {
        path: asked.path,
        message: `${asked.gone}, and with it would go the ${textAt(inputs, "kind")} ${textAt(inputs, "metadata", "name")} and all its data: put it back, or say that the data may go with --allow-data-loss`,
      },
    ];
  });
}

/** A Kafka that stays, and nodes of it that would go with all that is on them. */
function lostPools({ resources }: Pick<Plan, "resources">, state: StackState): Problem[] {
  const planned = new Set(resources.map(({ urn }) => nameOf(urn)));
  const clusters = new Map(
    resources
      .filter(({ inputs }) => kindIn(inputs) === "kafka.strimzi.io/Kafka")
      .map(({ inputs, origin, title }) => [
        `${textAt(inputs, "metadata", "namespace")}/${textAt(inputs, "metadata", "name")}`,
        origin?.construct ?? title,
      ]),
  );
  return state.resources.flatMap(({ urn, inputs }) => {
    if (kindIn(inputs) !== "kafka.strimzi.io/KafkaNodePool" || planned.has(nameOf(urn))) return [];
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

function kindIn(inputs: unknown): string {
  return kindOf({ apiVersion: textAt(inputs, "apiVersion") ?? "", kind: textAt(inputs, "kind") ?? "" });
}
