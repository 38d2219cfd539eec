import { Duration } from "cdk8s";
import { z } from "zod";
import {
  count,
  type DeepReadonly,
  leaves,
  namespaceName,
  problem,
  resources,
  rotation,
  size,
  text,
} from "../settings/settings.ts";
import { brokerSettingComplaint } from "./settings.ts";
import { cleanups, sameTopic, TOPIC_NAME, type TopicProps, topicNameExpects, topicProblems } from "./topic.ts";

const LIFETIME = /^([1-9]\d{0,5})([mhd])$/;
const expectsLifetime = "a time with its unit, such as 30m, 12h or 7d";
const lifetime = text(expectsLifetime, LIFETIME);

/** A time as an environment writes it. */
function durationOf(written: string): Duration {
  const [, amount = "0", unit] = LIFETIME.exec(written) ?? [];
  const number = Number(amount);
  if (unit === "d") return Duration.days(number);
  return unit === "h" ? Duration.hours(number) : Duration.minutes(number);
}

const topicName = text(topicNameExpects, TOPIC_NAME, 200);
const clientName = text(
  "a client's name: at most 63 lower-case letters, digits and hyphens, a letter or digit at both ends, and not g and a number last",
  /^(?!.*-g\d+$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/,
  63,
);

const topic = z.strictObject({
  partitions: count(1, 10_000).describe("as many consumers of a group can share its work; can grow, never shrink"),
  replicas: count(1, 9).optional().describe("copies of each partition; default: 3, or as many as there are brokers"),
  minInSyncReplicas: count(1, 9)
    .optional()
    .describe("copies that a record must be in before its producer is told that it is; default: 2 of 3, else 1"),
  retention: text(`${expectsLifetime}, or forever`, new RegExp(`${LIFETIME.source}|^forever$`))
    .optional()
    .describe("how long records are kept at least; default: 7d"),
  retentionSize: size.optional().describe("how much of each partition is kept at most; default: without limit"),
  segment: lifetime
    .optional()
    .describe("after how long a file of records is closed, and can be deleted; default: 7d, or retention if shorter"),
  cleanup: z.enum(cleanups).default("delete").describe("what becomes of old records"),
});

type TopicConfig = DeepReadonly<z.output<typeof topic>>;

/** The topic that an environment's file describes. */
export function topicOf({ retention, segment, ...others }: TopicConfig): TopicProps {
  return {
    ...others,
    ...(retention !== undefined && { retention: retention === "forever" ? retention : durationOf(retention) }),
    ...(segment !== undefined && { segment: durationOf(segment) }),
  };
}

const names = z.array(topicName).max(100).default([]);
const client = z.strictObject({
  namespace: namespaceName.describe("namespace whose pods may connect"),
  produce: names.describe("topics that it may write"),
  consume: names.describe("topics that it may read"),
});

const nodes = {
  storage: size.describe("volume of each node, such as 100Gi; can grow, never shrink"),
  resources: resources.describe("of each node"),
};

const settingName = z.string().superRefine((name, context) => {
  const message = brokerSettingComplaint(name);
  if (message) context.addIssue({ code: "custom", message, params: { worded: true } });
});
const settingValue = z
  .string()
  .max(1000)
  .register(leaves, { expects: 'a setting\'s value as text, such as "1048576"' });

/** Kafka as Strimzi runs it. */
export const strimziConfig = z
  .strictObject({
    kind: z.literal("strimzi"),
    brokers: z.strictObject({ replicas: count(1, 99).describe("nodes that hold the topics"), ...nodes }),
    controllers: z
      .strictObject({ replicas: count(1, 9).describe("an odd number: more outlive more losses"), ...nodes })
      .optional()
      .describe("nodes that hold the cluster's metadata; default: the brokers do"),
    authentication: z
      .enum(["scram-sha-512", "certificate"])
      .default("scram-sha-512")
      .describe("how clients say who they are"),
    zones: z
      .boolean()
      .optional()
      .describe("whether the copies of a partition are put into different zones; default: from three brokers on"),
    settings: z.record(settingName, settingValue).default({}).describe("further settings of the brokers, by name"),
    quotas: z
      .strictObject({
        producerByteRate: count(1, 2 ** 40)
          .optional()
          .describe("bytes a second that it may write; default: no limit"),
        consumerByteRate: count(1, 2 ** 40)
          .optional()
          .describe("bytes a second that it may read; default: no limit"),
      })
      .optional()
      .describe("what each client may move on each broker; default: no limit"),
    topics: z.record(topicName, topic).default({}).describe("topics, by name; kept when they leave the file"),
    clients: z.record(clientName, client).default({}).describe("who may use the topics, by name"),
    ...rotation,
  })
  .check(({ value, issues }) => {
    const { brokers, controllers } = value;
    const [who, voters] = controllers ? ["controllers", controllers] : ["brokers", brokers];
    if (voters.replicas % 2 === 0)
      issues.push(
        problem(
          [who ?? "", "replicas"],
          `found ${voters.replicas}; allowed: an odd number, as one more outlives no more losses${controllers ? "" : "; or give it controllers of their own"}`,
        ),
      );
    const known = Object.keys(value.topics);
    for (const [name, each] of Object.entries(value.topics)) {
      const same = sameTopic(name, known.slice(0, known.indexOf(name)));
      if (same !== undefined)
        issues.push(
          problem(
            ["topics", name],
            `found beside "${same}"; allowed: a name that differs in more than capitals, dots, hyphens and underscores`,
          ),
        );
      for (const { setting, message } of topicProblems(topicOf(each), brokers.replicas))
        issues.push(problem(["topics", name, setting], message));
    }
    for (const [name, { produce, consume }] of Object.entries(value.clients))
      for (const [verb, wanted] of Object.entries({ produce, consume }))
        for (const each of wanted)
          if (!known.includes(each))
            issues.push(
              problem(
                ["clients", name, verb],
                `found "${each}"; allowed: topics of filiera:kafka.topics: ${known.join(", ") || "there are none"}`,
              ),
            );
  });

/** How the platform gets its Kafka. */
export const kafkaConfig = z.discriminatedUnion("kind", [strimziConfig]);

export type KafkaConfig = DeepReadonly<z.output<typeof kafkaConfig>>;
