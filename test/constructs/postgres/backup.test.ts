import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { footprintOf } from "../../../constructs/footprint/footprint.ts";
import { listAt, objectAt } from "../../../constructs/kernel/json.ts";
import { collect, type Manifest } from "../../../constructs/kernel/objects.ts";
import { order } from "../../../constructs/kernel/order.ts";
import { barmanCloudBill } from "../../../constructs/operator/bills/barman-cloud.ts";
import { SIDECAR_IMAGE } from "../../../constructs/postgres/backup.ts";
import type { PostgresBackup, PostgresProps } from "../../../constructs/postgres/index.ts";
import { chart } from "../../support/chart.ts";
import { complaint } from "../../support/errors.ts";
import { ISSUER, minio, postgres, STORE } from "../../support/nouns.ts";
import { lateAs } from "../../support/plain.ts";
import { find } from "../../support/platform.ts";

const store = { ...STORE, url: "https://store.example.com:9000", bucket: "postgres-backup" };
const BACKUP: PostgresBackup = { store, schedule: "0 0 2 * * *", retentionDays: 14 };

function manifests(props: Partial<PostgresProps> = {}): Manifest[] {
  const root = chart();
  postgres(root, { backup: BACKUP, ...props });
  return order(root, collect(root)).map(({ manifest }) => manifest);
}

const upstream = (file: string): string => readFileSync(join(import.meta.dirname, "upstream", file), "utf8");

describe("a backup", () => {
  it("is an ObjectStore of which the plugin's own code makes command lines", () => {
    expect(find(manifests(), "ObjectStore", "pg-backup")).toEqual(JSON.parse(upstream("stores.jsonl")));
    // the library of the plugin's v0.13.0, by its go.mod
    expect(barmanCloudBill.appVersion).toBe("v0.13.0");
    expect(upstream("go.mod")).toContain("barman-cloud v0.5.2-0.20260609065833-bd68198c31dc\n");
    expect(barmanCloudBill.images).toContain(SIDECAR_IMAGE);
  });

  it("archives under the cluster's own name, and is taken at once and then by its schedule", () => {
    const found = manifests();
    expect(listAt(find(found, "Cluster", "pg"), "spec", "plugins")).toEqual([
      {
        name: "barman-cloud.cloudnative-pg.io",
        isWALArchiver: true,
        parameters: { barmanObjectName: "pg-backup", serverName: "pg" },
      },
    ]);
    expect(find(found, "ScheduledBackup", "pg")["spec"]).toEqual({
      cluster: { name: "pg" },
      schedule: "0 0 2 * * *",
      immediate: true,
      backupOwnerReference: "cluster",
      method: "plugin",
      pluginConfiguration: { name: "barman-cloud.cloudnative-pg.io" },
    });
  });

  it("comes in order: the store's credential, the ObjectStore, the Cluster, the ScheduledBackup", () => {
    const kinds = manifests().map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    const places = ["Secret pg-backup", "ObjectStore pg-backup", "Cluster pg", "ScheduledBackup pg"].map((each) =>
      kinds.indexOf(each),
    );
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  it("to a store of ours waits for its bucket, trusts its authority, and may reach it", () => {
    const root = chart();
    const owner = minio(root);
    owner.addBucket("backups", { versioning: true });
    const secretAccessKey = lateAs("the store's key");
    const store = owner.grant("pg-backup", { bucket: "backups", secretAccessKey });
    postgres(root, { backup: { ...BACKUP, store } });
    const objects = order(root, collect(root));
    const found = objects.map(({ manifest }) => manifest);
    const at = (kind: string, name: string) => found.indexOf(find(found, kind, name));
    const setup = objects.findIndex(({ manifest }) => manifest.kind === "Job");
    expect(at("ObjectStore", "pg-backup")).toBeGreaterThan(setup);
    const { endpointCA } = objectAt(find(found, "ObjectStore", "pg-backup"), "spec", "configuration");
    expect(endpointCA).toEqual({ name: "pg-backup-trust", key: "ca.crt" });
    expect(find(found, "Certificate", "pg-backup-trust")["spec"]).toMatchObject({
      secretName: "pg-backup-trust",
      issuerRef: { name: ISSUER.name },
    });
    expect(find(found, "Secret", "pg-backup")["stringData"]).toEqual({
      "access-key-id": "pg-backup",
      "secret-access-key": String(secretAccessKey),
      region: "us-east-1",
    });
    const egress = listAt(find(found, "NetworkPolicy", "pg"), "spec", "egress");
    expect(egress.map(({ ports }) => ports)).toContainEqual([{ port: 9000, protocol: "TCP" }]);
    const ingress = JSON.stringify(find(found, "NetworkPolicy", "minio")["spec"]);
    expect(ingress).toContain('"cnpg.io/cluster":"pg"');
  });

  it("to a store with an authority of its own has that in a Secret, from which alone the plugin reads it", () => {
    const found = manifests({ backup: { ...BACKUP, store: { ...store, authority: { kind: "pem", pem: "PEM" } } } });
    expect(find(found, "Secret", "pg-backup-trust")["stringData"]).toEqual({ "ca.crt": "PEM" });
  });

  it("is compressed as asked, or not", () => {
    const configuration = (compression: PostgresBackup["compression"]) =>
      objectAt(
        find(manifests({ backup: { ...BACKUP, compression } }), "ObjectStore", "pg-backup"),
        "spec",
        "configuration",
      );
    expect(configuration("gzip")).toMatchObject({ wal: { compression: "gzip" }, data: { compression: "gzip" } });
    expect(configuration("none")).toMatchObject({ wal: { maxParallel: 2 } });
    expect(configuration("none")["data"]).toBeUndefined();
  });

  it("counts the container that it adds to each server", () => {
    const root = chart();
    const { cluster } = postgres(root, { backup: BACKUP });
    const object = collect(root).find(({ construct }) => construct === cluster);
    const footprint = object && footprintOf(cluster, object.manifest);
    expect(footprint).toMatchObject({ pods: 3, memory: 3 * (1024 + 384) * 2 ** 20 });
    expect(footprint?.cpu).toBeCloseTo(3.15);
    expect(footprint?.images).toContain(SIDECAR_IMAGE);
  });
});

describe("a recovery", () => {
  const recovery = { from: "pg", to: "2026-11-27T12:00:00+02:00" };

  it("is a cluster of another name, from the other's backups, whose own go elsewhere", () => {
    const found = manifests({ name: "pg-2", recovery });
    const spec = objectAt(find(found, "Cluster", "pg-2"), "spec");
    expect(spec["bootstrap"]).toEqual({
      recovery: {
        source: "pg",
        recoveryTarget: { targetTime: "2026-11-27T10:00:00.000Z" },
        database: "app",
        owner: "app",
        secret: { name: "pg-2-owner" },
      },
    });
    expect(spec["externalClusters"]).toEqual([
      {
        name: "pg",
        plugin: {
          name: "barman-cloud.cloudnative-pg.io",
          parameters: { barmanObjectName: "pg-2-backup", serverName: "pg" },
        },
      },
    ]);
    expect(listAt(spec, "plugins")).toMatchObject([{ parameters: { serverName: "pg-2" } }]);
  });

  it.each([
    [
      { recovery: { from: "pg", to: "2026-11-27T10:00:00Z" } },
      "cannot be recovered from its own backups: give it another name than pg, and let that one be",
    ],
    [
      { backup: undefined, recovery },
      "cannot be recovered without backup: give it the backup of the cluster that it recovers",
    ],
    [
      { recovery: { from: "other", to: "yesterday" } },
      'cannot be recovered to "yesterday": write a time such as 2026-11-27T10:00:00Z',
    ],
    [{ backup: { ...BACKUP, retentionDays: 0 } }, "cannot keep backups for 0 days: give it 1 or more"],
    [
      { backup: { ...BACKUP, schedule: "0 2 * * *" } },
      'cannot be backed up by this schedule: found "0 2 * * *": give it the six fields of cron, second, minute, hour, day of the month, month, day of the week, such as "0 30 2 * * *"',
    ],
    [
      { backup: { ...BACKUP, schedule: "* 0 2 * * *" } },
      'cannot be backed up by this schedule: found "*" as the second: give it a number from 0 to 59',
    ],
    [
      { backup: { ...BACKUP, store: { ...store, prefix: "a" } } },
      'cannot be backed up to the prefix "a": give it a whole bucket, as barman-cloud asks whether it may see the bucket',
    ],
  ] satisfies [Partial<PostgresProps>, string][])("refuses %o", (props, message) => {
    expect(complaint(() => manifests(props))).toBe(`[test/postgres] ${message}`);
  });
});
