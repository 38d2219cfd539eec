/** How fast an ingestion is beside a bare consumer that writes the same files: a real Kafka and a real MinIO. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Chart } from "cdk8s";
import { execa } from "execa";
import { Kafka } from "../constructs/kafka/index.ts";
import { late } from "../constructs/kernel/late.ts";
import { RunFolder, run } from "../local/index.ts";
import { ownImage, ownProgram } from "../local/programs/own.ts";
import { localIssuer, runningMinio } from "../test/support/running-stores.ts";
import { median } from "./process.ts";

const TOPIC = "records";
const COUNT = 200_000;
const PARTITIONS = 4;
const BATCH = 20_000;
const ROUNDS = 5;
const resources = { requests: { cpu: "1", memory: "1Gi" } };

/** A Kafka with a topic, a MinIO with a bucket, and one client of both. */
function stores() {
  const chart = new Chart(new App(), "stores", { disableResourceNameHashes: true });
  const issuer = localIssuer(chart);
  const kafka = new Kafka(chart, "kafka", {
    name: "events",
    namespace: "streams",
    image: { reference: "quay.io/strimzi/kafka:1.2.0-kafka-4.3.1" },
    brokers: { replicas: 1, storage: "1Gi", resources },
    issuer,
    scrapers: { kind: "namespace", namespace: "monitoring" },
  });
  kafka.addTopic(TOPIC, { partitions: PARTITIONS });
  kafka.addTopic(`${TOPIC}-dead`, { partitions: 1 });
  const source = kafka.grantConsume("lake", { topic: TOPIC, password: late.named("kafka/lake") });
  for (const topic of [TOPIC, `${TOPIC}-dead`]) kafka.grantProduce("lake", { topic });
  const minio = runningMinio(chart, issuer);
  minio.addBucket("lake");
  const store = minio.grant("lake", { bucket: "lake", secretAccessKey: late.named("minio/lake") });
  return { chart, source, store };
}

interface Figures {
  readonly seconds: number;
  /** Seconds of a processor's. */
  readonly processor: number;
  readonly megabytes: number;
}

function shown({ seconds, processor, megabytes }: Figures) {
  const rate = (of: number) => Math.round(COUNT / of);
  return { "records/s": rate(seconds), "records/s of a processor": rate(processor), "peak MiB": megabytes };
}

/** The two in turn, each in a process of its own, so that a noisy machine is noisy for both. */
export async function ingestion(): Promise<void> {
  const project = mkdtempSync(join(tmpdir(), "filiera-bench-"));
  const folder = new RunFolder(project, "bench");
  const { chart, source, store } = stores();
  const running = await run(chart, { folder, environment: "bench" });
  try {
    const authority = join(folder.path, "pods/streams/events-node/volumes/certificates/ca.crt");
    const kafka = {
      "bootstrap.servers": String(running.value(source.bootstrapServers)),
      "security.protocol": "SASL_SSL",
      "sasl.mechanism": "SCRAM-SHA-512",
      "sasl.username": "lake",
      "sasl.password": running.secret("kafka/lake"),
      "ssl.ca.location": authority,
    };
    const query = new URLSearchParams({
      scheme: "https",
      endpoint_override: String(running.value(store.url)).replace("https://", ""),
      tls_ca_file_path: authority,
      region: "us-east-1",
    });
    const { path } = await ownProgram("ingestion", () => {});
    const env = {
      ...ownImage("ingestion").env,
      AWS_ACCESS_KEY_ID: "lake",
      AWS_SECRET_ACCESS_KEY: running.secret("minio/lake"),
    };
    const python = async (what: string, given: object): Promise<Figures> => {
      const script = join(import.meta.dirname, "ingestion.py");
      const { stdout } = await execa(join(path[0] ?? "", "python"), [script, what], {
        env,
        input: JSON.stringify({ kafka, topic: TOPIC, count: COUNT, ...given }),
      });
      return JSON.parse(stdout.split("told ").at(-1) ?? "");
    };
    await python("produce", { partitions: PARTITIONS });
    const ratios: number[] = [];
    const processor: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const one = (what: string) =>
        python(what, { store: `s3://lake/${what}-${round}?${query}`, group: `lake-${what}-${round}`, batch: BATCH });
      const bare = await one("bare");
      const worker = await one("worker");
      ratios.push(bare.seconds / worker.seconds);
      processor.push(bare.processor / worker.processor);
      console.table({ "bare consumer": shown(bare), ingestion: shown(worker) });
    }
    const told = (all: readonly number[]) =>
      `${median(all).toFixed(2)} (${all.map((each) => each.toFixed(2)).join(", ")})`;
    console.log(`an ingestion moves ${told(ratios)} times as many records a second as a bare consumer,`);
    console.log(`and ${told(processor)} times as many in a second of a processor's`);
  } finally {
    await running.stop();
    rmSync(project, { recursive: true, force: true });
  }
}

if (import.meta.main) await ingestion();
