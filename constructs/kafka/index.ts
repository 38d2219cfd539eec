export type { KafkaAlerts } from "./alerts.ts";
export type { KafkaNodes, PoolName } from "./cluster.ts";
export { type BrokerGrantProps, Kafka, type KafkaProps } from "./kafka.ts";
export type { AccessRule, KafkaSpec, NodePoolSpec, Quotas } from "./strimzi.ts";
export type { Cleanup, TopicProps } from "./topic.ts";
