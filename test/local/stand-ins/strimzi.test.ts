import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Kafka, type KafkaProps } from "../../../constructs/kafka/index.ts";
import { late } from "../../../constructs/kernel/late.ts";
import { collect } from "../../../constructs/kernel/objects.ts";
import { InternalAuthority } from "../../../constructs/tls/index.ts";
import { kafkaProgram } from "../../../local/programs/kafka.ts";
import { clusterId, rightsOf, serverProperties } from "../../../local/stand-ins/kafka-config.ts";
import { RESOURCES } from "../../support/nouns.ts";
import { inCluster } from "../../support/places.ts";
import { find } from "../../support/platform.ts";
import { folderFor, start } from "../../support/running.ts";
import { chart } from "../../support/running-chart.ts";

afterEach(() => void vi.unstubAllEnvs());

function platform(props: Partial<KafkaProps> = {}) {
  const scope = chart();
  const { issuer } = new InternalAuthority(scope, "authority", { name: "ca", certManagerNamespace: "cert-manager" });
  const kafka = new Kafka(scope, "kafka", {
    name: "events",
    namespace: "streams",
    image: { reference: "quay.io/strimzi/kafka:1.2.0-kafka-4.3.1" },
    brokers: { replicas: 1, storage: "1Gi", resources: RESOURCES },
    issuer,
    scrapers: { kind: "namespace", namespace: "monitoring" },
    ...props,
  });
  kafka.addTopic("payments", { partitions: 2 });
  if (props.authentication !== "certificate")
    kafka.grantConsume("scorer", { topic: "payments", password: late.named("kafka/scorer") });
  return scope;
}

const manifest = (kind: string, name: string, props?: Partial<KafkaProps>) =>
  find(
    collect(platform(props)).map((object) => object.manifest),
    kind,
    name,
  );

/** What a run says when it does not come about. */
const refusal = (props: Partial<KafkaProps>): Promise<string> =>
  start(platform(props), folderFor("refused")).then(
    async (running) => {
      await running.stop();
      return "it ran";
    },
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

describe("a Kafka is one node", () => {
  test("with the settings that Strimzi would write, as far as one machine has them", () => {
    const kafka = manifest("Kafka", "events", { settings: { "log.segment.bytes": 1_048_576 } });
    expect(inCluster(serverProperties(kafka))).toMatchInlineSnapshot(`
      "node.id=0
      process.roles=broker,controller
      controller.listener.names=CONTROLPLANE-9090
      controller.quorum.voters=0@0.0.0.0:9090
      inter.broker.listener.name=REPLICATION-9091
      listeners=CONTROLPLANE-9090://0.0.0.0:9090,REPLICATION-9091://0.0.0.0:9091,TLS-9093://0.0.0.0:9093
      advertised.listeners=CONTROLPLANE-9090://0.0.0.0:9090,REPLICATION-9091://0.0.0.0:9091,TLS-9093://0.0.0.0:9093
      listener.security.protocol.map=CONTROLPLANE-9090:SSL,REPLICATION-9091:SSL,TLS-9093:SASL_SSL
      listener.name.controlplane-9090.ssl.client.auth=required
      listener.name.replication-9091.ssl.client.auth=required
      listener.name.tls-9093.sasl.enabled.mechanisms=SCRAM-SHA-512
      listener.name.tls-9093.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
      config.providers=directory
      config.providers.directory.class=org.apache.kafka.common.config.provider.DirectoryConfigProvider
      ssl.keystore.type=PEM
      ssl.keystore.certificate.chain=\${directory:/certificates:tls.crt}
      ssl.keystore.key=\${directory:/certificates:tls.key}
      ssl.truststore.type=PEM
      ssl.truststore.certificates=\${directory:/certificates:ca.crt}
      authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
      super.users=User:CN=events-tls
      log.dirs=/var/lib/kafka/kafka-log0
      group.initial.rebalance.delay.ms=0
      offsets.topic.num.partitions=1
      transaction.state.log.num.partitions=1
      auto.create.topics.enable=false
      default.replication.factor=1
      log.segment.bytes=1048576
      min.insync.replicas=1
      offsets.topic.replication.factor=1
      ssl.enabled.protocols=TLSv1.3
      transaction.state.log.min.isr=1
      transaction.state.log.replication.factor=1
      "
    `);
  });

  test("of an identity that stays", () => {
    expect(clusterId(manifest("Kafka", "events"))).toBe(clusterId(manifest("Kafka", "events")));
    expect(clusterId(manifest("Kafka", "events"))).toMatch(/^[A-Za-z0-9_][\w-]{21}$/);
  });

  test("whose users have the rights of their objects, one an operation", () => {
    expect(rightsOf(manifest("KafkaUser", "scorer"))).toEqual([
      { type: "topic", name: "payments", pattern: "literal", operation: "Read" },
      { type: "topic", name: "payments", pattern: "literal", operation: "Describe" },
      { type: "group", name: "scorer", pattern: "literal", operation: "Read" },
      { type: "group", name: "scorer", pattern: "literal", operation: "Describe" },
      { type: "group", name: "scorer-", pattern: "prefix", operation: "Read" },
      { type: "group", name: "scorer-", pattern: "prefix", operation: "Describe" },
    ]);
  });

  test("and no more, and none whose clients have certificates", async () => {
    vi.stubEnv("FILIERA_KAFKA", "none");
    expect(await refusal({ brokers: { replicas: 3, storage: "1Gi", resources: RESOURCES } })).toBe(
      "[kafka.strimzi.io/KafkaNodePool/streams/nodes] has 3 nodes, and one machine runs one: set filiera:kafka.brokers.replicas to 1, or take an environment with filiera:profile laptop or small",
    );
    expect(await refusal({ authentication: "certificate" })).toBe(
      '[kafka.strimzi.io/Kafka/streams/events] lets clients in by certificates, which Strimzi makes: only filiera:kafka.authentication "scram-sha-512" runs here',
    );
  });
});

describe("where there is no Kafka", () => {
  test("nothing runs in its place, and the rest goes on", async () => {
    vi.stubEnv("FILIERA_KAFKA", "none");
    const notes: string[] = [];
    const running = await start(platform(), folderFor("without"), {
      listen: (event) => void (event.kind === "note" && notes.push(event.note)),
    });
    expect(notes).toContain("quay.io/strimzi/kafka:1.2.0-kafka-4.3.1 is nothing, as FILIERA_KAFKA asks for it");
    const states = running.status.objects.filter(({ identity }) => identity.startsWith("kafka.strimzi.io/"));
    expect(states.map(({ state }) => state)).toEqual(["done", "done", "done", "done"]);
    await running.stop();
  });

  test("it is said what is missing, and a folder that has none is refused", async () => {
    const install =
      "install Java 17 or newer and Maven, or set FILIERA_KAFKA to the folder of a Kafka 4 that is unpacked, or to none";
    expect((await kafkaProgram(() => {}, { PATH: "/nowhere" })).says).toBe(
      `nothing, as there is no Java here: ${install}`,
    );
    const java = folderFor("java").path;
    fakeJava(java, "17.0.2");
    expect((await kafkaProgram(() => {}, { PATH: java })).says).toBe(`nothing, as there is no Maven here: ${install}`);
    await expect(kafkaProgram(() => {}, { PATH: java, FILIERA_KAFKA: "/nowhere" })).rejects.toThrow(
      `[FILIERA_KAFKA] found "/nowhere", in whose folder libs is no Kafka 4: ${install}`,
    );
    fakeJava(java, "11.0.2");
    expect((await kafkaProgram(() => {}, { PATH: java })).says).toBe(
      `nothing, as there is only Java 11 here: ${install}`,
    );
  });
});

function fakeJava(folder: string, version: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "java"), `#!/bin/sh\necho 'openjdk version "${version}"' >&2\n`, { mode: 0o755 });
}
