/** What Strimzi 1.2 sets itself, and drops without a word: `FORBIDDEN_PREFIXES` of its `KafkaClusterSpec`. */
const STRIMZI_PREFIXES = `advertised. authorizer. broker. client.quota.callback.static.excluded.principal.name.list
  client.quota.callback.static.fetch client.quota.callback.static.kafka.admin. client.quota.callback.static.produce
  client.quota.callback.static.storage.per.volume.limit.min.available. controller. cordoned.log.dirs
  cruise.control.metrics.reporter.bootstrap.servers cruise.control.metrics.topic host.name inter.broker.listener.name
  listener. listeners log.dir metadata.log.dir node.id password. port process.roles prometheus.metrics.reporter. sasl.
  security. ssl. super.user zookeeper.`.split(/\s+/);

/** Exceptions to those: `FORBIDDEN_PREFIX_EXCEPTIONS`, without what is of ZooKeeper or of Cruise Control. */
const EXCEPTIONS: ReadonlySet<string> = new Set(
  `broker.heartbeat.interval.ms broker.session.timeout.ms controller.quorum.election.backoff.max.ms
  controller.quorum.election.timeout.ms controller.quorum.fetch.timeout.ms controller.socket.timeout.ms
  sasl.server.max.receive.size ssl.cipher.suites ssl.secure.random.implementation`.split(/\s+/),
);

/** What `Kafka` sets itself. */
const OWN: ReadonlySet<string> = new Set(
  `auto.create.topics.enable default.replication.factor min.insync.replicas offsets.topic.replication.factor
  replica.selector.class ssl.enabled.protocols transaction.state.log.min.isr transaction.state.log.replication.factor`.split(
    /\s+/,
  ),
);

const NAME = /^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*$/;

/** Why a broker's setting cannot be set; undefined where it can. */
export function brokerSettingComplaint(name: string): string | undefined {
  if (OWN.has(name)) return "the platform sets it to the safest there is; leave it out";
  if (!EXCEPTIONS.has(name) && STRIMZI_PREFIXES.some((prefix) => name.startsWith(prefix)))
    return "Strimzi sets it itself; leave it out";
  return NAME.test(name) ? undefined : "not a setting's name; allowed: a name such as log.segment.bytes";
}
