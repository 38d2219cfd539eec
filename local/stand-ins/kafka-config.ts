import { createHash } from "node:crypto";
import { FilieraError } from "../../constructs/kernel/errors.ts";
import { here } from "../../constructs/kernel/here.ts";
import { identityOf } from "../../constructs/kernel/identity.ts";
import { at, isObject, listAt, objectAt, textAt } from "../../constructs/kernel/json.ts";
import { late, type Text } from "../../constructs/kernel/late.ts";
import type { Manifest } from "../../constructs/kernel/objects.ts";

export const DATA = "/var/lib/kafka";
export const CERTIFICATES = "/certificates";
export const CONFIG = "/configuration";
export const CONTROLLER_PORT = 9090;
/** Where Strimzi's own operators connect to, and here its stand-in. */
export const REPLICATION_PORT = 9091;

/** The listener that clients have, and the Secret with its certificate. */
export interface ClientListener {
  readonly name: string;
  readonly port: number;
  readonly certificate: string;
}

/**
 * What of a `Kafka` runs here.
 *
 * @throws FilieraError where it is anything but one listener over TLS with SCRAM-SHA-512
 */
export function listenerOf(kafka: Manifest): ClientListener {
  const [listener, ...others] = listAt(kafka, "spec", "kafka", "listeners");
  const certificate = textAt(listener, "configuration", "brokerCertChainAndKey", "secretName");
  const port = Number(at(listener, "port"));
  if (others.length > 0 || listener?.["tls"] !== true || certificate === undefined)
    throw FilieraError.at(
      identityOf(kafka),
      "has other listeners than one over TLS with a certificate of ours, which alone runs here",
    );
  if (textAt(listener, "authentication", "type") !== "scram-sha-512")
    throw FilieraError.at(
      identityOf(kafka),
      'lets clients in by certificates, which Strimzi makes: only filiera:kafka.authentication "scram-sha-512" runs here',
    );
  return { name: `${textAt(listener, "name")}-${port}`.toUpperCase(), port, certificate };
}

/** Who may do everything: the nodes themselves, and who speaks for the operator, by the listeners' own certificate. */
function superUser({ certificate }: ClientListener): string {
  return `User:CN=${certificate}`;
}

/**
 * The settings of the one node, as Strimzi writes them (KafkaBrokerConfigurationBuilder of 1.2): its own listeners with a
 * certificate that both ends show, the client's, rights by the authorizer of the metadata, and then the user's own.
 */
export function serverProperties(kafka: Manifest): Text {
  const listener = listenerOf(kafka);
  const listeners = [
    ["CONTROLPLANE-9090", CONTROLLER_PORT],
    ["REPLICATION-9091", REPLICATION_PORT],
    [listener.name, listener.port],
  ] as const;
  const addresses = joined(
    listeners.map(([name, port]) => late.text`${name}://${here.listen()}:${here.port(port)}`),
    ",",
  );
  const folder = here.folder(CERTIFICATES);
  const mutual = ["CONTROLPLANE-9090", "REPLICATION-9091"].map(
    (name) => `listener.name.${name.toLowerCase()}.ssl.client.auth=required`,
  );
  const client = `listener.name.${listener.name.toLowerCase()}`;
  const scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
  const lines: Text[] = [
    "node.id=0",
    "process.roles=broker,controller",
    "controller.listener.names=CONTROLPLANE-9090",
    late.text`controller.quorum.voters=0@${here.listen()}:${here.port(CONTROLLER_PORT)}`,
    "inter.broker.listener.name=REPLICATION-9091",
    late.text`listeners=${addresses}`,
    late.text`advertised.listeners=${addresses}`,
    `listener.security.protocol.map=CONTROLPLANE-9090:SSL,REPLICATION-9091:SSL,${listener.name}:SASL_SSL`,
    ...mutual,
    `${client}.sasl.enabled.mechanisms=SCRAM-SHA-512`,
    `${client}.scram-sha-512.sasl.jaas.config=${scram}`,
    "config.providers=directory",
    "config.providers.directory.class=org.apache.kafka.common.config.provider.DirectoryConfigProvider",
    "ssl.keystore.type=PEM",
    late.text`ssl.keystore.certificate.chain=${"${directory:"}${folder}:tls.crt}`,
    late.text`ssl.keystore.key=${"${directory:"}${folder}:tls.key}`,
    "ssl.truststore.type=PEM",
    late.text`ssl.truststore.certificates=${"${directory:"}${folder}:ca.crt}`,
    "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    `super.users=${superUser(listener)}`,
    late.text`log.dirs=${here.folder(DATA)}/kafka-log0`,
    // for one person: nobody waits for the members of a group that may yet come, and 50 partitions are not loaded
    "group.initial.rebalance.delay.ms=0",
    "offsets.topic.num.partitions=1",
    "transaction.state.log.num.partitions=1",
    ...Object.entries(objectAt(kafka, "spec", "kafka", "config")).map(([name, value]) => `${name}=${value}`),
  ];
  return late.text`${joined(lines, "\n")}\n`;
}

function joined(texts: readonly Text[], by: string): Text {
  return texts.reduce((all, text) => (all === "" ? text : late.text`${all}${by}${text}`), "");
}

/** The identity of a cluster, the same in each run: 16 bytes as Kafka writes them. */
export function clusterId({ metadata }: Manifest): string {
  const hash = createHash("sha256").update(`${metadata.namespace}/${metadata.name}`).digest();
  return hash.subarray(0, 16).toString("base64url").replace(/^-/, "A");
}

/** What a node writes, to its own output. */
export const LOGGING = `status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %p %m (%c{1})%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
`;

/** The rights of a user, one an operation. */
export interface Right {
  readonly type: string;
  readonly name: string;
  readonly pattern: string;
  readonly operation: string;
}

/** The rights that a `KafkaUser` has. */
export function rightsOf(user: Manifest): Right[] {
  return listAt(user, "spec", "authorization", "acls").flatMap((rule) => {
    const { type, name, patternType = "literal" } = objectAt(rule, "resource");
    const operations = at(rule, "operations");
    return (Array.isArray(operations) ? operations : []).map((operation) => ({
      type: String(type),
      name: String(name),
      pattern: String(patternType),
      operation: String(operation),
    }));
  });
}

/** A topic's own settings. */
export function configOf(topic: Manifest): [string, string][] {
  const config = at(topic, "spec", "config");
  return isObject(config) ? Object.entries(config).map(([name, value]) => [name, String(value)]) : [];
}
