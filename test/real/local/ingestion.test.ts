import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Duration } from "cdk8s";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Ingestion, type Treatment } from "../../../constructs/ingestion/index.ts";
import { Kafka } from "../../../constructs/kafka/index.ts";
import { isObject, type JsonObject, objectAt } from "../../../constructs/kernel/json.ts";
import { late } from "../../../constructs/kernel/late.ts";
import * as fraud from "../../../examples/fraud/pipelines/fraud/config.ts";
import type { Run } from "../../../local/index.ts";
import { folderOf, processes } from "../../../local/process/table.ts";
import { ownProgram } from "../../../local/programs/own.ts";
import { folderFor, left, scratch, start } from "../../support/running.ts";
import { chart } from "../../support/running-chart.ts";
import { localIssuer, runningMinio } from "../../support/running-stores.ts";
import { layers } from "../layers.ts";
import { freePort } from "../ports.ts";
import { skipped } from "../prepared.ts";
import { Processes } from "../processes.ts";
import { ingested } from "./ingested.ts";

const { skip, title } = skipped(layers.ingestion);

const COUNT = 100_000;
const PARTITIONS = 4;
const COLUMNS = { id: "integer", amount: "number", holder: "text", at: "time" } as const;
/** How what is wrong with poisoned records begins, by turns: ingestion_records.py. */
const REASONS = ["found no JSON", "found no object of JSON", "found fields that are not declared", "found 'one' in id"];
const FRAUD = join(import.meta.dirname, "../../../examples/fraud/pipelines/fraud");
const resources = { requests: { cpu: "1", memory: "1Gi" } };

/** A Kafka, a MinIO, and an ingestion from one into the other. */
function platform() {
  const scope = chart();
  const issuer = localIssuer(scope);
  const scrapers = { kind: "namespace", namespace: "monitoring" } as const;
  const kafka = new Kafka(scope, "kafka", {
    name: "events",
    namespace: "streams",
    image: { reference: "quay.io/strimzi/kafka:1.2.0-kafka-4.3.1" },
    brokers: { replicas: 1, storage: "1Gi", resources },
    issuer,
    scrapers,
  });
  kafka.addTopic("payments", { partitions: PARTITIONS });
  kafka.addTopic("payments-dead", { partitions: 1 });
  kafka.addTopic("cards", { partitions: 1 });
  const shop = kafka.grantProduce("shop", { topic: "payments", password: late.named("kafka/shop") });
  kafka.grantProduce("shop", { topic: "cards" });
  kafka.grantConsume("reader", { topic: "payments", password: late.named("kafka/reader") });
  kafka.grantConsume("reader", { topic: "payments-dead" });
  const source = kafka.grantConsume("lake", { topic: "payments", password: late.named("kafka/lake") });
  const cards = kafka.grantConsume("lake-cards", { topic: "cards", password: late.named("kafka/lake-cards") });
  kafka.grantProduce("lake-cards", { topic: "payments-dead" });
  kafka.grantProduce("lake", { topic: "payments-dead" });
  const minio = runningMinio(scope, issuer);
  minio.addBucket("lake");
  const grant = (consumer: string, access: "read" | "read-write") =>
    minio.grant(consumer, {
      bucket: "lake",
      access,
      secretAccessKey: late.named(`minio/${consumer}`),
    });
  const reader = grant("reader", "read");
  const store = grant("lake", "read-write");
  const common = {
    namespace: "ingestion",
    image: { reference: "filiera/ingestion:1" },
    deadLetters: "payments-dead",
    store,
    scrapers,
  };
  new Ingestion(scope, "ingestion", {
    ...common,
    name: "payments",
    source,
    topic: "payments",
    partitions: PARTITIONS,
    fields: Object.fromEntries(Object.entries(COLUMNS).map(([name, type]) => [name, { type }])),
    batch: { size: "2Mi", records: 2000, age: Duration.seconds(1) },
  });
  // as docs/guides/fraud.md has it
  const treatments: Readonly<Record<string, Treatment>> = fraud.policy.columns;
  new Ingestion(scope, "cards", {
    ...common,
    name: "cards",
    source: cards,
    topic: "cards",
    partitions: 1,
    fields: Object.fromEntries(
      Object.entries(fraud.columns).map(([name, type]) => [name, { type, treatment: treatments[name] ?? "keep" }]),
    ),
    subject: fraud.policy.subject,
    keys: "keys",
    batch: { age: Duration.seconds(1) },
  });
  return { scope, shop, reader };
}

describe.skipIf(skip)(title, () => {
  const folder = folderFor("ingestion");
  const { scope, shop, reader } = platform();
  let running: Run;
  let python: string;
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    const program = await ownProgram("steps", () => {});
    python = join(program.path[0] ?? "", "python");
    env = program.env;
    // somebody makes it once
    await execa(python, ["-m", "filiera_steps.keys", "create"], { env: { ...env, FILIERA_KEYS: keys } });
    running = await start(scope, folder);
  });
  afterAll(async () => {
    await running?.stop();
    expect(left(folder)).toEqual([]);
  });

  const keys = folder.volume("ingestion", "keys");
  const authority = join(folder.path, "pods/streams/events-node/volumes/certificates/ca.crt");

  const kafkaAs = (client: string) => ({
    "bootstrap.servers": String(running.value(shop.bootstrapServers)),
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "SCRAM-SHA-512",
    "sasl.username": client,
    "sasl.password": running.secret(`kafka/${client}`),
    "ssl.ca.location": authority,
  });

  /** Runs the program beside this test; what it prints. */
  async function records(command: string, given: object): Promise<JsonObject> {
    const script = join(import.meta.dirname, "ingestion_records.py");
    const { stdout } = await execa(python, [script, command], {
      env: { ...env, ...key(), PYTHONPATH: `${env["PYTHONPATH"]}:${FRAUD}` },
      input: JSON.stringify(given),
    });
    const told: unknown = JSON.parse(stdout);
    return isObject(told) ? told : {};
  }

  /** What a worker counts, by the metric's name. */
  async function counted(port: number): Promise<ReadonlyMap<string, number[]>> {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
    const found = new Map<string, number[]>();
    for (const [, name = "", value] of (await answer?.text())?.matchAll(/^filiera_ingestion_(\w+)\{.*\} (\S+)$/gm) ??
      [])
      found.set(name, [...(found.get(name) ?? []), Number(value)]);
    return found;
  }

  /** Settles when a worker has written so many records. */
  const written = (port: number, count: number) =>
    expect
      .poll(async () => (await counted(port)).get("records_written_total")?.[0] ?? 0, { interval: 5, timeout: 60_000 })
      .toBeGreaterThanOrEqual(count);

  test("100,000 records stand in the objects once, though one worker is killed and another one stands still", async () => {
    await using others = Object.assign(new Processes(), {
      [Symbol.asyncDispose]: async () => others.stopAll(),
    });
    const produced = records("produce", {
      kafka: kafkaAs("shop"),
      topic: "payments",
      count: COUNT,
      partitions: PARTITIONS,
    });
    const first = worker("payments");
    await written(first.port, 20_000);
    process.kill(first.pid, "SIGKILL");
    // a second one, as another replica would be
    const port = await freePort();
    const [python = "", ...args] = first.command.map((each) => each.replace(/^--port=\d+$/, `--port=${port}`));
    others.start("second", [python, ...args], first.env);
    const second = others.pidOf("second") ?? 0;
    await written(port, 5_000);
    process.kill(second, "SIGSTOP");
    await produced;
    await expect
      .poll(async () => (await counted(worker("payments").port)).get("lag_records"), { interval: 100, timeout: 60_000 })
      .toEqual(Array.from({ length: PARTITIONS }, () => 0));
    // it goes on with what it had read, and learns that others have written it
    process.kill(second, "SIGCONT");
    await expect.poll(() => others.logOf("second").match(/^reads /gm)?.length, { interval: 100 }).toBe(2);
    process.kill(second, "SIGTERM");
    await expect.poll(() => others.runs("second"), { interval: 50 }).toBe(false);

    const poisoned = Array.from({ length: COUNT / 5000 }, (_, i) => {
      const number = i * 5000 + 4999;
      return [number % PARTITIONS, Math.floor(number / PARTITIONS), REASONS[i % REASONS.length]];
    });
    const told = await records("found", {
      kafka: kafkaAs("reader"),
      store: lake(),
      topic: "payments",
      dead: "payments-dead",
      columns: COLUMNS,
    });
    expect(told).toEqual({
      objects: expect.any(Number),
      records: COUNT - poisoned.length,
      twice: [],
      ids: COUNT - poisoned.length,
      ends: { "0": 25_000, "1": 25_000, "2": 25_000, "3": 25_000 },
      letters: expect.any(Number),
      dead: poisoned.map(([partition, offset, reason]) => [partition, offset, expect.stringMatching(`^${reason}`)]),
      both: [],
    });
    console.log(`${told["objects"]} objects, ${told["letters"]} dead letters of ${poisoned.length}`);
    // again only what a worker that was killed or stood still had begun
    expect(told["letters"]).toBeLessThan(2 * poisoned.length);
  });

  test("the step ingest makes the same table of the topic and of the objects, between the same offsets", async () => {
    const offsets = "from=0:130,1:0,2:5,3:1000&to=0:21000,1:7,2:5,3:5000";
    const uri = `kafka://${running.value(shop.bootstrapServers)}/payments?${offsets}`;
    const [topic, objects, beyond] = await ingested(
      [
        { uri, columns: COLUMNS, poisoned: "leave out" },
        { uri: `${lake()}&${offsets}`, columns: COLUMNS },
        { uri: `${lake()}&to=1:25001`, columns: COLUMNS },
      ],
      {
        FILIERA_KAFKA_USERNAME: "reader",
        FILIERA_KAFKA_PASSWORD: running.secret("kafka/reader"),
        FILIERA_KAFKA_CA: authority,
        ...key(),
      },
    );
    expect(topic).toMatchObject({ rows: 24_873, left_out: 4 });
    expect(objects).toMatchObject({
      rows: 24_873,
      sha256: topic?.["sha256"],
      offsets: topic?.["offsets"],
      source: "s3://lake/payments",
    });
    expect(beyond).toEqual({ refused: [["partition=1", "found 0 to 25001: its objects hold 0 to 25000"]] });
  });

  test("payments from a topic are those of a file of CSV, pseudonyms included, as the example fraud takes them in", async () => {
    const csv = join(scratch, "payments.csv");
    await records("payments", { kafka: kafkaAs("shop"), topic: "cards", count: 2000, csv });
    await written(worker("cards").port, 2000);
    const [file, taken] = await ingested(
      [
        { uri: csv, policy: fraud.policy },
        { uri: lake("cards"), columns: fraud.columns, policy: fraud.treated },
      ],
      { ...key(), FILIERA_KEYS: keys },
    );
    expect(taken).toMatchObject({ rows: 2000, sha256: file?.["sha256"], columns: Object.keys(fraud.columns) });
    expect(objectAt(taken, "table")["cardholder"]).toEqual(
      expect.arrayContaining([expect.stringMatching(/^[0-9a-f]{64}$/)]),
    );
  });

  /** The worker of a topic that the run looks after. */
  function worker(name: string) {
    const lines = (pid: number, file: string) => readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0").slice(0, -1);
    for (const { pid } of processes().filter(({ pid }) => folderOf(pid)?.startsWith(folder.path))) {
      const command = lines(pid, "cmdline");
      const port = command.find((each) => each.startsWith("--port="))?.slice("--port=".length);
      if (!command.includes("filiera_ingestion") || port === undefined) continue;
      if (!command.some((each) => each.includes(`/ingestion/${name}/`))) continue;
      const env = lines(pid, "environ").map((line) => [line.split("=")[0] ?? "", line.split("=").slice(1).join("=")]);
      return { pid, command, port: Number(port), env: Object.fromEntries(env) };
    }
    throw new Error("no worker runs");
  }

  /** The key of a client who may read the objects. */
  const key = () => ({ AWS_ACCESS_KEY_ID: "reader", AWS_SECRET_ACCESS_KEY: running.secret("minio/reader") });

  /** Where the objects are. */
  function lake(topic = "payments"): string {
    const { url, bucket } = reader;
    const query = new URLSearchParams({
      scheme: "https",
      endpoint_override: String(running.value(url)).replace("https://", ""),
      tls_ca_file_path: authority,
      region: "us-east-1",
    });
    return `s3://${running.value(bucket)}/${topic}?${query}`;
  }
});
