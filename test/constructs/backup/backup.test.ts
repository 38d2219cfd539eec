import { describe, expect, test } from "vitest";
import { Backup, type BackupProps, jobAgain, jobFrom } from "../../../constructs/backup/index.ts";
import { documentIn, problemsIn } from "../../../constructs/backup/said.ts";
import { at, listAt, objectAt } from "../../../constructs/kernel/json.ts";
import type { Manifest } from "../../../constructs/kernel/objects.ts";
import { chart } from "../../support/chart.ts";
import { complaint } from "../../support/errors.ts";
import { DATABASE, STORE } from "../../support/nouns.ts";
import { BACKED_UP, environment, find, manifestsOf } from "../../support/platform.ts";
import { IMAGE } from "../../support/workload.ts";

const manifests = manifestsOf(environment("staging", BACKED_UP));
const save = find(manifests, "CronJob", "backup");
const restore = find(manifests, "CronJob", "backup-restore");
const podOf = (manifest: Manifest) => objectAt(manifest, "spec", "jobTemplate", "spec", "template", "spec");
const steps = (manifest: Manifest) =>
  [...listAt(podOf(manifest), "initContainers"), ...listAt(podOf(manifest), "containers")].map(({ name }) => name);

function made(props: Partial<BackupProps> = {}): Backup {
  return new Backup(chart(), "backup", {
    name: "backup",
    namespace: "backup",
    environment: "test",
    image: IMAGE,
    databases: [{ name: "tracking", database: DATABASE, image: IMAGE }],
    buckets: [{ name: "models", store: STORE }],
    store: { kind: "s3", store: { ...STORE, url: "https://elsewhere.example.com", bucket: "backups" } },
    ...props,
  });
}

describe("backups", () => {
  test("are taken at night, never two at once, the databases before the objects", () => {
    expect(save["spec"]).toMatchObject({ schedule: "30 3 * * *", timeZone: "Etc/UTC", concurrencyPolicy: "Forbid" });
    expect(at(save, "spec", "suspend")).toBeUndefined();
    expect(steps(save)).toEqual(["dump-mlflow", "main"]);
  });

  test("come back only when somebody asks: looked at whole, then objects, then databases", () => {
    expect(at(restore, "spec", "suspend")).toBe(true);
    expect(steps(restore)).toEqual(["look-mlflow", "check", "objects", "load-mlflow", "main"]);
  });

  test("know no secret but by its Secret", () => {
    const told = [...manifests.filter(({ kind }) => kind !== "Secret")].map((each) => JSON.stringify(each)).join();
    expect(told).not.toContain("the backup store's key");
    const credentials = objectAt(find(manifests, "Secret", "backup"), "stringData");
    expect(Object.keys(credentials).sort()).toEqual(["bucket-mlflow", "database-mlflow", "store"]);
  });

  test("say what is backed up where to", () => {
    const { "backup.json": document, ...files } = objectAt(find(manifests, "ConfigMap", "backup"), "data");
    const rows = { alembic_version: 1, alembic_version_auth: 1, experiments: 1, users: 1, workspaces: 1 };
    expect(JSON.parse(String(document))).toEqual({
      environment: "ml.staging.example.com",
      keepDays: 30,
      databases: [{ name: "mlflow", initial: rows }],
      buckets: [{ name: "mlflow", place: "bucket-mlflow" }],
      store: "store",
    });
    expect(files).toEqual({
      "bucket-mlflow.place": "s3://mlflow",
      "bucket-mlflow.endpoint": "https://minio.minio.svc.cluster.local:9000",
      "bucket-mlflow.region": "us-east-1",
      "bucket-mlflow.access-key-id": "mlflow",
      "bucket-mlflow.authority": "/etc/backup-trust/bucket-mlflow/ca.crt",
      "store.place": "s3://example-backups/staging",
      "store.endpoint": "https://s3.eu-central-1.amazonaws.com",
      "store.region": "eu-central-1",
      "store.access-key-id": "AKIAEXAMPLE",
    });
  });

  test("reach their database by verified TLS, with the client of its own version", () => {
    const [dump] = listAt(podOf(save), "initContainers");
    expect(dump?.["image"]).toMatch(/^ghcr\.io\/cloudnative-pg\/postgresql:18/);
    const env = Object.fromEntries(listAt(dump, "env").map(({ name, value, valueFrom }) => [name, value ?? valueFrom]));
    expect(env).toMatchObject({
      PGHOST: "postgres-rw.postgres.svc.cluster.local",
      PGPORT: "5432",
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: "/etc/backup-trust/bucket-mlflow/ca.crt",
      PGPASSWORD: { secretKeyRef: { name: "backup", key: "database-mlflow" } },
    });
  });

  test.each<[string, Partial<BackupProps>, string]>([
    [
      "a name that no file can have",
      { buckets: [{ name: "a/b", store: STORE }] },
      'cannot call a bucket "a/b": a name is up to 32 lower-case letters, digits and hyphens',
    ],
    [
      "two of a name",
      { buckets: ["a", "a"].map((name) => ({ name, store: STORE })) },
      'has two of a bucket "a": give each a name of its own',
    ],
    [
      "a schedule that is none",
      { schedule: "30 25 * * *" },
      'cannot be taken by this schedule: found "25" as the hour: give it numbers from 0 to 23, such as *, 5, 1-5, */2 or 1,3',
    ],
    [
      "the bucket that they are of",
      { store: { kind: "s3", store: STORE } },
      'cannot go to the bucket "models", which it is of: give it another, best elsewhere',
    ],
  ])("refuse %s", (_, props, message) => {
    expect(complaint(() => made(props))).toBe(`[test/backup] ${message}`);
  });

  test("without a schedule wait to be asked for", () => {
    expect(at(made().save.object.toJson(), "spec", "suspend")).toBe(true);
  });
});

describe("a Job of a backup", () => {
  test("is the CronJob's, told what to do", () => {
    const job = jobFrom(restore, { name: "restore-1", env: { RESTORE_FROM: "x" } });
    expect(job).toMatchObject({ kind: "Job", metadata: { name: "restore-1", namespace: "backup" } });
    const containers = [
      ...listAt(job, "spec", "template", "spec", "initContainers"),
      ...listAt(job, "spec", "template", "spec", "containers"),
    ];
    const told = containers.filter(({ env }) => JSON.stringify(env ?? []).includes("RESTORE_FROM"));
    expect(told.map(({ name }) => name)).toEqual(["check", "objects", "main"]);
  });

  test("that lists dumps nothing", () => {
    const job = jobFrom(save, { name: "list-1", only: "list" });
    expect(at(job, "spec", "template", "spec", "initContainers")).toBeUndefined();
    const [main] = listAt(job, "spec", "template", "spec", "containers");
    expect(main?.["args"]).toEqual(["list", "/etc/backup", "/etc/backup-credentials", "/work"]);
  });

  test("is made again without what the cluster wrote into it", () => {
    const labels = { app: "mlflow", "batch.kubernetes.io/controller-uid": "1", "job-name": "migrate" };
    const job = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "migrate", namespace: "mlflow", labels, uid: "1" },
      spec: { selector: {}, backoffLimit: 3, template: { metadata: { labels }, spec: { containers: [] } } },
      status: { succeeded: 1 },
    };
    expect(jobAgain(job, "again")).toEqual({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "again", namespace: "mlflow", labels: { app: "mlflow" } },
      spec: { backoffLimit: 3, template: { metadata: { labels: { app: "mlflow" } }, spec: { containers: [] } } },
    });
  });

  test("says what came of it in its last line, and its problems in lines of their own", () => {
    expect(documentIn('bucket a: 1 object\n{"first": 1}\n{"backup": {}}\n')).toEqual({ backup: {} });
    expect(problemsIn("Traceback\nerror: [a/b] was cut\nerror: [a/b] was cut\nerror: [c] is: gone\n")).toEqual([
      { path: "a/b", message: "was cut" },
      { path: "c", message: "is: gone" },
    ]);
  });
});
