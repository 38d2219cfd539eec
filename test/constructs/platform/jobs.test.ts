import { describe, expect, it } from "vitest";
import { type Changes, environment, manifestsOf } from "../../support/platform.ts";

const digest = `sha256:${"ab".repeat(32)}`;

/** The Jobs of changed settings, by name: Kubernetes lets nobody change what a Job runs. */
function specs(changes: Changes = {}): Map<string, string> {
  const found = manifestsOf(environment("prod", changes)).filter(({ kind }) => kind === "Job");
  return new Map(found.map(({ metadata, spec }) => [metadata.name, JSON.stringify(spec).replace(/late:\d+/g, "late")]));
}

/** The names of the Jobs with what they change with: `mlflow-migrate`, `minio-setup`. */
function jobs(changes: Changes = {}): Record<string, string> {
  const found = manifestsOf(environment("prod", changes)).filter(({ kind }) => kind === "Job");
  return Object.fromEntries(found.map(({ metadata: { name } }) => [name.replace(/-[0-9a-f]{8}$/, ""), name]));
}

/** The Jobs whose names the change changes. */
function renamed(changes: Changes): string[] {
  const before = jobs();
  return Object.entries(jobs(changes)).flatMap(([job, name]) => (name === before[job] ? [] : job));
}

function expectSameSpecs(changes: Changes): void {
  const before = specs();
  for (const [name, spec] of specs(changes)) expect(before.get(name) ?? spec, name).toBe(spec);
}

describe("a Job's name", () => {
  it("ends in eight digits of a hash", () => {
    expect(Object.values(jobs())).toEqual([
      expect.stringMatching(/^minio-setup-[0-9a-f]{8}$/),
      expect.stringMatching(/^mlflow-migrate-[0-9a-f]{8}$/),
    ]);
  });

  it.each<[string, Changes, string[]]>([
    ["MLflow's image", { "filiera:images": { digests: { mlflow: digest } } }, ["mlflow-migrate"]],
    ["the setup's image", { "filiera:images": { digests: { "minio-setup": digest } } }, ["minio-setup"]],
    [
      "the registry of both",
      { "filiera:images": { registry: "elsewhere.example.com" } },
      ["minio-setup", "mlflow-migrate"],
    ],
    [
      "the administrator's name",
      { "filiera:mlflow": { auth: { kind: "basic", adminUser: "root" } } },
      ["mlflow-migrate"],
    ],
    [
      "how images are pulled",
      {
        "filiera:images": {
          pullSecret: { server: "registry.example.com", username: "robot", password: { secure: "v1:abc" } },
        },
      },
      ["minio-setup", "mlflow-migrate"],
    ],
    ["the administrator's generation", { "filiera:mlflow": { credentialGeneration: 2 } }, ["mlflow-migrate"]],
    [
      "the database's generation, in which another role signs in",
      { "filiera:postgres": { credentialGeneration: 2 } },
      ["postgres-db-mlflow-g2"],
    ],
    ["the store's generation", { "filiera:objectStore": { credentialGeneration: 2 } }, ["minio-setup"]],
    ["the bucket, which the setup makes", { "filiera:mlflow": { bucket: "models" } }, ["minio-setup"]],
    [
      "versions of objects, which the setup turns on",
      { "filiera:objectStore": { versioning: false } },
      ["minio-setup"],
    ],
  ])("changes with %s", (_, changes, expected) => {
    expect(renamed(changes).sort()).toEqual(expected);
    expectSameSpecs(changes);
  });

  it.each<[string, Changes]>([
    ["root's generation", { "filiera:objectStore": { rootGeneration: 2 } }],
    ["the database's size", { "filiera:postgres": { storage: "300Gi", instances: 5 } }],
    ["the database's image", { "filiera:images": { digests: { postgresql: digest } } }],
    [
      "the server's replicas and resources",
      {
        "filiera:mlflow": {
          replicas: 3,
          workers: 2,
          resources: { requests: { cpu: "2", memory: "8Gi" }, limits: { memory: "8Gi" } },
        },
      },
    ],
    ["the store's servers", { "filiera:objectStore": { servers: 8, storage: "1Ti" } }],
    [
      "the server's connections and permissions",
      {
        "filiera:mlflow": {
          connectionPool: { size: 4 },
          auth: { kind: "basic", adminUser: "admin", defaultPermission: "READ" },
        },
      },
    ],
    ["who signs certificates", { "filiera:tls": { kind: "issuer", name: "company" } }],
    ["the domain and hosts", { "filiera:domain": "ml.example.org", "filiera:mlflow": { allowedHosts: [] } }],
    ["the operators", { "filiera:operators": { replicas: 3 } }],
    ["the cluster's version", { "filiera:cluster": { kubernetesVersion: "1.36" } }],
    ["who watches", { "filiera:monitoring": { namespace: "observability" } }],
  ])("does not change with %s", (_, changes) => {
    expect(renamed(changes)).toEqual([]);
    expectSameSpecs(changes);
  });
});
