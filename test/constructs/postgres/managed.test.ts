import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { listAt, objectAt } from "../../../constructs/kernel/json.ts";
import { collect } from "../../../constructs/kernel/objects.ts";
import { order } from "../../../constructs/kernel/order.ts";
import { podTemplateOf } from "../../../constructs/kernel/pods.ts";
import { ManagedPostgres } from "../../../constructs/postgres/index.ts";
import { rdsAuthority } from "../../../constructs/postgres/rds.ts";
import { chart } from "../../support/chart.ts";
import { complaint } from "../../support/errors.ts";
import { lateAs } from "../../support/plain.ts";

function server(generation?: number) {
  const root = chart();
  const made = new ManagedPostgres(root, "postgres", {
    name: "sql",
    namespace: "data",
    image: { reference: "registry.example.com/postgresql:18" },
    host: "db.example.com",
    masterUser: "master",
    masterPassword: lateAs("the master's password"),
    authority: { kind: "pem", pem: "a certificate" },
    network: "10.20.0.0/16",
    ...(generation !== undefined && { generation }),
  });
  const manifests = () => order(root, collect(root)).map(({ manifest }) => manifest);
  return { made, manifests };
}

describe("a PostgreSQL that a cloud runs", () => {
  it("has a database and a role for each consumer, made by a Job before it is used", () => {
    const { made, manifests } = server();
    const password = lateAs("mlflow's password");
    const database = made.addDatabase("mlflow", { password });
    expect(database).toMatchObject({
      host: "db.example.com",
      port: 5432,
      name: "mlflow",
      user: "mlflow",
      password,
      authority: { kind: "pem", pem: "a certificate" },
      endpoint: { peer: { kind: "cidr", cidr: "10.20.0.0/16" }, port: 5432 },
    });
    expect(database.ready).toBeDefined();
    const all = manifests();
    const job = all.find(({ kind }) => kind === "Job");
    const [container] = job ? listAt(podTemplateOf(job)?.spec, "containers") : [];
    expect(container?.["command"]).toEqual(["bash", "/etc/postgres-setup/setup.sh"]);
    const env = Object.fromEntries(listAt(container, "env").map(({ name, value }) => [name, value]));
    expect(env).toMatchObject({ PGHOST: "db.example.com", PGUSER: "master", PGSSLMODE: "verify-full" });
    expect(env["PGSSLROOTCERT"]).toBe("/etc/postgres-trust/ca.crt");
    expect(
      objectAt(
        all.find(({ metadata }) => metadata.name === "sql-databases"),
        "stringData",
      ),
    ).toEqual({
      mlflow: String(password),
    });
  });

  it("runs its Job again where a password is to change, and makes nothing that nobody asked for", () => {
    const nameOf = (generation: number) => {
      const { made, manifests } = server(generation);
      made.addDatabase("mlflow", { password: lateAs("a password") });
      return manifests().find(({ kind }) => kind === "Job")?.metadata.name;
    };
    expect(nameOf(1)).toBe(nameOf(1));
    expect(nameOf(2)).not.toBe(nameOf(1));
    expect(server().manifests()).toEqual([]);
  });

  it("refuses names that PostgreSQL would, and a database twice", () => {
    const { made } = server();
    const password = lateAs("a password");
    made.addDatabase("mlflow", { password });
    expect(complaint(() => made.addDatabase("mlflow", { password }))).toBe(
      '[test/postgres] has a database "mlflow" already: give each consumer a database of its own',
    );
    expect(complaint(() => made.addDatabase("pg_x", { password }))).toBe(
      '[test/postgres] cannot have a database "pg_x": a name is up to 40 lower-case letters, digits and underscores, begins with a letter, and is none that PostgreSQL or CloudNativePG keeps for itself',
    );
  });
});

it("RDS's authority is known of AWS's regions, each with one of its own", () => {
  const [frankfurt, dublin] = ["eu-central-1", "eu-west-1"].map(rdsAuthority);
  expect(frankfurt).not.toBe(dublin);
  const certificate = new X509Certificate(frankfurt ?? "");
  expect(certificate.subject).toContain("CN=Amazon RDS eu-central-1 Root CA RSA2048 G1");
  expect(certificate.ca && certificate.verify(certificate.publicKey)).toBe(true);
  expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.parse("2060-01-01"));
  expect(rdsAuthority("xx-new-1")).toBeUndefined();
});
