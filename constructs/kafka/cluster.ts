import type { k8s } from "cdk8s-plus-28";
import { parseQuantity } from "../footprint/quantity.ts";
import type { Image, Resources } from "../workload/index.ts";
import { CLUSTER_LABEL, type KafkaSpec, type NodePoolSpec, type Quotas } from "./strimzi.ts";

/** Nodes of a Kafka that are alike. */
export interface KafkaNodes {
  readonly replicas: number;
  /** Size of each node's volume, a quantity such as `20Gi`. It can grow, and never shrink. */
  readonly storage: string;
  readonly resources: Resources;
}

/** The part of a `KafkaNodePool`'s name that says what its nodes are. */
export type PoolName = "nodes" | "brokers" | "controllers";

/** @see clusterSpec */
export interface ClusterProps {
  readonly image: Image;
  readonly brokers: number;
  readonly authentication: "scram-sha-512" | "certificate";
  /** Name of the Secret with the certificate that clients see. */
  readonly certificate: string;
  readonly rack: boolean;
  readonly config: Readonly<Record<string, string | number | boolean>>;
  readonly quotas?: Quotas;
}

/** The newest that Strimzi 1.2 runs, and the version of its metadata: kafka-versions.yaml there. */
export const KAFKA_VERSION = "4.3.1";
const METADATA_VERSION = "4.3-IV0";

/** Where clients connect to: Strimzi keeps 9090 to 9092 for itself, or for what is not encrypted. */
export const CLIENT_PORT = 9093;
const ZONE = "topology.kubernetes.io/zone";
const NODE = "kubernetes.io/hostname";

/** What the entity operator's two containers ask for, each: JVMs that do little. */
const ENTITY_OPERATOR: Resources = { requests: { cpu: "50m", memory: "384Mi" }, limits: { memory: "384Mi" } };

/** A Kafka that is reached over TLS alone, by those alone who may. */
export function clusterSpec(props: ClusterProps): KafkaSpec {
  const { image, brokers, authentication, certificate, rack, config, quotas } = props;
  const replicas = Math.min(3, brokers);
  const inSync = replicas >= 3 ? 2 : 1;
  return {
    kafka: {
      version: KAFKA_VERSION,
      metadataVersion: METADATA_VERSION,
      image: image.reference,
      listeners: [
        {
          name: "tls",
          port: CLIENT_PORT,
          type: "internal",
          tls: true,
          authentication: { type: authentication === "certificate" ? "tls" : authentication },
          configuration: {
            brokerCertChainAndKey: { secretName: certificate, certificate: "tls.crt", key: "tls.key" },
          },
        },
      ],
      config: {
        // fetches from a copy in the consumer's own zone, where it says in which it is
        ...(rack && { "replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector" }),
        ...config,
        // a topic is an object, or it is not there
        "auto.create.topics.enable": false,
        "default.replication.factor": replicas,
        "min.insync.replicas": inSync,
        "offsets.topic.replication.factor": replicas,
        "ssl.enabled.protocols": "TLSv1.3",
        "transaction.state.log.min.isr": inSync,
        "transaction.state.log.replication.factor": replicas,
      },
      authorization: { type: "simple" },
      ...(rack && { rack: { type: "topology-label", topologyKey: ZONE } }),
      metricsConfig: { type: "strimziMetricsReporter" },
      ...(quotas && { quotas: { type: "kafka", ...quotas } }),
    },
    entityOperator: {
      topicOperator: { resources: ENTITY_OPERATOR },
      userOperator: { resources: ENTITY_OPERATOR },
      template: {
        // with finalizers a namespace whose topic operator is gone would never be gone itself
        topicOperatorContainer: { env: [{ name: "STRIMZI_USE_FINALIZERS", value: "false" }] },
      },
    },
  };
}

/** Nodes of a cluster: each on a machine of its own where there are three or more, over the zones as they come. */
export function poolSpec(
  cluster: string,
  pool: PoolName,
  { replicas, storage, resources }: KafkaNodes,
  { storageClass, pullSecret }: { readonly storageClass?: string; readonly pullSecret?: string },
): NodePoolSpec {
  const roles = { nodes: ["controller", "broker"], brokers: ["broker"], controllers: ["controller"] } as const;
  const matchLabels = { [CLUSTER_LABEL]: cluster, "strimzi.io/pool-name": pool };
  const spread = (topologyKey: string, whenUnsatisfiable: string): k8s.TopologySpreadConstraint => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable,
    labelSelector: { matchLabels },
  });
  return {
    replicas,
    roles: roles[pool],
    storage: {
      type: "jbod",
      volumes: [
        {
          id: 0,
          type: "persistent-claim",
          size: storage,
          ...(storageClass && { class: storageClass }),
          deleteClaim: false,
          kraftMetadata: "shared",
        },
      ],
    },
    resources: { ...resources, limits: { memory: resources.requests.memory, ...resources.limits } },
    template: {
      pod: {
        ...(pullSecret && { imagePullSecrets: [{ name: pullSecret }] }),
        topologySpreadConstraints: [
          spread(ZONE, "ScheduleAnyway"),
          spread(NODE, replicas >= 3 ? "DoNotSchedule" : "ScheduleAnyway"),
        ],
      },
    },
  };
}

/** What the operator makes of a pool: a pod and its volume for each node. */
export function poolFootprint({ replicas, storage, resources }: KafkaNodes, image: Image) {
  const amount = (quantity: string): number => replicas * (parseQuantity(quantity) ?? 0);
  return {
    pods: replicas,
    cpu: amount(resources.requests.cpu),
    memory: amount(resources.requests.memory),
    gpu: 0,
    storage: amount(storage),
    images: [image.reference],
  };
}

/** The pod with the operators of topics and users: its image comes with the chart, and is counted there. */
export function entityOperatorFootprint() {
  const { cpu, memory } = ENTITY_OPERATOR.requests;
  return {
    pods: 1,
    cpu: 2 * (parseQuantity(cpu) ?? 0),
    memory: 2 * (parseQuantity(memory) ?? 0),
    gpu: 0,
    storage: 0,
    images: [],
  };
}
