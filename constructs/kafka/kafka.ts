import type { IPodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";
import { ApiObject, Lazy } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import { Construct } from "constructs";
import { type Credential, credentials, endsInGeneration, GENERATION_REFUSED } from "../connections/generation.ts";
import type { Broker, BrokerAuthentication, Endpoint, Generations, Issuer, Peer } from "../connections/index.ts";
import { declareFootprint } from "../footprint/footprint.ts";
import { here } from "../kernel/here.ts";
import { type Late, late, type Text } from "../kernel/late.ts";
import { Noun } from "../kernel/noun.ts";
import { Options } from "../kernel/options.ts";
import { Alerts } from "../monitoring/index.ts";
import { ServerCertificate, serviceHosts } from "../tls/index.ts";
import { type Image, PART_OF, type PodPolicy } from "../workload/index.ts";
import { type KafkaAlerts, kafkaAlerts } from "./alerts.ts";
import {
  CLIENT_PORT,
  clusterSpec,
  entityOperatorFootprint,
  type KafkaNodes,
  type PoolName,
  poolFootprint,
  poolSpec,
} from "./cluster.ts";
import { guardNodes } from "./policies.ts";
import { brokerSettingComplaint } from "./settings.ts";
import {
  type AccessRule,
  CLUSTER_LABEL,
  type KafkaSpec,
  type NodePoolSpec,
  type Quotas,
  strimziObject,
} from "./strimzi.ts";
import {
  numberProblems,
  sameTopic,
  TOPIC_NAME,
  type TopicProps,
  topicNameExpects,
  topicObjectName,
  topicProblems,
  topicSpec,
} from "./topic.ts";

/** @see Kafka */
export interface KafkaProps {
  /** Name of the cluster: clients ask `<name>-kafka-bootstrap` for its brokers. */
  readonly name: string;
  /** A namespace of its own: the names of its node pools are the same in each cluster. */
  readonly namespace: string;
  /** Strimzi's own image of Kafka 4.3.1. */
  readonly image: Image;
  /** Nodes that hold the topics. */
  readonly brokers: KafkaNodes;
  /** Nodes that hold the cluster's metadata, an odd number. @default - the brokers do, and are an odd number */
  readonly controllers?: KafkaNodes;
  /** @default - the cluster's default StorageClass */
  readonly storageClass?: string;
  /** Puts the copies of a partition into different zones: nodes without a zone get no broker. @default - from three brokers on */
  readonly zones?: boolean;
  /** How clients say who they are. @default "scram-sha-512" */
  readonly authentication?: "scram-sha-512" | "certificate";
  /** Further settings of the brokers, by their names in `server.properties`. @default {} */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** What each client may move, unless its grant says otherwise. @default - without limit */
  readonly quotas?: Quotas;
  /** Who issues the certificate that clients see. */
  readonly issuer: Issuer;
  /** Where the operator runs. @default "strimzi-system" */
  readonly operatorNamespace?: string;
  /** Who scrapes metrics. */
  readonly scrapers: Peer;
  /** Labels of the PodMonitor and the PrometheusRule, by which Prometheus finds them. @default {} */
  readonly monitorLabels?: Readonly<Record<string, string>>;
  /** When its alerts fire; `false` for no alerts. @default - with their defaults */
  readonly alerts?: KafkaAlerts | false;
  /** @default - as they are */
  readonly transform?: {
    readonly cluster?: (spec: KafkaSpec) => KafkaSpec;
    readonly pool?: (spec: NodePoolSpec, pool: PoolName) => NodePoolSpec;
  };
}

/** @see Kafka.grantProduce */
export interface BrokerGrantProps extends Generations {
  /** One of the topics. */
  readonly topic: string;
  /** The client's password, the same in each of its grants; with certificates there is none. @default - that of its first grant */
  readonly password?: Late;
  /** What it may move, the same in each of its grants. @default - that of its first grant, or `quotas` of the cluster */
  readonly quotas?: Quotas;
  /** Pods that the NetworkPolicy lets in, where they are not a `Workload` that connects by itself. @default - none */
  readonly from?: Peer;
}

interface Client {
  readonly props: BrokerGrantProps;
  readonly rules: Map<string, AccessRule>;
  /** By whom it is let in: the first of them is the one in use. */
  readonly users: readonly [ApiObject, ...ApiObject[]];
}

/** A user's name is that of its object and of its consumer groups. */
const CLIENT_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Kafka as Strimzi runs it, without ZooKeeper: reached over verified TLS alone, by users with rights to single topics.
 * Topics and the nodes' volumes stay when their objects go; they go with the namespace, which the platform protects in
 * production.
 *
 * Cost: the nodes' requested resources and volumes, and one pod that asks for 100m and 768Mi.
 *
 * @example
 * const kafka = new Kafka(this, "kafka", { name: "kafka", namespace: "kafka", brokers: { replicas: 3, ... }, ... });
 * kafka.addTopic("payments", { partitions: 6, retention: Duration.days(30) });
 * const broker = kafka.grantConsume("scorer", { topic: "payments", password: late.from(password.result) });
 */
export class Kafka extends Noun {
  /** The `Kafka`: awaited until it is ready. */
  readonly cluster: ApiObject;
  /** The `KafkaNodePool`s, whose volumes hold the data. */
  readonly pools: readonly ApiObject[];
  /** Of brokers and controllers. */
  readonly policy: PodPolicy;
  readonly #props: KafkaProps;
  readonly #topics = new Map<string, ApiObject>();
  readonly #clients = new Map<string, Client>();

  constructor(scope: Construct, id: string, props: KafkaProps) {
    super(scope, id);
    this.#props = props;
    this.#check();
    const { name, namespace } = props;
    const certificate = new ServerCertificate(this, "certificate", {
      name: `${name}-tls`,
      namespace,
      issuer: props.issuer,
      dnsNames: [
        ...serviceHosts(this.#bootstrap, namespace),
        // under these brokers say that they are reached
        `*.${name}-kafka-brokers.${namespace}.svc`,
        `*.${name}-kafka-brokers.${namespace}.svc.cluster.local`,
      ],
      keyEncoding: "PKCS8",
    });
    this.policy = guardNodes(this, props);
    this.pools = this.#makePools();
    const spec = clusterSpec({
      image: props.image,
      brokers: props.brokers.replicas,
      authentication: this.#authentication,
      certificate: certificate.secret,
      rack: props.zones ?? props.brokers.replicas >= 3,
      config: props.settings ?? {},
      quotas: props.quotas,
    });
    this.cluster = strimziObject(
      this,
      "cluster",
      "Kafka",
      this.#metadata(name),
      props.transform?.cluster?.(spec) ?? spec,
    );
    this.cluster.node.addDependency(certificate, this.policy, ...this.pools);
    // a node at a time is replaced, and each comes back only once its copies are whole
    Options.of(this.cluster).set({ waitFor: "condition=Ready", timeoutSeconds: 3600 });
    declareFootprint(this.cluster, entityOperatorFootprint());
    this.#monitor();
    this.#watch(certificate.secret);
  }

  /** Where clients connect to. */
  get endpoint(): Endpoint {
    return this.policy.endpoint(CLIENT_PORT);
  }

  /** Where clients ask for the brokers at first. */
  get bootstrapServers(): Text {
    const { namespace } = this.#props;
    const port = here.servicePort(this.#bootstrap, namespace, CLIENT_PORT);
    return late.text`${here.serviceHost(this.#bootstrap, namespace)}:${port}`;
  }

  /** Adds a topic, kept with its records when it leaves the program. */
  addTopic(name: string, props: TopicProps): void {
    if (!TOPIC_NAME.test(name)) this.refuse(`cannot have a topic "${name}": allowed: ${topicNameExpects}`);
    const same = sameTopic(name, this.#topics.keys());
    if (same === name) this.refuse(`has a topic "${name}" already: choose another name`);
    if (same !== undefined)
      this.refuse(
        `cannot have a topic "${name}" beside "${same}": capitals, and dots for hyphens or underscores, do not tell two topics apart`,
      );
    const brokers = this.#props.brokers.replicas;
    const numbers = numberProblems(props);
    const wrong = numbers.length > 0 ? numbers : topicProblems(props, brokers);
    if (wrong.length > 0)
      this.refuse(
        `cannot have the topic "${name}": ${wrong.map(({ setting, message }) => `${setting}: ${message}`).join("; ")}`,
      );
    const objectName = topicObjectName(name);
    const object = strimziObject(
      this,
      `topic-${objectName}`,
      "KafkaTopic",
      { ...this.#metadata(objectName), annotations: KEPT },
      topicSpec(name, props, brokers),
    );
    object.node.addDependency(this.cluster);
    Options.of(object).set({ waitFor: "condition=Ready", retainOnDelete: true });
    this.#topics.set(name, object);
  }

  /** Lets a client write a topic; it may have other grants besides. */
  grantProduce(client: string, props: BrokerGrantProps): Broker {
    return this.#grant(client, props, [topicRule(props.topic, ["Write", "Describe"])]);
  }

  /** Lets a client read a topic, in consumer groups of its own; it may have other grants besides. */
  grantConsume(client: string, props: BrokerGrantProps): Broker {
    return this.#grant(client, props, [
      topicRule(props.topic, ["Read", "Describe"]),
      { resource: { type: "group", name: client, patternType: "literal" }, operations: ["Read", "Describe"] },
      { resource: { type: "group", name: `${client}-`, patternType: "prefix" }, operations: ["Read", "Describe"] },
    ]);
  }

  get #bootstrap(): string {
    return `${this.#props.name}-kafka-bootstrap`;
  }

  get #authentication(): "scram-sha-512" | "certificate" {
    return this.#props.authentication ?? "scram-sha-512";
  }

  #metadata(name: string) {
    return { name, namespace: this.#props.namespace, cluster: this.#props.name };
  }

  #check(): void {
    const { brokers, controllers, settings = {} } = this.#props;
    const voters = controllers ?? brokers;
    if (!Number.isInteger(brokers.replicas) || brokers.replicas < 1)
      this.refuse(`cannot have ${brokers.replicas} brokers: allowed: a whole number from 1`);
    if (voters.replicas % 2 !== 1)
      this.refuse(
        `cannot have ${voters.replicas} nodes that vote on its metadata: allowed: an odd number, as one more outlives no more losses; ${controllers ? "write 3 controllers" : "give it controllers of their own"}`,
      );
    for (const name of Object.keys(settings)) {
      const complaint = brokerSettingComplaint(name);
      if (complaint) this.refuse(`cannot have the setting "${name}": ${complaint}`);
    }
  }

  #makePools(): ApiObject[] {
    const { name, brokers, controllers, storageClass, image, transform } = this.#props;
    const pools: readonly [PoolName, KafkaNodes][] = controllers
      ? [
          ["controllers", controllers],
          ["brokers", brokers],
        ]
      : [["nodes", brokers]];
    return pools.map(([pool, nodes]) => {
      const spec = poolSpec(name, pool, nodes, { storageClass, pullSecret: image.pullSecret });
      const object = strimziObject(
        this,
        pool,
        "KafkaNodePool",
        this.#metadata(pool),
        transform?.pool?.(spec, pool) ?? spec,
      );
      declareFootprint(object, poolFootprint(nodes, image));
      return object;
    });
  }

  #grant(name: string, props: BrokerGrantProps, rules: readonly AccessRule[]): Broker {
    const { topic, from } = props;
    const topicObject = this.#topics.get(topic);
    if (!topicObject)
      this.refuse(`has no topic "${topic}": its topics are ${[...this.#topics.keys()].join(", ") || "none yet"}`);
    const client = this.#clients.get(name) ?? this.#addClient(name, props);
    const secrets = ({ password, previous, generation }: BrokerGrantProps): string =>
      JSON.stringify([String(password), String(previous), generation]);
    if (props.password && secrets(props) !== secrets(client.props))
      this.refuse(
        `has a client "${name}" with another password: give each of its grants the same, or none after the first`,
      );
    if (props.quotas && JSON.stringify(props.quotas) !== JSON.stringify(client.props.quotas))
      this.refuse(
        `has a client "${name}" with other quotas: give each of its grants the same, or none after the first`,
      );
    for (const rule of rules) client.rules.set(JSON.stringify(rule), rule);
    for (const user of client.users) user.node.addDependency(topicObject);
    if (from) this.policy.allowFrom(from, CLIENT_PORT);
    const { namespace, issuer } = this.#props;
    const [user] = client.users;
    const { password } = client.props;
    const authentication: BrokerAuthentication = password
      ? { kind: "scram-sha-512", user: user.name, password }
      : { kind: "certificate", secret: name, namespace };
    return {
      bootstrapServers: this.bootstrapServers,
      authentication,
      group: name,
      authority: { kind: "issuer", issuer },
      endpoint: this.endpoint,
      ready: user,
    };
  }

  #addClient(name: string, props: BrokerGrantProps): Client {
    const { password } = props;
    if (!CLIENT_NAME.test(name))
      this.refuse(
        `cannot have a client "${name}": a name is at most 63 lower-case letters, digits and hyphens, a letter or digit at both ends`,
      );
    if (endsInGeneration(name)) this.refuse(`cannot have a client "${name}": ${GENERATION_REFUSED}`);
    const scram = this.#authentication === "scram-sha-512";
    if (scram !== (password !== undefined))
      this.refuse(
        scram
          ? `gives the client "${name}" no password: its first grant needs one`
          : `cannot give the client "${name}" a password: its clients have certificates; leave it out`,
      );
    const rules = new Map<string, AccessRule>();
    const user = (credential: string | Credential) => this.#user(credential, rules, props.quotas);
    const [current, ...before] = password ? credentials(name, password, props) : [name];
    const client: Client = { props, rules, users: [user(current), ...before.map(user)] };
    this.#clients.set(name, client);
    return client;
  }

  /** A user with a password, or with a certificate under its name alone. */
  #user(credential: string | Credential, rules: Client["rules"], quotas: Quotas | undefined): ApiObject {
    const { name, secret: password } =
      typeof credential === "string" ? { name: credential, secret: undefined } : credential;
    const scope = new Construct(this, `client-${name}`);
    const { name: cluster, namespace } = this.#props;
    // under the user's own name the operator writes what it makes of it
    const secret =
      password &&
      new k8s.KubeSecret(scope, "password", {
        metadata: { name: `${cluster}-user-${name}`, namespace, labels: { ...PART_OF, [CLUSTER_LABEL]: cluster } },
        stringData: { password: String(password) },
      });
    const user = strimziObject(scope, "user", "KafkaUser", this.#metadata(name), {
      authentication: secret
        ? { type: "scram-sha-512", password: { valueFrom: { secretKeyRef: { name: secret.name, key: "password" } } } }
        : { type: "tls" },
      authorization: { type: "simple", acls: Lazy.any({ produce: () => [...rules.values()] }) },
      ...(quotas && { quotas }),
    });
    user.node.addDependency(this.cluster, ...(secret ? [secret] : []));
    Options.of(user).set({ waitFor: "condition=Ready" });
    return user;
  }

  #monitor(): void {
    const { name, namespace, monitorLabels } = this.#props;
    const manifest = {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PodMonitor",
      metadata: { name, namespace, labels: { ...PART_OF, ...monitorLabels } },
      spec: {
        selector: { matchLabels: { [CLUSTER_LABEL]: name, "strimzi.io/name": `${name}-kafka` } },
        podMetricsEndpoints: [{ port: "tcp-prometheus" }],
      },
    } satisfies IPodMonitor;
    new ApiObject(this, "podmonitor", manifest);
  }

  #watch(certificate: string): void {
    const { name, namespace, brokers, controllers, monitorLabels, alerts = {} } = this.#props;
    if (alerts === false) return;
    const nodes = brokers.replicas + (controllers?.replicas ?? 0);
    new Alerts(this, "alerts", {
      name,
      namespace,
      labels: monitorLabels,
      runbooks: alerts.runbooks,
      alerts: kafkaAlerts({ name, namespace, nodes, certificate }, alerts),
    });
  }
}

/** Where an object goes, its topic goes: so neither of the GitOps tools may delete one that is no longer asked for. */
const KEPT = {
  "argocd.argoproj.io/sync-options": "Prune=false",
  "kustomize.toolkit.fluxcd.io/prune": "disabled",
};

function topicRule(name: string, operations: AccessRule["operations"]): AccessRule {
  return { resource: { type: "topic", name, patternType: "literal" }, operations };
}
