import type { Construct } from "constructs";
import { batchOf, clientOf } from "../ingestion/config.ts";
import { Ingestion } from "../ingestion/index.ts";
import { FilieraError } from "../kernel/errors.ts";
import type { Brokers, BucketStore } from "./parts.ts";
import type { Site } from "./site.ts";

/** The namespace of all ingestions: Kafka's own where clients have certificates, which lie there. */
export function ingestionNamespace({ kafka }: Site["config"]): string {
  return kafka?.authentication === "certificate" ? "kafka" : "ingestion";
}

/** The ingestions that the environment names, each as a client of its own that reaches its topics and its prefix. */
export function ingestionsOf(
  scope: Construct,
  { config, images, namespace, scrapers }: Site,
  { objectStore, kafka }: { readonly objectStore: BucketStore; readonly kafka: Brokers | undefined },
): void {
  const { ingestions, kafka: brokers, monitoring } = config;
  const buckets = new Set(Object.values(ingestions).map(({ bucket }) => bucket));
  const { versioning, keepVersionsDays } = config.objectStore;
  for (const bucket of buckets) objectStore.addBucket(bucket, { versioning, ...(versioning && { keepVersionsDays }) });
  for (const [name, { topic, deadLetters, bucket, batch, ...settings }] of Object.entries(ingestions)) {
    const partitions = brokers?.topics[topic]?.partitions;
    if (!kafka || partitions === undefined)
      throw FilieraError.at(`filiera:ingestions.${name}.topic`, `found "${topic}", which no Kafka here has`);
    const client = clientOf(name);
    const home = namespace(ingestionNamespace(config)).name;
    new Ingestion(scope, name, {
      ...settings,
      name: client,
      namespace: home,
      image: images.ingestion,
      source: kafka.grant(client, { consume: [topic], produce: [deadLetters] }),
      topic,
      partitions,
      deadLetters,
      store: objectStore.grant(client, { bucket, prefix: name, accounts: [{ namespace: home, name: client }] }),
      batch: batchOf(batch),
      scrapers,
      monitorLabels: monitoring.labels,
    });
  }
}
