import type { Construct } from "constructs";
import { describe, expect, it } from "vitest";
import { listAt, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import { late } from "../../../constructs/kernel/late.ts";
import { collect, type Manifest } from "../../../constructs/kernel/objects.ts";
import { order } from "../../../constructs/kernel/order.ts";
import { peakConnections } from "../../../constructs/mlflow/config.ts";
import { chart } from "../../support/chart.ts";
import { complaint } from "../../support/errors.ts";
import { DATABASE, minio, mlflow, postgres, STORE, STORE_KEY } from "../../support/nouns.ts";
import { inCluster } from "../../support/places.ts";
import { known, lateAs } from "../../support/plain.ts";
import { find } from "../../support/platform.ts";

function manifests(root: Construct): Manifest[] {
  return order(root, collect(root)).map(({ manifest }) => manifest);
}

function container(of: readonly Manifest[], kind = "Deployment", name = "mlflow") {
  const [main] = listAt(find(of, kind, name), "spec", "template", "spec", "containers");
  if (!main) throw new Error(`${kind} ${name} has no container`);
  return main;
}

/** The variables of a container: their values, or where they come from. */
function env(of: readonly Manifest[], kind?: string, name?: string): Record<string, unknown> {
  return Object.fromEntries(
    listAt(container(of, kind, name), "env").map(({ name: variable, value, valueFrom }) => [
      String(variable),
      value === undefined ? valueFrom : known(String(value)),
    ]),
  );
}

function jobs(of: readonly Manifest[], start: string): Manifest[] {
  return of.filter(({ kind, metadata }) => kind === "Job" && metadata.name.startsWith(start));
}

describe("MLflow", () => {
  const root = chart();
  mlflow(root, { publicHost: "mlflow.example.com", allowedHosts: ["10.0.0.7:5000"] });
  const found = manifests(root);

  it("serves with an explicit command and proxied artifacts", () => {
    expect(container(found)["command"]).toEqual(["mlflow", "server"]);
    expect(container(found)["args"]).toEqual([
      "--host=0.0.0.0",
      "--port=5000",
      "--workers=2",
      "--app-name=basic-auth",
      "--serve-artifacts",
      "--artifacts-destination=s3://artifacts",
      "--expose-prometheus=/run/metrics",
    ]);
  });

  it("reads every password and key from a Secret, and none from its arguments", () => {
    const secret = (name: string, key: string) => ({ secretKeyRef: { name, key } });
    expect(env(found)).toMatchObject({
      PGUSER: secret("mlflow-settings", "database-user"),
      PGPASSWORD: secret("mlflow-settings", "database-password"),
      MLFLOW_FLASK_SERVER_SECRET_KEY: secret("mlflow-settings", "session-key"),
      AWS_ACCESS_KEY_ID: secret("mlflow-settings", "access-key-id"),
      AWS_SECRET_ACCESS_KEY: secret("mlflow-settings", "secret-access-key"),
    });
    expect(objectAt(find(found, "Secret", "mlflow-settings"), "stringData")).toEqual({
      "database-user": DATABASE.user,
      "database-password": String(DATABASE.password),
      "session-key": expect.stringMatching(/late:/),
      "access-key-id": "AKIA",
      "secret-access-key": String(STORE_KEY),
    });
    expect(Object.keys(env(found))).not.toContain("MLFLOW_AUTH_ADMIN_PASSWORD");
  });

  it("verifies the database's certificate and host name", () => {
    expect(env(found)["MLFLOW_BACKEND_STORE_URI"]).toBe(
      "postgresql+psycopg2://db.example.com:5432/tracking?sslmode=verify-full&sslrootcert=%2Fetc%2Fssl%2Fcerts%2Fca-certificates.crt",
    );
    expect(env(found)).toMatchObject({
      AWS_CA_BUNDLE: "/etc/ssl/certs/ca-certificates.crt",
      MLFLOW_S3_ENDPOINT_URL: "https://s3.example.com",
      AWS_DEFAULT_REGION: "eu-central-1",
    });
  });

  it("answers to its own names, with the port, to its public one, and to no other", () => {
    expect(env(found)["MLFLOW_SERVER_ALLOWED_HOSTS"]).toBe(
      [
        "mlflow:5000",
        "mlflow.ml:5000",
        "mlflow.ml.svc:5000",
        "mlflow.ml.svc.cluster.local:5000",
        "localhost:5000",
        "127.0.0.1:5000",
        "mlflow.example.com",
        "10.0.0.7:5000",
      ].join(","),
    );
    expect(env(found)["MLFLOW_SERVER_CORS_ALLOWED_ORIGINS"]).toBe("https://mlflow.example.com");
  });

  it("asks for a sign-in, and gives users nothing that is not theirs", () => {
    expect(objectAt(find(found, "ConfigMap", "mlflow-auth"), "data")).toEqual({
      "basic_auth.ini": `[mlflow]
default_permission = NO_PERMISSIONS
database_uri = postgresql+psycopg2://db.example.com:5432/tracking?sslmode=verify-full&sslrootcert=%%2Fetc%%2Fssl%%2Fcerts%%2Fca-certificates.crt
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
grant_default_workspace_access = false
auth_cache_ttl_seconds = 60
`,
    });
  });

  it("migrates the schema in a Job that stays, before it serves", () => {
    const [migration] = jobs(found, "mlflow-migrate-");
    expect(migration?.["spec"]).toMatchObject({ backoffLimit: 3, activeDeadlineSeconds: 1800 });
    expect(objectAt(migration, "spec")["ttlSecondsAfterFinished"]).toBeUndefined();
    expect(container(found, "Job", migration?.metadata.name)).toMatchObject({
      command: ["python", "-m", "mlflow_migrate"],
      args: ["--wait=120"],
    });
    expect(env(found, "Job", migration?.metadata.name)).toMatchObject({
      MLFLOW_AUTH_ADMIN_USERNAME: "admin",
      MLFLOW_AUTH_ADMIN_PASSWORD: { secretKeyRef: { name: "mlflow-admin", key: "password" } },
    });
    const kinds = found.map(({ kind }) => kind);
    expect(kinds.indexOf("Job")).toBeLessThan(kinds.indexOf("Deployment"));
  });

  it("shows metrics on a port of their own, which Prometheus alone reaches", () => {
    expect(find(found, "ServiceMonitor", "mlflow")["spec"]).toEqual({
      selector: { matchLabels: objectAt(find(found, "Service", "mlflow-metrics"), "spec", "selector") },
      endpoints: [{ port: "metrics" }],
    });
    const ingress = listAt(find(found, "NetworkPolicy", "mlflow"), "spec", "ingress");
    expect(ingress.map(({ ports }) => ports)).toEqual([[{ port: 9090, protocol: "TCP" }]]);
  });

  it("connects to managed services by their addresses", () => {
    const egress = listAt(find(found, "NetworkPolicy", "mlflow"), "spec", "egress");
    const blocks = egress.flatMap((rule) => listAt(rule, "to").flatMap((to) => textAt(to, "ipBlock", "cidr") ?? []));
    expect(blocks.sort()).toEqual(["0.0.0.0/0", "10.0.0.0/16", "169.254.20.10/32"]);
  });
});

describe("MLflow's choices", () => {
  it("an autoscaler owns the replicas", () => {
    const root = chart();
    mlflow(root, { autoscaling: { maxReplicas: 5, targetCpuPercent: 70 } });
    const objects = collect(root);
    expect(find(manifests(root), "HorizontalPodAutoscaler", "mlflow")["spec"]).toMatchObject({
      minReplicas: 2,
      maxReplicas: 5,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "mlflow" },
    });
    expect(objects.find(({ manifest }) => manifest.kind === "Deployment")?.options.ignoreChanges).toEqual([
      "spec.replicas",
    ]);
  });

  it("a certificate in PEM, late or not, is a file of a ConfigMap; two of the same are one", () => {
    const root = chart();
    const pem = lateAs("-----BEGIN CERTIFICATE-----");
    mlflow(root, {
      database: { ...DATABASE, authority: { kind: "pem", pem } },
      artifacts: { ...STORE, authority: { kind: "pem", pem } },
    });
    const found = manifests(root);
    expect(found.filter(({ metadata }) => metadata.name.startsWith("mlflow-trust")).map(({ kind }) => kind)).toEqual([
      "ConfigMap",
    ]);
    expect(objectAt(find(found, "ConfigMap", "mlflow-trust-database"), "data")).toEqual({ "ca.crt": String(pem) });
    expect(env(found)["AWS_CA_BUNDLE"]).toBe("/etc/mlflow/trust/database/ca.crt");
  });

  it("authorities of an issuer come beside a certificate, which is waited for", () => {
    const root = chart();
    const store = minio(root);
    store.addBucket("models");
    mlflow(root, {
      database: postgres(root).addDatabase("mlflow", { password: lateAs("p") }),
      artifacts: store.grant("mlflow", { bucket: "models", prefix: "teams/vision", secretAccessKey: lateAs("k") }),
    });
    const objects = order(root, collect(root));
    const server = objects.find(({ manifest }) => manifest.kind === "Deployment");
    const before = [...(server?.dependsOn.keys() ?? [])].map(
      ({ manifest: { kind, metadata } }) => `${kind} ${metadata.name}`,
    );
    expect(before).toContain("Certificate mlflow-trust-database");
    expect(
      before
        .filter((each) => each.startsWith("Job"))
        .map((each) => each.replace(/-[0-9a-f]{8}$/, ""))
        .sort(),
    ).toEqual(["Job minio-setup", "Job mlflow-migrate"]);
    expect(container(manifests(root))["args"]).toContain("--artifacts-destination=s3://models/teams/vision");
  });

  it("a late host and bucket are protected from Kubernetes' own expansion", () => {
    const root = chart();
    mlflow(root, {
      database: { ...DATABASE, host: lateAs("$(HOST).example.com") },
      artifacts: { ...STORE, bucket: lateAs("$(BUCKET)") },
    });
    const found = manifests(root);
    expect(env(found)["MLFLOW_BACKEND_STORE_URI"]).toMatch(
      /^postgresql\+psycopg2:\/\/\$\$\(HOST\)\.example\.com:5432\//,
    );
    const args = container(found)["args"];
    expect(Array.isArray(args) && args.map((arg) => known(String(arg)))).toContain(
      "--artifacts-destination=s3://$$(BUCKET)",
    );
  });

  it("a transform changes what is made", () => {
    const root = chart();
    mlflow(root, {
      transform: {
        deployment: (props) => ({ ...props, metadata: { ...props.metadata, annotations: { team: "ml" } } }),
      },
    });
    expect(find(manifests(root), "Deployment", "mlflow").metadata["annotations"]).toEqual({ team: "ml" });
  });
});

describe("MLflow's users", () => {
  it("are made by one Job, when the server answers, each with a password of its own", () => {
    const root = chart();
    const server = mlflow(root);
    const password = lateAs("training's password");
    const tracking = server.addUser("training", { password });
    server.addUser("serving", { password: lateAs("serving's password"), generation: 3 });
    expect({ ...tracking, url: inCluster(tracking.url) }).toMatchObject({
      url: "http://mlflow.ml.svc.cluster.local:5000",
      user: "training",
      password,
      settings: { MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD: "false", MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: "false" },
    });
    const found = manifests(root);
    expect(objectAt(find(found, "Secret", "mlflow-users"), "stringData")).toEqual({
      training: String(password),
      serving: expect.stringMatching(/late:/),
    });
    expect(jobs(found, "mlflow-users-")).toHaveLength(1);
    const kinds = found.map(({ kind, metadata }) => `${kind} ${metadata.name.replace(/-[0-9a-f]{8}$/, "")}`);
    expect(kinds.indexOf("Deployment mlflow")).toBeLessThan(kinds.indexOf("Job mlflow-users"));
  });

  it("change the Job's name with a generation, and nothing else does", () => {
    const nameFor = (generation: number, text: string) => {
      const root = chart();
      mlflow(root).addUser("training", { password: lateAs(text), generation });
      return jobs(manifests(root), "mlflow-users-")[0]?.metadata.name;
    };
    expect(nameFor(1, "one")).toBe(nameFor(1, "two"));
    expect(nameFor(2, "one")).not.toBe(nameFor(1, "one"));
  });

  it("make no Job where there are none", () => {
    const root = chart();
    mlflow(root);
    expect(jobs(manifests(root), "mlflow-users-")).toEqual([]);
  });

  it.each(["admin", "training"])("are refused twice: %s", (name) => {
    const root = chart();
    const server = mlflow(root);
    server.addUser("training", { password: late.named("a") });
    expect(complaint(() => server.addUser(name, { password: late.named("b") }))).toBe(
      `[test/mlflow] has a user "${name}" already: give each consumer a name of its own`,
    );
  });

  it("may come from another namespace once it is let in", () => {
    const root = chart();
    mlflow(root).allowFrom("notebooks");
    expect(listAt(find(manifests(root), "NetworkPolicy", "mlflow"), "spec", "ingress")).toContainEqual({
      from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "notebooks" } } }],
      ports: [{ port: 5000, protocol: "TCP" }],
    });
  });
});

describe("MLflow's connections", () => {
  it("are counted at their peak, while it rolls out", () => {
    const pool = { size: 5, maxOverflow: 5 };
    const config = { workers: 2, replicas: 2, connectionPool: pool };
    expect(peakConnections({ ...base, ...config })).toEqual({
      total: 180,
      sum: "(2 + 1 servers while rolling out) × 2 workers × 3 pools × (5 + 5) connections",
    });
    expect(peakConnections({ ...base, ...config, autoscaling: { maxReplicas: 4, targetCpuPercent: 80 } }).total).toBe(
      300,
    );
  });
});

const base = {
  auth: { kind: "basic", adminUser: "admin", defaultPermission: "NO_PERMISSIONS" },
  resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "1Gi" } },
  allowedHosts: [],
  bucket: "mlflow",
  clients: [],
  credentialGeneration: 1,
} as const;
