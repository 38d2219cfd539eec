import { pbkdf2Sync, randomBytes } from "node:crypto";
import type { Admin, Connection } from "@platformatic/kafka";
import { LOOPBACK } from "../run/ports.ts";
import type { Right } from "./kafka-config.ts";

/** Where a broker is, and with what its operator shows itself: PEM. */
export interface KafkaAccess {
  readonly port: number;
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
}

/** A topic as it is to be. */
export interface WantedTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicas: number;
  readonly configs: readonly (readonly [name: string, value: string])[];
}

/** What a password is salted with so many times: the least that Kafka takes, and its own default. */
const ITERATIONS = 4096;
const SALTED_BYTES = 64;
/** A broker that listens may not have registered with its controller yet. */
const RETRIES = 20;

/** The topic and user operators' part of a Kafka. */
export class KafkaAdmin implements AsyncDisposable {
  readonly #kafka: typeof import("@platformatic/kafka");
  readonly #access: KafkaAccess;
  readonly #admin: Admin;

  private constructor(kafka: typeof import("@platformatic/kafka"), access: KafkaAccess) {
    this.#kafka = kafka;
    this.#access = access;
    this.#admin = new kafka.Admin({
      clientId: "filiera",
      bootstrapBrokers: [`${LOOPBACK}:${access.port}`],
      tls: this.#tls,
      retries: RETRIES,
      retryDelay: 250,
    });
  }

  static async connect(access: KafkaAccess): Promise<KafkaAdmin> {
    // loaded by those alone who run a Kafka
    return new KafkaAdmin(await import("@platformatic/kafka"), access);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin.close();
  }

  /** Settles when the broker answers. */
  async ready(): Promise<void> {
    await this.#admin.metadata({});
  }

  /** Makes a topic, or brings one to its settings and to more partitions. */
  async ensureTopic({ name, partitions, replicas, configs }: WantedTopic): Promise<void> {
    const topics = await this.#admin.listTopics();
    if (!topics.includes(name)) {
      const written = configs.map(([key, value]) => ({ name: key, value }));
      await this.#admin.createTopics({ topics: [name], partitions, replicas, configs: written });
      return;
    }
    const { IncrementalAlterConfigOperationTypes, ConfigResourceTypes } = this.#kafka;
    await this.#admin.incrementalAlterConfigs({
      resources: [
        {
          resourceType: ConfigResourceTypes.TOPIC,
          resourceName: name,
          configs: configs.map(([key, value]) => ({
            name: key,
            configOperation: IncrementalAlterConfigOperationTypes.SET,
            value,
          })),
        },
      ],
    });
    const metadata = await this.#admin.metadata({ topics: [name], forceUpdate: true });
    const there = metadata.topics.get(name)?.partitionsCount ?? 0;
    if (there > partitions)
      throw new Error(
        `has ${there} partitions here, and ${partitions} are asked for: Kafka takes none away; write ${there} or more, or delete the data with filiera run --fresh`,
      );
    if (there < partitions) await this.#admin.createPartitions({ topics: [{ name, count: partitions }] });
  }

  /** Gives a user its password, and exactly these rights. */
  async ensureUser(name: string, password: string, rights: readonly Right[]): Promise<void> {
    await this.#setPassword(name, password);
    const { AclOperations, AclPermissionTypes, ResourcePatternTypes, ResourceTypes } = this.#kafka;
    const principal = `User:${name}`;
    await this.#deleteRights(principal);
    await this.#admin.createAcls({
      creations: rights.map(({ type, name: resourceName, pattern, operation }) => ({
        resourceType: type === "group" ? ResourceTypes.GROUP : ResourceTypes.TOPIC,
        resourceName,
        resourcePatternType: pattern === "prefix" ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
        principal,
        host: "*",
        operation: operationOf(AclOperations, operation),
        permissionType: AclPermissionTypes.ALLOW,
      })),
    });
  }

  /** Takes password and rights from the users that are no longer asked for. */
  async dropUsers(kept: ReadonlySet<string>): Promise<void> {
    const { alterUserScramCredentialsV0, describeUserScramCredentialsV0, ScramMechanisms } = this.#kafka;
    const gone = await this.#connected(async (connection) => {
      const { results } = await describeUserScramCredentialsV0.api.async(connection, null);
      const names = results.map(({ user }) => user).filter((user) => !kept.has(user));
      const deletions = names.map((name) => ({ name, mechanism: ScramMechanisms.SCRAM_SHA_512 }));
      if (names.length > 0) await alterUserScramCredentialsV0.api.async(connection, deletions, []);
      return names;
    });
    for (const name of gone) await this.#deleteRights(`User:${name}`);
  }

  async #deleteRights(principal: string): Promise<void> {
    const { AclOperations, AclPermissionTypes, ResourcePatternTypes, ResourceTypes } = this.#kafka;
    await this.#admin.deleteAcls({
      filters: [
        {
          resourceType: ResourceTypes.ANY,
          resourceName: null,
          resourcePatternType: ResourcePatternTypes.ANY,
          principal,
          host: null,
          operation: AclOperations.ANY,
          permissionType: AclPermissionTypes.ANY,
        },
      ],
    });
  }

  get #tls() {
    const { certificate, key, authority } = this.#access;
    return { cert: certificate, key, ca: authority };
  }

  async #setPassword(name: string, password: string): Promise<void> {
    const { alterUserScramCredentialsV0, ScramMechanisms } = this.#kafka;
    const salt = randomBytes(32);
    const saltedPassword = pbkdf2Sync(password, salt, ITERATIONS, SALTED_BYTES, "sha512");
    const mechanism = ScramMechanisms.SCRAM_SHA_512;
    const set = { name, mechanism, iterations: ITERATIONS, salt, saltedPassword };
    await this.#connected((connection) => alterUserScramCredentialsV0.api.async(connection, [], [set]));
  }

  /** What the client has no method for. */
  async #connected<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = new this.#kafka.Connection("filiera", { tls: this.#tls });
    await connection.connect(LOOPBACK, this.#access.port);
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  }
}

function operationOf(operations: typeof import("@platformatic/kafka")["AclOperations"], name: string) {
  switch (name) {
    case "Read":
      return operations.READ;
    case "Write":
      return operations.WRITE;
    case "Describe":
      return operations.DESCRIBE;
    default:
      throw new Error(`has the operation "${name}", which filiera does not grant`);
  }
}
