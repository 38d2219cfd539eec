import { describe, expect, it } from "vitest";
import { footprintOf } from "../../../constructs/footprint/footprint.ts";
import { listAt, objectAt } from "../../../constructs/kernel/json.ts";
import type { Late } from "../../../constructs/kernel/late.ts";
import { collect, type Manifest } from "../../../constructs/kernel/objects.ts";
import { order } from "../../../constructs/kernel/order.ts";
import type { PostgresProps } from "../../../constructs/postgres/index.ts";
import { chart } from "../../support/chart.ts";
import { complaint } from "../../support/errors.ts";
import { postgres } from "../../support/nouns.ts";
import { inCluster } from "../../support/places.ts";
import { lateAs } from "../../support/plain.ts";
import { find } from "../../support/platform.ts";

function cluster(props: Partial<PostgresProps> = {}): Manifest {
  const root = chart();
  postgres(root, props);
  return find(
    collect(root).map(({ manifest }) => manifest),
    "Cluster",
    "pg",
  );
}

describe("Postgres", () => {
  it("refuses whatever is not over TLS, and old passwords and protocols", () => {
    expect(cluster()["spec"]).toMatchObject({
      enableSuperuserAccess: false,
      certificates: { serverTLSSecret: "pg-server", serverCASecret: "pg-server" },
      postgresql: {
        parameters: {
          max_connections: "200",
          password_encryption: "scram-sha-256",
          ssl_min_protocol_version: "TLSv1.3",
        },
        pg_hba: ["hostssl all all all scram-sha-256", "hostnossl all all all reject"],
      },
      bootstrap: { initdb: { database: "app", owner: "app", secret: { name: "pg-owner" }, dataChecksums: true } },
    });
  });

  it.each([
    [1, { enablePDB: false, affinity: { enablePodAntiAffinity: false } }, undefined],
    [2, { enablePDB: true, affinity: { enablePodAntiAffinity: true, podAntiAffinityType: "preferred" } }, undefined],
    [
      3,
      { enablePDB: true, affinity: { enablePodAntiAffinity: true, podAntiAffinityType: "required" } },
      { method: "any", number: 1, dataDurability: "required" },
    ],
  ])("of %i servers keeps what it promises", (instances, expected, synchronous) => {
    const found = cluster({ instances });
    expect(found["spec"]).toMatchObject({ instances, ...expected });
    expect(objectAt(found, "spec", "postgresql")["synchronous"]).toEqual(synchronous);
  });

  it("limits memory to what it requests, unless told otherwise", () => {
    expect(objectAt(cluster(), "spec", "resources")).toEqual({
      requests: { cpu: "1", memory: "1Gi" },
      limits: { memory: "1Gi" },
    });
    const resources = { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "2Gi" } };
    expect(objectAt(cluster({ resources }), "spec", "resources")).toEqual(resources);
  });

  it("counts the pods and volumes that the operator makes", () => {
    const root = chart();
    const { cluster } = postgres(root, { storage: "10Gi", walStorage: "2Gi" });
    const object = collect(root).find(({ construct }) => construct === cluster);
    expect(object && footprintOf(cluster, object.manifest)).toMatchObject({
      pods: 3,
      cpu: 3,
      memory: 3 * 2 ** 30,
      storage: 3 * 12 * 2 ** 30,
      source: "bill",
    });
  });

  it("takes further parameters, and a transform of the whole", () => {
    const parameters = { work_mem: "64MB" };
    const transform: PostgresProps["transform"] = { cluster: (spec) => ({ ...spec, enablePDB: false }) };
    const found = cluster({ parameters, transform });
    expect(objectAt(found, "spec", "postgresql", "parameters")).toMatchObject(parameters);
    expect(objectAt(found, "spec")["enablePDB"]).toBe(false);
  });

  it("is reached by its operator, by itself and for metrics, and by nobody else", () => {
    const root = chart();
    postgres(root, { operatorNamespace: "operators" });
    const policy = find(
      collect(root).map(({ manifest }) => manifest),
      "NetworkPolicy",
      "pg",
    );
    const rules = listAt(policy, "spec", "ingress").map((rule) => [
      listAt(rule, "from").map(
        (from) => objectAt(from, "namespaceSelector", "matchLabels")["kubernetes.io/metadata.name"],
      ),
      listAt(rule, "ports").map(({ port }) => port),
    ]);
    expect(rules.sort()).toEqual([
      [["data"], [5432]],
      [["data"], [8000]],
      [["monitoring"], [9187]],
      [["operators"], [5432]],
      [["operators"], [8000]],
    ]);
    expect(objectAt(policy, "spec", "podSelector", "matchLabels")).toEqual({ "cnpg.io/cluster": "pg" });
  });
});

describe("a database", () => {
  const root = chart();
  const password = lateAs("password");
  const server = postgres(root);
  const database = server.addDatabase("feature_store", { password });
  const found = order(root, collect(root)).map(({ manifest }) => manifest);

  it("has a role of its own, and both are kept", () => {
    expect(find(found, "DatabaseRole", "pg-db-feature-store")["spec"]).toEqual({
      name: "feature_store",
      cluster: { name: "pg" },
      login: true,
      passwordSecret: { name: "pg-db-feature-store" },
      databaseRoleReclaimPolicy: "retain",
    });
    expect(find(found, "Database", "pg-db-feature-store")["spec"]).toEqual({
      name: "feature_store",
      owner: "feature_store",
      cluster: { name: "pg" },
      databaseReclaimPolicy: "retain",
    });
    expect(find(found, "Secret", "pg-db-feature-store")).toMatchObject({
      type: "kubernetes.io/basic-auth",
      stringData: { username: "feature_store", password: String(password) },
      // the operator takes over a changed password only from a Secret with this label
      metadata: { labels: { "cnpg.io/reload": "true" } },
    });
  });

  it("comes with all that a client needs", () => {
    const { host, port } = database;
    expect({ ...database, host: inCluster(host), port: inCluster(port) }).toMatchObject({
      host: "pg-rw.data.svc.cluster.local",
      port: 5432,
      name: "feature_store",
      user: "feature_store",
      password,
      authority: { kind: "issuer", issuer: { kind: "ClusterIssuer", name: "authority" } },
      endpoint: { port: 5432, peer: { kind: "pods", namespace: "data", labels: { "cnpg.io/cluster": "pg" } } },
    });
  });

  it("is there once the operator has applied it", () => {
    const waits = collect(root).flatMap(({ manifest: { kind }, options }) =>
      options.waitFor ? [[kind, options.waitFor]] : [],
    );
    expect(waits).toEqual([
      ["Certificate", "condition=Ready"],
      ["Cluster", "condition=Ready"],
      ["DatabaseRole", "jsonpath={.status.applied}=true"],
      ["Database", "jsonpath={.status.applied}=true"],
    ]);
    const kinds = found.map(({ kind }) => kind);
    expect(kinds.indexOf("Cluster")).toBeLessThan(kinds.indexOf("DatabaseRole"));
    expect(kinds.indexOf("DatabaseRole")).toBeLessThan(kinds.indexOf("Database"));
  });

  describe("whose credential is rotated", () => {
    const rotated = (generation: number, previous?: Late) => {
      const root = chart();
      const props = { password, generation, ...(previous && { previous }) };
      const made = postgres(root).addDatabase("feature_store", props);
      const objects = order(root, collect(root)).map(({ manifest }) => manifest);
      const roles = objects.filter(({ kind }) => kind === "DatabaseRole").map(({ spec }) => spec);
      return { made, objects, roles };
    };
    const taker = (generation: number) => ({
      name: `feature_store_g${generation}`,
      cluster: { name: "pg" },
      login: true,
      inRoles: ["feature_store"],
      passwordSecret: { name: `pg-db-feature-store-g${generation}` },
      databaseRoleReclaimPolicy: "delete",
    });

    it("has a role for each generation, which acts as the owner and goes with it", () => {
      const { made, roles } = rotated(2, lateAs("before"));
      expect(made).toMatchObject({ user: "feature_store_g2", password });
      expect(roles).toEqual([
        expect.objectContaining({ name: "feature_store", login: true, databaseRoleReclaimPolicy: "retain" }),
        taker(2),
      ]);
      expect(rotated(4, lateAs("before")).roles).toEqual([expect.anything(), taker(4), taker(3)]);
    });

    it("has an owner that nobody signs in as, once it has no credential", () => {
      const { roles, objects } = rotated(3);
      expect(roles).toEqual([
        {
          name: "feature_store",
          cluster: { name: "pg" },
          login: false,
          disablePassword: true,
          databaseRoleReclaimPolicy: "retain",
        },
        taker(3),
      ]);
      expect(objects.filter(({ kind }) => kind === "Secret").map(({ metadata }) => metadata.name)).toEqual([
        "pg-owner",
        "pg-db-feature-store-g3",
      ]);
    });

    it("is there once the role has signed in, and taken the owner on", () => {
      const { made, objects } = rotated(2, lateAs("before"));
      const job = objects.find(({ kind }) => kind === "Job");
      expect(made.ready).toMatchObject({ kind: "Job" });
      expect(job?.metadata.name).toMatch(/^pg-db-feature-store-g2-[0-9a-f]{8}$/);
      const [container] = listAt(job, "spec", "template", "spec", "containers");
      expect(container).toMatchObject({
        command: ["psql"],
        args: expect.arrayContaining(["--command=ALTER ROLE feature_store_g2 SET role TO feature_store"]),
        env: expect.arrayContaining([
          { name: "PGSSLMODE", value: "verify-full" },
          { name: "PGUSER", valueFrom: { secretKeyRef: { name: "pg-db-feature-store-g2", key: "username" } } },
        ]),
      });
      const kinds = objects.map(({ kind, metadata: { name } }) => `${kind} ${name}`);
      expect(kinds.indexOf("DatabaseRole pg-db-feature-store-g2")).toBeLessThan(
        kinds.findIndex((each) => /^Job/.test(each)),
      );
    });

    it("has a name that leaves room for a Job's", () => {
      const server = postgres(chart(), { name: "a".repeat(30) });
      expect(complaint(() => server.addDatabase("feature_store_of_all_teams", { password, generation: 2 }))).toBe(
        '[test/postgres] cannot rotate the credential of "feature_store_of_all_teams": a database whose credential is rotated has a name of at most 17 characters here',
      );
      expect(complaint(() => postgres(chart()).addDatabase("x_g2", { password }))).toBe(
        '[test/postgres] cannot have a database "x_g2": a name that ends in g and a number is that of a rotated credential',
      );
    });
  });

  it("is refused twice", () => {
    expect(complaint(() => server.addDatabase("feature_store", { password }))).toBe(
      '[test/postgres] has a database "feature_store" already: give each consumer a database of its own',
    );
  });

  it.each(["a-b", "Team A", "postgres", "streaming_replica", "app", "template1", "pg_x", "cnpg_x", ""])(
    "is refused under the name %j",
    (name) => {
      expect(complaint(() => postgres(chart()).addDatabase(name, { password }))).toBe(
        `[test/postgres] cannot have a database "${name}": a name is up to 40 lower-case letters, digits and underscores, begins with a letter, and is none that PostgreSQL or CloudNativePG keeps for itself`,
      );
    },
  );

  it("never takes the name of one of the operator's own Secrets", () => {
    const other = chart();
    const server = postgres(other);
    for (const name of ["ca", "replication", "server", "superuser"]) server.addDatabase(name, { password });
    const secrets = collect(other).flatMap(({ manifest: { kind, metadata } }) =>
      kind === "Secret" ? metadata.name : [],
    );
    expect(secrets.sort()).toEqual(["pg-db-ca", "pg-db-replication", "pg-db-server", "pg-db-superuser", "pg-owner"]);
  });
});
