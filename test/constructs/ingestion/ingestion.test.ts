import { Duration } from "cdk8s";
import { describe, expect, it } from "vitest";
import type { Broker } from "../../../constructs/connections/index.ts";
import { Ingestion, type IngestionProps } from "../../../constructs/ingestion/index.ts";
import { at, listAt, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import { collect } from "../../../constructs/kernel/objects.ts";
import { chart } from "../../support/chart.ts";
import { complaint } from "../../support/errors.ts";
import { ISSUER, SCRAPERS, STORE } from "../../support/nouns.ts";
import { inCluster } from "../../support/places.ts";
import { lateAs } from "../../support/plain.ts";
import { find } from "../../support/platform.ts";
import { IMAGE } from "../../support/workload.ts";

const BROKER: Broker = {
  bootstrapServers: "kafka.example.com:9093",
  authentication: { kind: "scram-sha-512", user: "lake", password: lateAs("kafka's password") },
  group: "lake",
  authority: { kind: "issuer", issuer: ISSUER },
  endpoint: { peer: { kind: "namespace", namespace: "streams" }, port: 9093 },
};

/** An ingestion of two workers, or whatever else is said, and what is made. */
function made(props: Partial<IngestionProps> = {}) {
  const root = chart();
  new Ingestion(root, "ingestion", {
    name: "payments",
    namespace: "ingestion",
    image: IMAGE,
    source: BROKER,
    topic: "payments",
    partitions: 6,
    deadLetters: "payments-dead",
    store: { ...STORE, prefix: "payments" },
    fields: { id: { type: "integer" }, amount: { type: "number" } },
    replicas: 2,
    scrapers: SCRAPERS,
    ...props,
  });
  return collect(root).map(({ manifest }) => manifest);
}

type Made = ReturnType<typeof made>;
const document = (manifests: Made): unknown =>
  JSON.parse(textAt(find(manifests, "ConfigMap", "payments"), "data", "ingestion.json") ?? "");
const pod = (manifests: Made) => objectAt(find(manifests, "Deployment", "payments"), "spec", "template", "spec");
const env = (manifests: Made) =>
  Object.fromEntries(
    listAt(listAt(pod(manifests), "containers")[0], "env").map(({ name, value, valueFrom }) => [
      name,
      valueFrom ?? inCluster(String(value)),
    ]),
  );

describe("an Ingestion", () => {
  it("tells its program what it does", () => {
    expect(document(made({ batch: { size: "1Mi", age: Duration.seconds(30) }, byDate: true }))).toEqual({
      topic: "payments",
      group: "lake",
      fields: { id: "integer", amount: "number" },
      format: "parquet",
      byDate: true,
      batch: { bytes: 1_048_576, records: 100_000, seconds: 30 },
      deadLetters: "payments-dead",
    });
  });

  it("says of each field what becomes of it, once something does", () => {
    const manifests = made({
      fields: {
        id: { type: "integer" },
        holder: { type: "text", personal: true, treatment: "pseudonymise" },
        born: { type: "time", personal: true, treatment: { generalise: "decade" } },
      },
      subject: "holder",
      keys: "keys",
      replicas: 1,
    });
    expect(document(manifests)).toMatchObject({
      fields: { id: "integer", holder: "text", born: "time" },
      policy: {
        columns: { id: "keep", holder: "pseudonymise", born: { generalise: "decade" } },
        subject: "holder",
      },
    });
    expect(listAt(pod(manifests), "volumes")).toContainEqual({
      name: "var-filiera-keys",
      persistentVolumeClaim: { claimName: "keys" },
    });
    expect(env(manifests)["FILIERA_KEYS"]).toBe("/var/filiera/keys");
    // the volume may be for one node at a time
    expect(at(find(manifests, "Deployment", "payments"), "spec", "strategy")).toEqual({ type: "Recreate" });
  });

  it("reaches its broker and its store alone, and trusts whom these say", () => {
    const manifests = made();
    expect(env(manifests)).toEqual({
      HOME: "/tmp",
      FILIERA_KAFKA_SERVERS: "kafka.example.com:9093",
      FILIERA_KAFKA_USERNAME: { secretKeyRef: { name: "payments", key: "kafka-user" } },
      FILIERA_KAFKA_PASSWORD: { secretKeyRef: { name: "payments", key: "kafka-password" } },
      FILIERA_KAFKA_CA: "/etc/ingestion/trust/kafka/ca.crt",
      FILIERA_STORE: "s3://artifacts/payments",
      FILIERA_STORE_URL: "https://s3.example.com",
      FILIERA_STORE_REGION: "eu-central-1",
      FILIERA_STORE_ACCESS_KEY_ID: { secretKeyRef: { name: "payments", key: "access-key-id" } },
      FILIERA_STORE_SECRET_ACCESS_KEY: { secretKeyRef: { name: "payments", key: "secret-access-key" } },
    });
    const policy = find(manifests, "NetworkPolicy", "payments");
    const names = 53;
    const out = listAt(policy, "spec", "egress").flatMap((rule) => listAt(rule, "ports").map(({ port }) => port));
    expect([...new Set(out)].sort()).toEqual([443, names, 9093]);
    expect(listAt(policy, "spec", "ingress").flatMap((rule) => listAt(rule, "ports").map(({ port }) => port))).toEqual([
      8080,
    ]);
  });

  it("shows the certificate of its client, where it has one", () => {
    const source: Broker = {
      ...BROKER,
      authentication: { kind: "certificate", secret: "lake", namespace: "ingestion" },
    };
    expect(env(made({ source }))).toMatchObject({
      FILIERA_KAFKA_CERTIFICATE: "/etc/ingestion/certificate/user.crt",
      FILIERA_KAFKA_KEY: "/etc/ingestion/certificate/user.key",
    });
    expect(Object.keys(env(made({ source })))).not.toContain("FILIERA_KAFKA_PASSWORD");
    expect(complaint(() => made({ source, namespace: "elsewhere" }))).toBe(
      "[test/ingestion] cannot mount the certificate of its client, which is in the namespace ingestion: run it there",
    );
  });

  it("is found by Prometheus, and asks for memory by the size of its batches", () => {
    const manifests = made({ monitorLabels: { release: "prometheus" }, batch: { size: "64Mi" } });
    expect(find(manifests, "PodMonitor", "payments")).toMatchObject({
      metadata: { labels: { release: "prometheus" } },
      spec: {
        selector: { matchLabels: { "app.kubernetes.io/instance": "payments" } },
        podMetricsEndpoints: [{ port: "http" }],
      },
    });
    expect(at(listAt(pod(manifests), "containers")[0], "resources", "limits", "memory")).toBe("832Mi");
  });

  it("refuses what cannot be, all of it", () => {
    expect(
      complaint(() =>
        made({
          replicas: 7,
          deadLetters: "payments",
          fields: { holder: { type: "text", personal: true }, card: { type: "text", treatment: "pseudonymise" } },
          subject: "holder",
        }),
      ),
    ).toBe(
      "[test/ingestion] cannot be: " +
        'fields.holder.treatment: missing, and the field is personal; allowed: "drop", "pseudonymise", generalise with "month", "year", "decade", a width or characters, or "keep" where it may be known; ' +
        'subject: found "holder"; allowed: a field that is pseudonymised or dropped; ' +
        "keys: missing, and card is pseudonymised; allowed: a PersistentVolumeClaim with the key store; " +
        "replicas: found 7; allowed: 1 where fields are pseudonymised, as the key store is one file that one worker locks; " +
        'deadLetters: found "payments", which is the topic itself; allowed: another topic, as its records would come round again; ' +
        "replicas: found 7; allowed: the partitions of payments, 6, or fewer, as a partition has one worker",
    );
    expect(complaint(() => made({ fields: {} }))).toBe(
      "[test/ingestion] cannot be: fields: found none; allowed: the fields of the records, such as amount",
    );
    expect(complaint(() => made({ batch: { age: Duration.minutes(5) } }))).toBe(
      "[test/ingestion] cannot write every 300 s: allowed: less than 300, in which Kafka must hear of a worker",
    );
  });
});
