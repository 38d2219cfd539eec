import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listAt, objectAt } from "../../../constructs/kernel/json.ts";
import { collect } from "../../../constructs/kernel/objects.ts";
import { alertsOf, metricsIn } from "../../support/alerts.ts";
import { chart } from "../../support/chart.ts";
import { minio, postgres, SCRAPERS } from "../../support/nouns.ts";
import { environment, find, KAFKA, manifestsOf, VARIANTS } from "../../support/platform.ts";

const read = (path: string): string => readFileSync(join(import.meta.dirname, "../../..", path), "utf8");

/** What CloudNativePG's own code tells, by test/local/stand-ins/upstream. */
const { metrics: ofPostgres }: { readonly metrics: readonly string[] } = JSON.parse(
  read("test/local/stand-ins/upstream/facts.json"),
);

/** Metrics that no process of this project has, with where their names are from. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  up: "Prometheus itself",
  kubelet_volume_stats_available_bytes: "pkg/kubelet/metrics/metrics.go of Kubernetes 1.35",
  kubelet_volume_stats_capacity_bytes: "pkg/kubelet/metrics/metrics.go of Kubernetes 1.35",
  certmanager_certificate_expiration_timestamp_seconds:
    "internal/collectors/certificate_collector.go of cert-manager v1.21.1",
  barman_cloud_cloudnative_pg_io_last_available_backup_timestamp:
    "internal/cnpgi/instance/metrics.go of plugin-barman-cloud v0.13.0",
};

/** Read from real processes: test/real/alerts, test/real/local/platform.test.ts. */
const PROVEN = /^(?:kafka|minio|mlflow)_/;

describe.each(VARIANTS)("alerts of %s", (_, name, changes) => {
  const alerts = alertsOf(manifestsOf(environment(name, changes)));

  it("ask for metrics that somebody has", () => {
    const asked = new Set(alerts.flatMap(({ expr }) => metricsIn(expr)));
    const unknown = [...asked].filter(
      (metric) => !PROVEN.test(metric) && !ofPostgres.includes(metric) && !(metric in ELSEWHERE),
    );
    expect(unknown).toEqual([]);
  });

  it("say what is wrong, how bad it is, and where to read on", () => {
    const guide = read("docs/guides/alerts.md");
    const sections = [...guide.matchAll(/^### (\w+)$/gm)].map(([, section]) => section);
    for (const { name, minutes, labels, annotations } of alerts) {
      expect(sections, `a section ${name}`).toContain(name);
      expect(minutes, name).toMatch(/^[1-9]\d*m$/);
      expect(labels["severity"], name).toMatch(/^(?:warning|critical)$/);
      expect(annotations, name).toEqual({
        summary: expect.stringMatching(/^\w.{5,}[^.]$/),
        description: expect.stringMatching(/^[^A-Z].{20,}[^.]$/),
        runbook_url: `docs/guides/alerts.md#${name.toLowerCase()}`,
      });
    }
  });

  it("have a name each", () => {
    const names = alerts.map(({ of, name }) => `${of} ${name}`);
    expect(names).toEqual([...new Set(names)]);
  });
});

describe("alerts", () => {
  it("have each a section in the guide, which has no other", () => {
    const all = VARIANTS.flatMap(([, name, changes]) => alertsOf(manifestsOf(environment(name, changes))));
    const sections = [...read("docs/guides/alerts.md").matchAll(/^### (\w+)$/gm)].map(([, section]) => section);
    expect(sections.sort()).toEqual([...new Set(all.map(({ name }) => name))].sort());
  });

  it("are not there where the environment wants none; what is measured is", () => {
    const found = manifestsOf(environment("prod", { "filiera:monitoring": { alerts: { enabled: false } } }));
    expect(found.filter(({ kind }) => kind === "PrometheusRule")).toEqual([]);
    expect(find(found, "PodMonitor", "postgres").metadata.namespace).toBe("postgres");
  });

  it("have the environment's thresholds, its guide and its labels", () => {
    const found = manifestsOf(
      environment("prod", {
        ...KAFKA,
        "filiera:monitoring": {
          labels: { release: "stack" },
          alerts: {
            runbooks: "https://wiki.example.com/alerts",
            certificateDays: 10,
            volumeFreePercent: 30,
            postgres: { replicationLagSeconds: 5, connectionsPercent: 50, backupHours: 170 },
            minio: { errorPercent: 2 },
            mlflow: { errorPercent: 3, latencySeconds: 1 },
          },
        },
      }),
    );
    const ends = (of: string, name: string) =>
      / (?:<|>) (.*)$/.exec(alertsOf(found).find((each) => each.of === of && each.name === name)?.expr ?? "")?.[1];
    expect(ends("postgres/postgres", "PostgresReplicationLag")).toBe("5");
    expect(ends("postgres/postgres", "PostgresConnections")).toBe("50");
    expect(ends("postgres/postgres", "PostgresBackupTooOld")).toBe("170");
    expect(ends("postgres/postgres", "PostgresVolumeNearlyFull")).toBe("30");
    expect(ends("kafka/kafka", "KafkaVolumeFull")).toBe("10");
    expect(ends("kafka/kafka", "KafkaCertificateEnds")).toBe(String(10 * 86_400));
    expect(ends("minio/minio", "MinioErrors")).toBe("2");
    expect(ends("minio/minio", "MinioFull")).toBe("10");
    expect(ends("mlflow/mlflow", "MlflowErrors")).toBe("3");
    expect(ends("mlflow/mlflow", "MlflowSlow")).toBe("1");
    for (const { annotations } of alertsOf(found))
      expect(annotations["runbook_url"]).toMatch(/^https:\/\/wiki\.example\.com\/alerts#[a-z]+$/);
    for (const rule of found.filter(({ kind }) => kind === "PrometheusRule"))
      expect(rule.metadata.labels).toEqual({ "app.kubernetes.io/part-of": "filiera", release: "stack" });
  });

  it("of one server ask for no standbys, and of one without backup for no archive", () => {
    const root = chart();
    postgres(root, { instances: 1 });
    const alerts = alertsOf(collect(root).map(({ manifest }) => manifest));
    expect(alerts.map(({ name }) => name)).toEqual([
      "PostgresDown",
      "PostgresConnections",
      "PostgresVolumeNearlyFull",
      "PostgresVolumeFull",
      "PostgresCertificateEnds",
    ]);
    expect(alerts[1]?.expr).toContain("/ 200 > 80");
  });
});

describe("MinIO's metrics", () => {
  it("are open to whom the policy lets in where somebody scrapes them, over verified TLS", () => {
    const root = chart();
    minio(root, { scrapers: SCRAPERS });
    const found = collect(root).map(({ manifest }) => manifest);
    expect(objectAt(find(found, "PodMonitor", "minio"), "spec")).toEqual({
      selector: {
        matchLabels: {
          "app.kubernetes.io/name": "minio",
          "app.kubernetes.io/instance": "minio",
          "app.kubernetes.io/component": "server",
        },
      },
      podMetricsEndpoints: [
        {
          port: "https",
          scheme: "https",
          path: "/minio/metrics/v3",
          tlsConfig: {
            ca: { secret: { name: "minio-server", key: "ca.crt" } },
            serverName: "minio.store.svc.cluster.local",
          },
        },
      ],
    });
    expect(JSON.stringify(find(found, "NetworkPolicy", "minio"))).toContain('"monitoring"');
    expect(authentication(found)).toEqual({ name: "MINIO_PROMETHEUS_AUTH_TYPE", value: "public" });
  });

  it("stay closed where nobody does", () => {
    const root = chart();
    minio(root);
    const found = collect(root).map(({ manifest }) => manifest);
    expect(authentication(found)).toBeUndefined();
    expect(found.filter(({ apiVersion }) => apiVersion === "monitoring.coreos.com/v1")).toEqual([]);
  });

  function authentication(found: Parameters<typeof find>[0]) {
    const [container] = listAt(find(found, "StatefulSet", "minio"), "spec", "template", "spec", "containers");
    return listAt(container, "env").find(({ name }) => name === "MINIO_PROMETHEUS_AUTH_TYPE");
  }
});
