import type { Construct } from "constructs";
import type { Broker, Peer } from "../connections/index.ts";
import { topicOf } from "../kafka/config.ts";
import { Kafka } from "../kafka/index.ts";
import { alertsOf } from "../monitoring/config.ts";
import { operatorCharts } from "../operator/index.ts";
import type { Brokers } from "./parts.ts";
import { rotated, type Site } from "./site.ts";

type Grant = (
  client: string,
  topics: { readonly produce: readonly string[]; readonly consume: readonly string[] },
  from?: Peer,
) => Broker | undefined;

/** Kafka with the topics and clients that the environment names, if it asks for one. */
export function kafkaOf(scope: Construct, site: Site): Brokers | undefined {
  const { config, images, namespace, issuer, scrapers } = site;
  if (!config.kafka) return undefined;
  const { brokers, controllers, authentication, zones, settings, quotas, topics, clients } = config.kafka;
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
    alerts: alertsOf(config.monitoring, {}),
  });
  for (const [name, topic] of Object.entries(topics)) kafka.addTopic(name, topicOf(topic));
  const kafkaConfig = config.kafka;
  const grant: Grant = (name, { produce, consume }, from) => {
    const props = { from, ...(authentication === "scram-sha-512" && passwords(site, name, kafkaConfig)) };
    const granted = [
      ...produce.map((topic) => kafka.grantProduce(name, { topic, ...props })),
      ...consume.map((topic) => kafka.grantConsume(name, { topic, ...props })),
    ];
    return granted.at(-1);
  };
  for (const [name, { namespace, ...topics }] of Object.entries(clients))
    grant(name, topics, { kind: "namespace", namespace });
  return {
    bootstrapServers: kafka.bootstrapServers,
    grant: (client, topics) => {
      const broker = grant(client, topics);
      if (!broker) throw new Error(`the client ${client} is granted no topic`);
      return broker;
    },
    stateful: [home.object, kafka.cluster, ...kafka.pools],
  };
}

/** A client's passwords; with certificates it has none. */
function passwords(site: Site, client: string, kafka: Parameters<typeof rotated>[2]) {
  const { secret, ...generations } = rotated(site, `kafka/${client}`, kafka);
  return { password: secret, ...generations };
}
