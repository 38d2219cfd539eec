import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { type BaseOptions, Consumer, MessagesStreamModes, Producer, SASLMechanisms } from "@platformatic/kafka";
import { Duration } from "cdk8s";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Broker } from "../../../constructs/connections/index.ts";
import { Kafka } from "../../../constructs/kafka/index.ts";
import { messageOf } from "../../../constructs/kernel/errors.ts";
import { type JsonObject, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import { late } from "../../../constructs/kernel/late.ts";
import { InternalAuthority } from "../../../constructs/tls/index.ts";
import type { Run } from "../../../local/index.ts";
import { KafkaAdmin } from "../../../local/stand-ins/kafka-admin.ts";
import { folderFor, left, start } from "../../support/running.ts";
import { chart } from "../../support/running-chart.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";
import { ingested } from "./ingested.ts";

const { skip, title } = skipped(layers.kafka);

/** A Kafka with two topics, and who may use which. */
function platform({ partitions = 2, generation = 1 } = {}) {
  const scope = chart();
  const { issuer } = new InternalAuthority(scope, "authority", {
    name: "authority",
    certManagerNamespace: "cert-manager",
  });
  const kafka = new Kafka(scope, "kafka", {
    name: "events",
    namespace: "streams",
    image: { reference: "quay.io/strimzi/kafka:1.2.0-kafka-4.3.1" },
    brokers: { replicas: 1, storage: "1Gi", resources: { requests: { cpu: "1", memory: "1Gi" } } },
    issuer,
    scrapers: { kind: "namespace", namespace: "monitoring" },
  });
  kafka.addTopic("payments", { partitions, retention: Duration.days(1) });
  kafka.addTopic("secrets", { partitions: 1 });
  kafka.addTopic("cards", { partitions: 2 });
  kafka.addTopic("empty", { partitions: 1 });
  const shop = kafka.grantProduce("shop", {
    topic: "payments",
    password: late.named(`kafka/shop ${generation}`),
    generation,
    ...(generation > 1 && { previous: late.named(`kafka/shop ${generation - 1}`) }),
  });
  const scorer = kafka.grantConsume("scorer", { topic: "payments", password: late.named("kafka/scorer") });
  kafka.grantProduce("shop", { topic: "cards" });
  for (const topic of ["cards", "empty"]) kafka.grantConsume("scorer", { topic });
  return { scope, shop, scorer };
}

describe.skipIf(skip)(title, () => {
  const folder = folderFor("kafka");
  const { scope, shop, scorer } = platform();
  const notes: string[] = [];
  let running: Run;

  beforeAll(async () => {
    running = await start(scope, folder, {
      listen: (event) => {
        if (event.kind === "note") notes.push(event.note);
      },
    });
  });
  afterAll(async () => {
    await running?.stop();
    expect(left(folder)).toEqual([]);
  });

  /** Whom a client says that it is; the password may be another. */
  function as(broker: Broker, password?: string): BaseOptions {
    const { authentication } = broker;
    if (authentication.kind !== "scram-sha-512") throw new Error("has no password");
    return {
      clientId: "test",
      bootstrapBrokers: [String(running.value(broker.bootstrapServers))],
      tls: { ca: authority() },
      sasl: {
        mechanism: SASLMechanisms.SCRAM_SHA_512,
        username: authentication.user,
        password: password ?? String(running.value(String(authentication.password))),
      },
      retries: 1,
      retryDelay: 100,
      connectTimeout: 5000,
      requestTimeout: 5000,
    };
  }

  const patient = (): BaseOptions => ({ ...as(scorer), retries: 40, retryDelay: 250 });

  const certificates = join(folder.path, "pods/streams/events-node/volumes/certificates");
  const authority = (): string => readFileSync(join(certificates, "ca.crt"), "utf8");

  async function produce(
    topic: string,
    values: readonly string[],
    options: BaseOptions,
    partitions = 2,
  ): Promise<void> {
    await using producer = closing(new Producer(options));
    await producer.send({
      messages: values.map((value, i) => ({ topic, partition: i % partitions, value: Buffer.from(value) })),
    });
  }

  async function consume(topic: string, group: string, count: number, options: BaseOptions) {
    await using consumer = closing(new Consumer({ ...options, groupId: group }));
    const found: string[] = [];
    const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST });
    for await (const { value } of stream) if (found.push(value.toString()) === count) break;
    await stream.close();
    return found.sort();
  }

  test("what stands for it is said", () => {
    expect(notes).toContainEqual(expect.stringMatching(/^quay\.io\/strimzi\/kafka:\S+ is Kafka \S+ on Java \d+$/));
  });

  test("who was granted it writes and reads, in groups of its own", async () => {
    await produce("payments", ["1", "2", "3"], as(shop));
    // the first group waits until the topic of groups is there
    expect(await consume("payments", "scorer-nightly", 3, patient())).toEqual(["1", "2", "3"]);
  });

  test("nobody else does: another client, another topic, another group, a wrong password", async () => {
    expect(await refusal(produce("payments", ["4"], as(scorer)))).toContain("TOPIC_AUTHORIZATION_FAILED");
    expect(await refusal(produce("secrets", ["4"], as(shop)))).toContain("TOPIC_AUTHORIZATION_FAILED");
    expect(await refusal(consume("secrets", "scorer", 1, as(scorer)))).toContain("TOPIC_AUTHORIZATION_FAILED");
    expect(await refusal(consume("payments", "shop", 1, as(scorer)))).toContain("GROUP_AUTHORIZATION_FAILED");
    expect(await refusal(produce("payments", ["4"], as(shop, "wrong")))).toContain("SASL_AUTHENTICATION_FAILED");
  });

  test("nobody without TLS does, nor without a password, nor with another authority", async () => {
    expect(await answerInPlainText(String(running.value(shop.bootstrapServers)))).toBe("an alert of TLS");
    const { sasl: _, ...nameless } = as(shop);
    expect(await refusal(produce("payments", ["4"], nameless))).toContain("Connection closed");
    expect(await refusal(produce("payments", ["4"], { ...as(shop), tls: {} }))).toMatch(
      /unable to verify the first certificate/,
    );
  });

  test("a step takes the records in as a table, the same for the same offsets, and refuses what is none", async () => {
    const card = (id: number) => JSON.stringify({ id, amount: id / 4, holder: `h${id}` });
    const uri = (topic: string) => `kafka://${running.value(scorer.bootstrapServers)}/${topic}`;
    const columns = { id: "integer", amount: "number", holder: "text" };
    const env = {
      FILIERA_KAFKA_USERNAME: "scorer",
      FILIERA_KAFKA_PASSWORD: String(running.value(String(late.named("kafka/scorer")))),
      FILIERA_KAFKA_CA: authority(),
    };
    await produce("cards", [1, 2, 3].map(card), as(shop));
    await produce("cards", [card(4), "poisoned"], as(shop));
    const policy = { columns: { id: "keep", amount: "keep", holder: "drop" } };
    const [first, again, poisoned, left, beyond, empty, foreign, wrong, strange] = await ingested(
      [
        { uri: `${uri("cards")}?to=0:2,1:1`, columns },
        { uri: `${uri("cards")}?to=0:2,1:1`, columns },
        { uri: `${uri("cards")}?from=0:2,1:1`, columns },
        { uri: `${uri("cards")}?from=0:2,1:1`, columns, poisoned: "leave out", policy },
        { uri: `${uri("cards")}?to=0:9`, columns },
        { uri: uri("empty"), columns },
        { uri: uri("secrets"), columns },
        { uri: uri("cards"), columns, env: { FILIERA_KAFKA_PASSWORD: "wrong" } },
        { uri: uri("cards"), columns, env: { FILIERA_KAFKA_CA: "" } },
      ],
      env,
    );
    expect(first).toMatchObject({
      source: uri("cards"),
      source_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      offsets: { "0": [0, 2], "1": [0, 1] },
      files: ["cards/0@0-2", "cards/1@0-1"],
      table: { id: [1, 3, 2], amount: [0.25, 0.75, 0.5], holder: ["h1", "h3", "h2"] },
    });
    expect(again).toEqual(first);
    expect(poisoned).toEqual({
      refused: [
        [
          "cards[1]@1",
          "found no JSON (Expecting value: line 1 column 1 (char 0)): mend what writes it, or set poisoned to leave out",
        ],
      ],
    });
    expect(left).toMatchObject({
      left_out: 1,
      left_out_first: ["cards[1]@1"],
      offsets: { "0": [2, 3], "1": [1, 2] },
      table: { id: [4], amount: [1] },
    });
    expect(Object.keys(left ?? {})).not.toContain("source_sha256");
    expect(Object.keys(objectAt(left, "table"))).toEqual(["id", "amount"]);
    expect(beyond).toEqual({ refused: [["cards[0]", "found to 9, and its records end at 3: give 3 or less"]] });
    expect(empty).toEqual({
      refused: [["empty", "found no record between its offsets: wait until there is one, or give others"]],
    });
    const refusedWith = (told: JsonObject | undefined) => JSON.stringify(told?.["refused"]);
    expect(refusedWith(foreign)).toMatch(/^\[\["secrets","cannot be read \(.*authorization failed/i);
    expect(refusedWith(strange)).toMatch(/^\[\["cards","cannot be reached \(.*certificate verify failed/i);
    expect(refusedWith(wrong)).toMatch(/^\[\["cards","cannot be reached \(.*Authentication failed/i);
  });

  test("a second run goes on with the records of the first, and what has changed is brought about", async () => {
    await running.stop();
    const second = platform({ partitions: 3, generation: 2 });
    running = await start(second.scope, folder);
    // two generations of a credential at a time
    await produce("payments", ["5", "6", "7"], as(shop), 3);
    await produce("payments", ["8"], as(second.shop), 3);
    expect(await consume("payments", "scorer", 7, patient())).toEqual(["1", "2", "3", "5", "6", "7", "8"]);

    const file = (name: string): string => readFileSync(join(certificates, name), "utf8");
    const port = Number(running.address("streams", "events-kafka-brokers", 9091)?.split(":")[1]);
    const access = { port, certificate: file("tls.crt"), key: file("tls.key"), authority: file("ca.crt") };
    await using admin = await KafkaAdmin.connect(access);
    await expect(admin.ensureTopic({ name: "payments", partitions: 2, replicas: 1, configs: [] })).rejects.toThrow(
      "has 3 partitions here, and 2 are asked for: Kafka takes none away; write 3 or more, or delete the data with filiera run --fresh",
    );
  });

  test("a client's password of two generations before is refused, and no other", async () => {
    await running.stop();
    const [second, third] = [2, 3].map((generation) => platform({ partitions: 3, generation }));
    running = await start(third?.scope ?? scope, folder);
    for (const each of [second, third]) if (each) await produce("payments", ["9"], as(each.shop), 3);
    expect(await refusal(produce("payments", ["9"], as(shop)))).toContain("SASL_AUTHENTICATION_FAILED");
  });
});

/** Why something was refused: the codes and messages of all that lies behind it. */
async function refusal(action: Promise<unknown>): Promise<string> {
  const told: string[] = [];
  const tell = (error: unknown): void => {
    told.push(`${textAt(error, "apiId") ?? textAt(error, "code") ?? ""} ${messageOf(error)}`);
    if (error instanceof AggregateError) error.errors.forEach(tell);
    if (error instanceof Error && error.cause !== undefined) tell(error.cause);
  };
  await action.then(() => told.push("nothing"), tell);
  return told.join("; ");
}

/** What a listener says to a client that asks for its versions in plain text. */
function answerInPlainText(address: string): Promise<string> {
  const [host = "", port = ""] = address.split(":");
  const body = Buffer.from("00120000000000010004746573740000", "hex");
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return new Promise((settle, fail) => {
    const socket = connect(Number(port), host, () => socket.write(Buffer.concat([size, body])));
    socket.once("data", (data) => {
      settle(data[0] === 0x15 ? "an alert of TLS" : data.toString("hex"));
      socket.destroy();
    });
    socket.once("close", () => settle("nothing"));
    socket.once("error", fail);
  });
}

/** A client that is closed at the end of its scope, whatever became of it. */
function closing<Client extends { close(force?: boolean): Promise<void> }>(client: Client) {
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close(true) });
}
