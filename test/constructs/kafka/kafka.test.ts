import { Duration } from "cdk8s";
import { describe, expect, it } from "vitest";
import { footprintOf } from "../../../constructs/footprint/footprint.ts";
import { type BrokerGrantProps, Kafka, type KafkaProps, type TopicProps } from "../../../constructs/kafka/index.ts";
import { at, listAt, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import { collect, type Manifest } from "../../../constructs/kernel/objects.ts";
import { order } from "../../../constructs/kernel/order.ts";
import { chart } from "../../support/chart.ts";
import { complaint } from "../../support/errors.ts";
import { ISSUER, RESOURCES, SCRAPERS } from "../../support/nouns.ts";
import { inCluster } from "../../support/places.ts";
import { lateAs } from "../../support/plain.ts";
import { find } from "../../support/platform.ts";
import { IMAGE } from "../../support/workload.ts";

const nodes = (replicas: number) => ({ replicas, storage: "10Gi", resources: RESOURCES });
const password = lateAs("password");

/** Three nodes in the namespace `streams`, or whatever else is said, with the topic `payments`. */
function kafka(props: Partial<KafkaProps> = {}) {
  const root = chart();
  const made = new Kafka(root, "kafka", {
    name: "events",
    namespace: "streams",
    image: IMAGE,
    brokers: nodes(3),
    issuer: ISSUER,
    scrapers: SCRAPERS,
    ...props,
  });
  made.addTopic("payments", { partitions: 6 });
  return { root, made };
}

const manifestsOf = ({ root }: ReturnType<typeof kafka>): Manifest[] => collect(root).map(({ manifest }) => manifest);

describe("Kafka", () => {
  it("listens over TLS alone, and knows nobody whom it was not told of", () => {
    expect(objectAt(find(manifestsOf(kafka()), "Kafka", "events"), "spec", "kafka")).toMatchObject({
      version: "4.3.1",
      metadataVersion: "4.3-IV0",
      listeners: [
        {
          name: "tls",
          port: 9093,
          type: "internal",
          tls: true,
          authentication: { type: "scram-sha-512" },
          configuration: {
            brokerCertChainAndKey: { secretName: "events-tls", certificate: "tls.crt", key: "tls.key" },
          },
        },
      ],
      authorization: { type: "simple" },
      config: { "auto.create.topics.enable": false, "ssl.enabled.protocols": "TLSv1.3" },
      metricsConfig: { type: "strimziMetricsReporter" },
    });
  });

  it("has a certificate that Java can read, for the names under which its brokers say that they are reached", () => {
    const { spec } = find(manifestsOf(kafka()), "Certificate", "events-tls");
    expect(at(spec, "privateKey", "encoding")).toBe("PKCS8");
    expect(at(spec, "dnsNames")).toContain("*.events-kafka-brokers.streams.svc");
    expect(at(spec, "dnsNames")).toContain("events-kafka-bootstrap.streams.svc.cluster.local");
  });

  it.each([
    [1, 1, 1, false],
    [3, 3, 2, true],
    [5, 3, 2, true],
  ])("of %i brokers keeps %i copies, %i of them in step, and zones apart: %s", (replicas, copies, inSync, rack) => {
    const { config, rack: found } = objectAt(
      find(manifestsOf(kafka({ brokers: nodes(replicas) })), "Kafka", "events"),
      "spec",
      "kafka",
    );
    expect(config).toMatchObject({
      "default.replication.factor": copies,
      "min.insync.replicas": inSync,
      "offsets.topic.replication.factor": copies,
      "transaction.state.log.replication.factor": copies,
      "transaction.state.log.min.isr": inSync,
    });
    expect(found).toEqual(rack ? { type: "topology-label", topologyKey: "topology.kubernetes.io/zone" } : undefined);
  });

  it("is of nodes that are all, or of controllers and brokers; each keeps its volume", () => {
    const pools = (props: Partial<KafkaProps>) =>
      manifestsOf(kafka(props))
        .filter(({ kind }) => kind === "KafkaNodePool")
        .map(({ metadata, spec }) => [metadata.name, at(spec, "roles"), at(spec, "replicas")]);
    expect(pools({})).toEqual([["nodes", ["controller", "broker"], 3]]);
    expect(pools({ controllers: nodes(3), brokers: nodes(4) })).toEqual([
      ["controllers", ["controller"], 3],
      ["brokers", ["broker"], 4],
    ]);
    expect(find(manifestsOf(kafka({ storageClass: "fast" })), "KafkaNodePool", "nodes")).toMatchObject({
      metadata: { labels: { "strimzi.io/cluster": "events" } },
      spec: {
        storage: {
          type: "jbod",
          volumes: [{ id: 0, type: "persistent-claim", size: "10Gi", class: "fast", deleteClaim: false }],
        },
        resources: { limits: { memory: "1Gi" } },
      },
    });
  });

  it("has each of three nodes on a machine of its own, and one on any", () => {
    const spread = (replicas: number) =>
      listAt(
        find(manifestsOf(kafka({ brokers: nodes(replicas) })), "KafkaNodePool", "nodes"),
        "spec",
        "template",
        "pod",
        "topologySpreadConstraints",
      ).map(({ topologyKey, whenUnsatisfiable }) => [topologyKey, whenUnsatisfiable]);
    expect(spread(3)).toEqual([
      ["topology.kubernetes.io/zone", "ScheduleAnyway"],
      ["kubernetes.io/hostname", "DoNotSchedule"],
    ]);
    expect(spread(1)).toEqual([
      ["topology.kubernetes.io/zone", "ScheduleAnyway"],
      ["kubernetes.io/hostname", "ScheduleAnyway"],
    ]);
  });

  it("counts the pods and volumes that the operator makes", () => {
    const { root } = kafka({ controllers: nodes(3) });
    const found = collect(root).flatMap(({ construct, manifest }) => {
      const footprint = footprintOf(construct, manifest);
      return footprint
        ? [[manifest.metadata.name, footprint.pods, footprint.memory / 2 ** 20, footprint.storage / 2 ** 30]]
        : [];
    });
    expect(found).toEqual([
      ["controllers", 3, 3072, 30],
      ["brokers", 3, 3072, 30],
      ["events", 1, 768, 0],
    ]);
  });

  it("takes further settings, quotas for each client, and a transform of the whole", () => {
    const found = find(
      manifestsOf(
        kafka({
          settings: { "log.segment.bytes": 1_048_576 },
          quotas: { producerByteRate: 1000 },
          transform: { cluster: (spec) => ({ ...spec, kafka: { ...spec.kafka, version: "4.3.0" } }) },
        }),
      ),
      "Kafka",
      "events",
    );
    expect(objectAt(found, "spec", "kafka")).toMatchObject({
      version: "4.3.0",
      config: { "log.segment.bytes": 1_048_576 },
      quotas: { type: "kafka", producerByteRate: 1000 },
    });
  });

  it.each<[Partial<KafkaProps>, string]>([
    [
      { brokers: nodes(2) },
      "cannot have 2 nodes that vote on its metadata: allowed: an odd number, as one more outlives no more losses; give it controllers of their own",
    ],
    [
      { controllers: nodes(4) },
      "cannot have 4 nodes that vote on its metadata: allowed: an odd number, as one more outlives no more losses; write 3 controllers",
    ],
    [{ brokers: nodes(0) }, "cannot have 0 brokers: allowed: a whole number from 1"],
    [
      { settings: { "advertised.listeners": "x" } },
      'cannot have the setting "advertised.listeners": Strimzi sets it itself; leave it out',
    ],
    [
      { settings: { "min.insync.replicas": 1 } },
      'cannot have the setting "min.insync.replicas": the platform sets it to the safest there is; leave it out',
    ],
    [
      { settings: { "Log Size": 1 } },
      'cannot have the setting "Log Size": not a setting\'s name; allowed: a name such as log.segment.bytes',
    ],
  ])("refuses %j", (props, message) => {
    expect(complaint(() => kafka(props))).toBe(`[test/kafka] ${message}`);
  });
});

describe("a topic", () => {
  const specOf = (name: string, props: TopicProps) => {
    const { root, made } = kafka();
    made.addTopic(name, props);
    return find(
      collect(root).map(({ manifest }) => manifest),
      "KafkaTopic",
      name.toLowerCase().replaceAll(/[._]/g, "-"),
    );
  };

  it("says all that matters of itself", () => {
    expect(specOf("Fraud.alerts_v1", { partitions: 4 })["spec"]).toEqual({
      topicName: "Fraud.alerts_v1",
      partitions: 4,
      replicas: 3,
      config: {
        "cleanup.policy": "delete",
        "min.insync.replicas": 2,
        "retention.bytes": -1,
        "retention.ms": 604_800_000,
        "segment.ms": 604_800_000,
      },
    });
  });

  it.each<[Partial<TopicProps>, object]>([
    [{ retention: Duration.days(1) }, { "retention.ms": 86_400_000, "segment.ms": 86_400_000 }],
    [{ retention: Duration.days(30) }, { "retention.ms": 2_592_000_000, "segment.ms": 604_800_000 }],
    [
      { retention: "forever", retentionSize: "1Gi" },
      { "retention.ms": -1, "retention.bytes": 1_073_741_824 },
    ],
    [{ cleanup: "compact" }, { "cleanup.policy": "compact", "retention.ms": -1 }],
    [
      { cleanup: "compact-and-delete", segment: Duration.hours(1) },
      { "cleanup.policy": "compact,delete", "retention.ms": 604_800_000, "segment.ms": 3_600_000 },
    ],
    [{ replicas: 1 }, { "min.insync.replicas": 1 }],
  ])("of %j is kept as it says", (props, config) => {
    expect(objectAt(specOf("t", { partitions: 1, ...props }), "spec", "config")).toMatchObject(config);
  });

  it("stays when it leaves the program, whoever deploys it", () => {
    const topic = collect(kafka().root).find(({ manifest }) => manifest.kind === "KafkaTopic");
    expect(topic?.options).toMatchObject({ retainOnDelete: true, waitFor: "condition=Ready" });
    expect(topic?.manifest.metadata["annotations"]).toEqual({
      "argocd.argoproj.io/sync-options": "Prune=false",
      "kustomize.toolkit.fluxcd.io/prune": "disabled",
    });
  });

  it.each<[Partial<TopicProps>, string]>([
    [{ partitions: 0 }, "partitions: found 0; allowed: a whole number from 1"],
    [
      { replicas: 4, minInSyncReplicas: 5 },
      "replicas: found 4; allowed: the number of brokers, 3, or fewer, as each copy is on a broker of its own; minInSyncReplicas: found 5; allowed: replicas, 4, or fewer, as nobody could write otherwise",
    ],
    [
      { retention: Duration.hours(1), segment: Duration.days(1) },
      "retention: found 60 minutes; allowed: segment, 1 day, or more, as records stay until their file is closed",
    ],
    [{ retentionSize: "0.3" }, 'retentionSize: found "0.3"; allowed: whole bytes, such as 10Gi'],
    [
      { cleanup: "compact", retention: "forever" },
      'retention: found a retention with cleanup "compact", which keeps the last record of each key for ever; leave it out, or write cleanup "compact-and-delete"',
    ],
  ])("is refused with %j", (props, message) => {
    expect(complaint(() => kafka().made.addTopic("t", { partitions: 1, ...props }))).toBe(
      `[test/kafka] cannot have the topic "t": ${message}`,
    );
  });

  it.each(["", "..", "__consumer_offsets", "a b", "a/b", ".a", "a-"])("is refused under the name %j", (name) => {
    expect(complaint(() => kafka().made.addTopic(name, { partitions: 1 }))).toBe(
      `[test/kafka] cannot have a topic "${name}": allowed: a topic's name: at most 200 letters, digits, dots, underscores and hyphens, a letter or digit at both ends`,
    );
  });

  it("is refused twice, and beside one that Kafka or Kubernetes cannot tell from it", () => {
    const { made } = kafka();
    made.addTopic("a_b", { partitions: 1 });
    expect(complaint(() => made.addTopic("a_b", { partitions: 1 }))).toBe(
      '[test/kafka] has a topic "a_b" already: choose another name',
    );
    expect(complaint(() => made.addTopic("A.b", { partitions: 1 }))).toBe(
      '[test/kafka] cannot have a topic "A.b" beside "a_b": capitals, and dots for hyphens or underscores, do not tell two topics apart',
    );
  });
});

describe("a grant", () => {
  it("makes a user with a password of ours, and rules for what it was granted", () => {
    const { root, made } = kafka();
    made.grantProduce("scorer", { topic: "payments", password, quotas: { consumerByteRate: 5000 } });
    made.grantConsume("scorer", { topic: "payments" });
    made.grantConsume("scorer", { topic: "payments" });
    const found = order(root, collect(root)).map(({ manifest }) => manifest);
    expect(find(found, "KafkaUser", "scorer")["spec"]).toEqual({
      authentication: {
        type: "scram-sha-512",
        password: { valueFrom: { secretKeyRef: { name: "events-user-scorer", key: "password" } } },
      },
      authorization: {
        type: "simple",
        acls: [
          { resource: { type: "topic", name: "payments", patternType: "literal" }, operations: ["Write", "Describe"] },
          { resource: { type: "topic", name: "payments", patternType: "literal" }, operations: ["Read", "Describe"] },
          { resource: { type: "group", name: "scorer", patternType: "literal" }, operations: ["Read", "Describe"] },
          { resource: { type: "group", name: "scorer-", patternType: "prefix" }, operations: ["Read", "Describe"] },
        ],
      },
      quotas: { consumerByteRate: 5000 },
    });
    expect(objectAt(find(found, "Secret", "events-user-scorer"), "stringData")).toEqual({ password: String(password) });
    const kinds = found.map(({ kind }) => kind);
    for (const earlier of ["Secret", "Kafka", "KafkaTopic"])
      expect(kinds.indexOf(earlier)).toBeLessThan(kinds.indexOf("KafkaUser"));
    expect(kinds.indexOf("KafkaNodePool")).toBeLessThan(kinds.indexOf("Kafka"));
  });

  it("comes with all that a client needs", () => {
    const broker = kafka().made.grantConsume("scorer", { topic: "payments", password });
    expect({ ...broker, bootstrapServers: inCluster(broker.bootstrapServers) }).toMatchObject({
      bootstrapServers: "events-kafka-bootstrap.streams.svc.cluster.local:9093",
      authentication: { kind: "scram-sha-512", user: "scorer", password },
      group: "scorer",
      authority: { kind: "issuer", issuer: ISSUER },
      endpoint: { port: 9093, peer: { kind: "pods", namespace: "streams" } },
    });
  });

  it("is a user for each generation that is let in, with the same rights and the same groups", () => {
    const { root, made } = kafka();
    const props = { password, generation: 3, previous: lateAs("before") };
    const broker = made.grantConsume("scorer", { topic: "payments", ...props });
    expect(broker).toMatchObject({ authentication: { user: "scorer-g3", password }, group: "scorer" });
    const users = order(root, collect(root)).flatMap(({ manifest }) => (manifest.kind === "KafkaUser" ? manifest : []));
    expect(users.map(({ metadata }) => metadata.name)).toEqual(["scorer-g3", "scorer-g2"]);
    const [rights, before] = users.map(({ spec }) => at(spec, "authorization"));
    expect(rights).toEqual(before);
    expect(
      users.map(({ spec }) => textAt(spec, "authentication", "password", "valueFrom", "secretKeyRef", "name")),
    ).toEqual(["events-user-scorer-g3", "events-user-scorer-g2"]);
    expect(complaint(() => made.grantConsume("scorer", { topic: "payments", ...props, generation: 4 }))).toBe(
      '[test/kafka] has a client "scorer" with another password: give each of its grants the same, or none after the first',
    );
    expect(complaint(() => made.grantConsume("other-g2", { topic: "payments", password }))).toBe(
      '[test/kafka] cannot have a client "other-g2": a name that ends in g and a number is that of a rotated credential',
    );
  });

  it("is by certificate where the cluster is: the operator makes it", () => {
    const { root, made } = kafka({ authentication: "certificate" });
    const broker = made.grantProduce("scorer", { topic: "payments" });
    expect(broker.authentication).toEqual({ kind: "certificate", secret: "scorer", namespace: "streams" });
    const found = collect(root).map(({ manifest }) => manifest);
    expect(objectAt(find(found, "KafkaUser", "scorer"), "spec", "authentication")).toEqual({ type: "tls" });
    expect(at(find(found, "Kafka", "events"), "spec", "kafka", "listeners", "0", "authentication")).toEqual({
      type: "tls",
    });
    expect(found.filter(({ kind }) => kind === "Secret")).toEqual([]);
  });

  it("lets in the pods that it names, and no others", () => {
    const { root, made } = kafka();
    made.grantConsume("scorer", { topic: "payments", password, from: { kind: "namespace", namespace: "scoring" } });
    const policy = find(
      collect(root).map(({ manifest }) => manifest),
      "NetworkPolicy",
      "events-nodes",
    );
    const open = listAt(policy, "spec", "ingress").filter((rule) => at(rule, "ports", "0", "port") === 9093);
    expect(open.map((rule) => at(rule, "from"))).toEqual([
      [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "scoring" } } }],
    ]);
  });

  it.each<[string, Partial<BrokerGrantProps>, string]>([
    ["scorer", { topic: "payment" }, 'has no topic "payment": its topics are payments'],
    [
      "Scorer",
      {},
      'cannot have a client "Scorer": a name is at most 63 lower-case letters, digits and hyphens, a letter or digit at both ends',
    ],
    ["scorer", { password: undefined }, 'gives the client "scorer" no password: its first grant needs one'],
  ])("is refused to %j with %j", (client, props, message) => {
    expect(complaint(() => kafka().made.grantProduce(client, { topic: "payments", password, ...props }))).toBe(
      `[test/kafka] ${message}`,
    );
  });

  it("is refused with what an earlier grant contradicts", () => {
    const { made } = kafka();
    made.grantProduce("scorer", { topic: "payments", password });
    expect(complaint(() => made.grantConsume("scorer", { topic: "payments", password: lateAs("other") }))).toBe(
      '[test/kafka] has a client "scorer" with another password: give each of its grants the same, or none after the first',
    );
    expect(complaint(() => made.grantConsume("scorer", { topic: "payments", quotas: { consumerByteRate: 1 } }))).toBe(
      '[test/kafka] has a client "scorer" with other quotas: give each of its grants the same, or none after the first',
    );
    const certificates = kafka({ authentication: "certificate" }).made;
    expect(complaint(() => certificates.grantProduce("scorer", { topic: "payments", password }))).toBe(
      '[test/kafka] cannot give the client "scorer" a password: its clients have certificates; leave it out',
    );
  });
});
