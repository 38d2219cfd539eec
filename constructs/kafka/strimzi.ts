import { ApiObject } from "cdk8s";
import type { k8s } from "cdk8s-plus-28";
import type { Construct } from "constructs";
import { PART_OF, type Resources } from "../workload/index.ts";

/** The part of Strimzi's `Kafka` (1.2) that is used here, so that a misspelt field does not compile. */
export interface KafkaSpec {
  readonly kafka: {
    readonly version: string;
    readonly metadataVersion: string;
    readonly image: string;
    readonly listeners: readonly Listener[];
    readonly config: Readonly<Record<string, string | number | boolean>>;
    readonly authorization: { readonly type: "simple" };
    readonly rack?: { readonly type: "topology-label"; readonly topologyKey: string };
    readonly metricsConfig: { readonly type: "strimziMetricsReporter" };
    readonly quotas?: { readonly type: "kafka" } & Quotas;
  };
  readonly entityOperator: {
    readonly topicOperator: { readonly resources: Resources };
    readonly userOperator: { readonly resources: Resources };
    readonly template: {
      readonly topicOperatorContainer: { readonly env: readonly { readonly name: string; readonly value: string }[] };
    };
  };
}

interface Listener {
  readonly name: string;
  readonly port: number;
  readonly type: "internal";
  readonly tls: true;
  readonly authentication: { readonly type: "scram-sha-512" | "tls" };
  readonly configuration: {
    readonly brokerCertChainAndKey: {
      readonly secretName: string;
      readonly certificate: string;
      readonly key: string;
    };
  };
}

/** What one client may move: of each broker, on average. */
export interface Quotas {
  /** Bytes a second that it may write. @default - without limit */
  readonly producerByteRate?: number;
  /** Bytes a second that it may read. @default - without limit */
  readonly consumerByteRate?: number;
}

/** `KafkaNodePool`: nodes that are alike. */
export interface NodePoolSpec {
  readonly replicas: number;
  readonly roles: readonly ("controller" | "broker")[];
  readonly storage: {
    readonly type: "jbod";
    readonly volumes: readonly {
      readonly id: number;
      readonly type: "persistent-claim";
      readonly size: string;
      readonly class?: string;
      readonly deleteClaim: false;
      readonly kraftMetadata: "shared";
    }[];
  };
  readonly resources: Resources;
  readonly template: {
    readonly pod: {
      readonly imagePullSecrets?: readonly { readonly name: string }[];
      readonly topologySpreadConstraints: readonly k8s.TopologySpreadConstraint[];
    };
  };
}

/** `KafkaTopic`. */
export interface TopicSpec {
  readonly topicName: string;
  readonly partitions: number;
  readonly replicas: number;
  readonly config: Readonly<Record<string, string | number>>;
}

/** `KafkaUser`. */
export interface UserSpec {
  readonly authentication:
    | {
        readonly type: "scram-sha-512";
        readonly password: {
          readonly valueFrom: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
        };
      }
    | { readonly type: "tls" };
  readonly authorization: { readonly type: "simple"; readonly acls: readonly AccessRule[] };
  readonly quotas?: Quotas;
}

/** What a user may do with a topic or a group. */
export interface AccessRule {
  readonly resource: {
    readonly type: "topic" | "group";
    readonly name: string;
    readonly patternType: "literal" | "prefix";
  };
  readonly operations: readonly ("Read" | "Write" | "Describe")[];
}

interface Specs {
  readonly Kafka: KafkaSpec;
  readonly KafkaNodePool: NodePoolSpec;
  readonly KafkaTopic: TopicSpec;
  readonly KafkaUser: UserSpec;
}

/** The label by which Strimzi knows the cluster of an object. */
export const CLUSTER_LABEL = "strimzi.io/cluster";

/** An object of Strimzi, of one of its clusters. */
export function strimziObject<Kind extends keyof Specs>(
  scope: Construct,
  id: string,
  kind: Kind,
  metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly cluster: string;
    readonly annotations?: Record<string, string>;
  },
  spec: Specs[Kind],
): ApiObject {
  const { cluster, ...own } = metadata;
  const labels = { ...PART_OF, [CLUSTER_LABEL]: cluster };
  return new ApiObject(scope, id, {
    apiVersion: "kafka.strimzi.io/v1",
    kind,
    metadata: { ...own, labels },
    spec,
  });
}
