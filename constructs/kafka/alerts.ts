import { type Alert, type AlertOptions, answering, certificateAlert, volumeAlerts } from "../monitoring/alerts.ts";

/** When Kafka's alerts fire. */
export type KafkaAlerts = AlertOptions;

/** What of a cluster its alerts ask about. */
interface Watched {
  readonly name: string;
  readonly namespace: string;
  /** Brokers and controllers. */
  readonly nodes: number;
  /** Name of the Certificate that clients see. */
  readonly certificate: string;
}

/**
 * Alerts on what Strimzi's Metrics Reporter says by its own list of what it tells (KafkaCluster of 1.2). What a consumer
 * is behind by is not among it.
 */
export function kafkaAlerts({ name, namespace, nodes, certificate }: Watched, options: KafkaAlerts): readonly Alert[] {
  const job = `${namespace}/${name}`;
  const of = (metric: string) => `${metric}{job="${job}"}`;
  return [
    {
      name: "KafkaNodeDown",
      expr: answering(job, nodes),
      minutes: 5,
      severity: nodes > 1 ? "warning" : "critical",
      summary: "a node of Kafka is down",
      description: `{{ $value }} of ${nodes} nodes of ${job} answer`,
    },
    {
      name: "KafkaNoController",
      expr: `(sum(${of("kafka_controller_kafkacontroller_activecontrollercount")}) or vector(0)) != 1`,
      minutes: 2,
      severity: "critical",
      summary: "Kafka has not one active controller",
      description: `{{ $value }} controllers of ${job} are active: while there is none, no partition gets a new leader`,
    },
    {
      name: "KafkaOfflinePartitions",
      expr: `max(${of("kafka_controller_kafkacontroller_offlinepartitionscount")}) > 0`,
      minutes: 1,
      severity: "critical",
      summary: "partitions have no leader",
      description: `{{ $value }} partitions of ${job} can be neither read nor written`,
    },
    {
      name: "KafkaUnderMinInSync",
      expr: `sum(${of("kafka_server_replicamanager_underminisrpartitioncount")}) > 0`,
      minutes: 2,
      severity: "critical",
      summary: "partitions cannot be written",
      description: `{{ $value }} partitions of ${job} have fewer copies in sync than their topic asks for, and refuse records`,
    },
    {
      name: "KafkaUnderReplicated",
      expr: `sum(${of("kafka_server_replicamanager_underreplicatedpartitions")}) > 0`,
      minutes: 15,
      severity: "warning",
      summary: "partitions lack copies",
      description: `{{ $value }} partitions of ${job} have a copy that is behind or away`,
    },
    ...volumeAlerts("Kafka", { namespace, claims: `data-0-${name}-(nodes|brokers|controllers)-[0-9]+` }, options),
    certificateAlert("Kafka", { name: certificate, namespace }, options),
  ];
}
