import { Duration } from "cdk8s";
import { parseQuantity } from "../footprint/quantity.ts";
import type { TopicSpec } from "./strimzi.ts";

/** What becomes of old records. */
export type Cleanup = (typeof cleanups)[number];
export const cleanups = ["delete", "compact", "compact-and-delete"] as const;

/** @see Kafka.addTopic */
export interface TopicProps {
  /** As many consumers of a group can share its work. They can become more, which moves keys, and never fewer. */
  readonly partitions: number;
  /** Copies of each partition, each on a broker of its own. @default - 3, or as many as there are brokers */
  readonly replicas?: number;
  /** Copies that a record must be in before its producer is told that it is. @default - 2 of 3 or more, else 1 */
  readonly minInSyncReplicas?: number;
  /** How long records are kept at least. @default Duration.days(7) */
  readonly retention?: Duration | "forever";
  /** How much of each partition is kept at most, a quantity such as `10Gi`. @default - without limit */
  readonly retentionSize?: string;
  /** After how long a file of records is closed: only closed ones are deleted or compacted. @default - 7 days, or retention where that is shorter */
  readonly segment?: Duration;
  /** `compact` keeps the last record of each key, and knows no retention. @default "delete" */
  readonly cleanup?: Cleanup;
}

/** A setting of a topic that cannot be. */
export interface TopicProblem {
  readonly setting: string;
  /** What was found, and what is allowed. */
  readonly message: string;
}

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/**
 * A topic's name: Kafka's own rule, without names that Kafka uses itself (`__consumer_offsets`), and such that an object
 * of Kubernetes can be named after it.
 */
export const TOPIC_NAME = /^[A-Za-z0-9](?:[\w.-]{0,198}[A-Za-z0-9])?$/;

/** What a topic's name is, for messages. */
export const topicNameExpects =
  "a topic's name: at most 200 letters, digits, dots, underscores and hyphens, a letter or digit at both ends";

/** The name of the object that stands for a topic, whose own cannot always be one. */
export function topicObjectName(topic: string): string {
  return topic.toLowerCase().replaceAll(/[._]/g, "-");
}

/** Another topic that Kafka or Kubernetes would take for this one: both know names with other letters in them. */
export function sameTopic(topic: string, others: Iterable<string>): string | undefined {
  return [...others].find((other) => topicObjectName(other) === topicObjectName(topic));
}

/** How many copies a topic has. */
export function replicasOf({ replicas }: Pick<TopicProps, "replicas">, brokers: number): number {
  return replicas ?? Math.min(3, brokers);
}

/** How many of its copies must have a record. */
export function minInSyncOf(topic: Pick<TopicProps, "replicas" | "minInSyncReplicas">, brokers: number): number {
  return topic.minInSyncReplicas ?? (replicasOf(topic, brokers) >= 3 ? 2 : 1);
}

/** What of a topic's numbers is none. */
export function numberProblems({
  partitions,
  replicas = 1,
  minInSyncReplicas = 1,
  retentionSize,
}: TopicProps): TopicProblem[] {
  const whole = Object.entries({ partitions, replicas, minInSyncReplicas } as const);
  const size = retentionSize === undefined ? 1 : parseQuantity(retentionSize);
  return [
    ...whole
      .filter(([, value]) => !Number.isInteger(value) || value < 1)
      .map(([setting, value]) => ({ setting, message: `found ${value}; allowed: a whole number from 1` })),
    ...(size !== undefined && Number.isInteger(size) && size > 0
      ? []
      : [{ setting: "retentionSize", message: `found "${retentionSize}"; allowed: whole bytes, such as 10Gi` }]),
  ];
}

/** What is wrong with a topic on so many brokers, all of it, where its numbers are some. */
export function topicProblems(topic: TopicProps, brokers: number): TopicProblem[] {
  const replicas = replicasOf(topic, brokers);
  const minInSync = minInSyncOf(topic, brokers);
  const { retention, segment, cleanup = "delete" } = topic;
  const problems: TopicProblem[] = [];
  if (replicas > brokers)
    problems.push({
      setting: "replicas",
      message: `found ${replicas}; allowed: the number of brokers, ${brokers}, or fewer, as each copy is on a broker of its own`,
    });
  if (minInSync > replicas)
    problems.push({
      setting: "minInSyncReplicas",
      message: `found ${minInSync}; allowed: replicas, ${replicas}, or fewer, as nobody could write otherwise`,
    });
  if (retention !== undefined && cleanup === "compact")
    problems.push({
      setting: "retention",
      message:
        'found a retention with cleanup "compact", which keeps the last record of each key for ever; leave it out, or write cleanup "compact-and-delete"',
    });
  if (retention instanceof Duration && segment && retention.toMilliseconds() < segment.toMilliseconds())
    problems.push({
      setting: "retention",
      message: `found ${retention.toHumanString()}; allowed: segment, ${segment.toHumanString()}, or more, as records stay until their file is closed`,
    });
  return problems;
}

const POLICIES = { delete: "delete", compact: "compact", "compact-and-delete": "compact,delete" } as const;

/** The topic as Strimzi makes it. Every setting is said, so that a broker's defaults change nothing. */
export function topicSpec(topicName: string, topic: TopicProps, brokers: number): TopicSpec {
  const { retention = Duration.days(7), segment, cleanup = "delete", retentionSize } = topic;
  const retentionMs = retention === "forever" || cleanup === "compact" ? -1 : retention.toMilliseconds();
  return {
    topicName,
    partitions: topic.partitions,
    replicas: replicasOf(topic, brokers),
    config: {
      "cleanup.policy": POLICIES[cleanup],
      "min.insync.replicas": minInSyncOf(topic, brokers),
      "retention.bytes": retentionSize === undefined ? -1 : (parseQuantity(retentionSize) ?? -1),
      "retention.ms": retentionMs,
      "segment.ms": segment?.toMilliseconds() ?? (retentionMs === -1 ? WEEK_MS : Math.min(WEEK_MS, retentionMs)),
    },
  };
}
