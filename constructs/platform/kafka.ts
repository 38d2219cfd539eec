import type { Construct } from "constructs";
import type { Peer } from "../connections/index.ts";
import { topicOf } from "../kafka/config.ts";
import { Kafka } from "../kafka/index.ts";
import { operatorCharts } from "../operator/index.ts";
import type { Brokers } from "./parts.ts";
import type { Site } from "./site.ts";

/** Kafka with the topics and clients that the environment names, if it asks for one. */
export function kafkaOf(
  scope: Construct,
  { config, provisioned, images, namespace, issuer, scrapers }: Site,
): Brokers | undefined {
  if (!config.kafka) return undefined;
  const { brokers, controllers, authentication, zones, settings, quotas, topics, clients, credentialGeneration } =
    config.kafka;
  const home = namespace("kafka");
  const kafka = new Kafka(scope, "kafka", {
    name: "kafka",
    namespace: home.name,
    image: images.kafka,
    brokers,
    controllers,
    storageClass: config.cluster.storageClass,
    zones,
    authentication,
    settings,
    quotas,
    issuer,
    operatorNamespace: operatorCharts.strimzi.namespace,
    scrapers,
    monitorLabels: config.monitoring.labels,
  });
  for (const [name, topic] of Object.entries(topics)) kafka.addTopic(name, topicOf(topic));
  for (const [name, { namespace, produce, consume }] of Object.entries(clients)) {
    const password =
      authentication === "scram-sha-512" ? provisioned.secret(`kafka/${name}`, credentialGeneration) : undefined;
    const from: Peer = { kind: "namespace", namespace };
    for (const topic of produce) kafka.grantProduce(name, { topic, password, from });
    for (const topic of consume) kafka.grantConsume(name, { topic, password, from });
  }
  return {
    bootstrapServers: kafka.bootstrapServers,
    stateful: [home.object, kafka.cluster, ...kafka.pools],
  };
}
