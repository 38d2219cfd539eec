import { FilieraError } from "../../constructs/kernel/errors.ts";
import { here } from "../../constructs/kernel/here.ts";
import { identity, identityOf } from "../../constructs/kernel/identity.ts";
import { at, type JsonObject, textAt } from "../../constructs/kernel/json.ts";
import { late } from "../../constructs/kernel/late.ts";
import type { Manifest } from "../../constructs/kernel/objects.ts";
import { isFolder, podAt, portOf, secretValue } from "../run/world.ts";
import { type KafkaAccess, KafkaAdmin } from "./kafka-admin.ts";
import {
  CERTIFICATES,
  CONFIG,
  CONTROLLER_PORT,
  clusterId,
  configOf,
  DATA,
  LOGGING,
  listenerOf,
  REPLICATION_PORT,
  rightsOf,
  serverProperties,
} from "./kafka-config.ts";
import type { StandIn, StandInContext } from "./stand-in.ts";

/** Makes the node's files, unless they are there: aside, and renamed, so that half of them is never taken for all. */
const FORMAT = `
set -eu
[ ! -d "$0/kafka-log0" ] || exit 0
rm -rf "$0/kafka-log0.new"
sed "s|^log.dirs=.*|log.dirs=$0/kafka-log0.new|" "$1" > "$0/format.properties"
java -Xmx128m -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile="$3" kafka.tools.StorageTool format --cluster-id "$2" --config "$0/format.properties"
rm "$0/format.properties"
mv "$0/kafka-log0.new" "$0/kafka-log0"
`;

/** A heap for what one person tries, what starts soonest, and addresses as others write them. */
const JAVA = [
  "java",
  "-Xms64m",
  "-Xmx256m",
  "-XX:+UseSerialGC",
  "-XX:TieredStopAtLevel=1",
  "-Djava.net.preferIPv4Stack=true",
] as const;

/** Strimzi's part: a node for each `Kafka`, and in it the topics and users that are asked for. */
export const strimzi: Readonly<Record<string, StandIn>> = {
  "kafka.strimzi.io/KafkaNodePool": { objects: refuseSeveral },
  "kafka.strimzi.io/Kafka": {
    objects: nodeOf,
    act: makeReady,
  },
  "kafka.strimzi.io/KafkaTopic": { act: makeTopic },
  "kafka.strimzi.io/KafkaUser": { act: makeUser },
};

/** One machine runs one node, which is controller and broker whatever the pools say. */
function refuseSeveral(pool: Manifest): Manifest[] {
  const replicas = Number(at(pool, "spec", "replicas"));
  if (replicas !== 1)
    throw FilieraError.at(
      identityOf(pool),
      `has ${replicas} nodes, and one machine runs one: set filiera:kafka.brokers.replicas to 1, or take an environment with filiera:profile laptop or small`,
    );
  return [];
}

/** One node, and the Service that clients ask first. */
function nodeOf(kafka: Manifest): Manifest[] {
  const { name, namespace = "default" } = kafka.metadata;
  const labels = { "strimzi.io/cluster": name, "strimzi.io/name": `${name}-kafka` };
  const metadata = (own: string) => ({ name: own, namespace, labels });
  const { port } = listenerOf(kafka);
  return [
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: metadata(`${name}-node`),
      data: { "server.properties": String(serverProperties(kafka)), "log4j2.properties": LOGGING },
    },
    {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: metadata(`${name}-node`),
      spec: {
        replicas: 1,
        serviceName: `${name}-kafka-brokers`,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podOf(kafka) },
        volumeClaimTemplates: [{ metadata: { name: "data" }, spec: {} }],
      },
    },
    ...[
      [`${name}-kafka-bootstrap`, port],
      [`${name}-kafka-brokers`, REPLICATION_PORT],
    ].map(([service, number]) => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: metadata(String(service)),
      spec: { selector: labels, ports: [{ port: Number(number), targetPort: Number(number) }] },
    })),
  ];
}

function podOf(kafka: Manifest): JsonObject {
  const image = textAt(kafka, "spec", "kafka", "image") ?? "";
  const { port, certificate } = listenerOf(kafka);
  const data = String(here.folder(DATA));
  const properties = String(late.text`${here.folder(CONFIG)}/server.properties`);
  const logging = late.text`${here.folder(CONFIG)}/log4j2.properties`;
  const volumeMounts = [
    { name: "data", mountPath: DATA },
    { name: "certificates", mountPath: CERTIFICATES },
    { name: "configuration", mountPath: CONFIG },
  ];
  return {
    terminationGracePeriodSeconds: 30,
    initContainers: [
      {
        name: "format",
        image,
        command: ["sh", "-c", FORMAT, data, properties, clusterId(kafka), String(logging)],
        volumeMounts,
      },
    ],
    containers: [
      {
        name: "kafka",
        image,
        command: [...JAVA, String(late.text`-Dlog4j2.configurationFile=${logging}`), "kafka.Kafka", properties],
        ports: [
          { name: "tls", containerPort: port },
          { name: "controller", containerPort: CONTROLLER_PORT },
          { name: "replication", containerPort: REPLICATION_PORT },
        ],
        startupProbe: { tcpSocket: { port }, periodSeconds: 1, failureThreshold: 300, timeoutSeconds: 5 },
        volumeMounts,
      },
    ],
    volumes: [
      { name: "certificates", secret: { secretName: certificate } },
      { name: "configuration", configMap: { name: `${kafka.metadata.name}-node` } },
    ],
  };
}

/** Users whose objects are gone since the last run go before it is used. */
async function makeReady(kafka: Manifest, context: StandInContext): Promise<void> {
  const users = [...context.objects.values()].flatMap(({ kind, metadata }) =>
    kind === "KafkaUser" ? [metadata.name] : [],
  );
  await within(kafka, context, async (admin) => {
    await admin.ready();
    await admin.dropUsers(new Set(users));
  });
}

async function makeTopic(topic: Manifest, context: StandInContext): Promise<void> {
  const { metadata, spec } = topic;
  const wanted = {
    name: textAt(spec, "topicName") ?? metadata.name,
    partitions: Number(at(spec, "partitions")),
    replicas: Number(at(spec, "replicas")),
    configs: configOf(topic),
  };
  await within(clusterOf(topic, context), context, (admin) => admin.ensureTopic(wanted));
}

async function makeUser(user: Manifest, context: StandInContext): Promise<void> {
  const { name, namespace = "default" } = user.metadata;
  const from = ["spec", "authentication", "password", "valueFrom", "secretKeyRef"] as const;
  const [secret = "", key = ""] = [textAt(user, ...from, "name"), textAt(user, ...from, "key")];
  const password = secretValue(context.world, namespace, secret, key);
  await within(clusterOf(user, context), context, (admin) => admin.ensureUser(name, password, rightsOf(user)));
}

function clusterOf({ metadata }: Manifest, { objects }: StandInContext): Manifest {
  const name = textAt(metadata, "labels", "strimzi.io/cluster") ?? "";
  const kafka = objects.get(identity("kafka.strimzi.io/Kafka", metadata.namespace, name));
  if (!kafka) throw new Error(`is of the Kafka "${name}", which is not there`);
  return kafka;
}

/** Works as the operator, by the certificate that both ends show; not at all where nothing runs in a Kafka's place. */
async function within(
  kafka: Manifest,
  { world }: StandInContext,
  work: (admin: KafkaAdmin) => Promise<void>,
): Promise<void> {
  const { name, namespace = "default" } = kafka.metadata;
  const pod = podAt(world, namespace, `${name}-kafka-brokers`);
  const port = portOf(world, namespace, `${name}-kafka-brokers`, REPLICATION_PORT);
  if (!pod || port === undefined || isFolder(world, pod)) return;
  const { certificate } = listenerOf(kafka);
  const value = (key: string): string => secretValue(world, namespace, certificate, key);
  const access: KafkaAccess = {
    port,
    certificate: value("tls.crt"),
    key: value("tls.key"),
    authority: value("ca.crt"),
  };
  await using admin = await KafkaAdmin.connect(access);
  await work(admin);
}
