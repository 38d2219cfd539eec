import type { Plan, PlannedResource } from "../../../stacks/plan/plan.ts";

const Gi = 2 ** 30;

/** A resource of a plan, as little of it as a test needs. */
export function resource(over: Partial<PlannedResource> & Pick<PlannedResource, "type" | "title">): PlannedResource {
  const kind = over.type.split(":").at(-1) ?? "";
  return {
    urn: `urn:pulumi:test::filiera::${over.type}::${over.title}`,
    name: over.title,
    kind,
    layer: "tracking",
    inputs: {},
    dependsOn: [],
    protect: false,
    retainOnDelete: false,
    ignoreChanges: [],
    ...over,
  };
}

const password = resource({ type: "random:index:RandomPassword", title: "mlflow-admin", layer: "secrets" });
const secrets = ["mlflow-admin", "mlflow-backend", "mlflow-flask"].map((name) =>
  resource({
    type: "kubernetes:core/v1:Secret",
    title: `mlflow/${name}`,
    inputs: {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace: "mlflow" },
      data: { password: "[secret]" },
    },
    dependsOn: [password.urn],
  }),
);
const cluster = resource({
  type: "kubernetes:postgresql.cnpg.io/v1:Cluster",
  title: "postgres/postgres",
  layer: "data",
  protect: true,
  retainOnDelete: true,
  footprint: {
    pods: 3,
    cpu: 6,
    memory: 24 * Gi,
    gpu: 0,
    storage: 600 * Gi,
    images: ["ghcr.io/cloudnative-pg/postgresql:17.5"],
    source: "bill",
  },
});
const server = resource({
  type: "kubernetes:apps/v1:Deployment",
  title: "mlflow/mlflow",
  ignoreChanges: ["spec.replicas"],
  inputs: { kind: "Deployment", apiVersion: "apps/v1", spec: { replicas: 2, checksum: "[known after up]" } },
  dependsOn: [cluster.urn, ...secrets.map(({ urn }) => urn), "urn:pulumi:test::filiera::elsewhere::gone"],
  footprint: {
    pods: 2,
    cpu: 1,
    memory: 4 * Gi,
    gpu: 0,
    storage: 0,
    images: [`registry.example.org/mlflow:3.17.2@sha256:${"ab".repeat(32)}`],
    source: "manifest",
  },
  origin: { construct: "platform/mlflow/server/deployment", noun: "Mlflow", source: "constructs/mlflow/mlflow.ts:80" },
});

/** A small plan with something of everything. */
export const sample: Plan = {
  environment: "test",
  resources: [password, cluster, server, ...secrets],
  totals: {
    resources: 6,
    objects: 5,
    pods: 5,
    cpu: 7,
    memory: 28 * Gi,
    gpu: 0,
    storage: 600 * Gi,
    fromBills: { pods: 3, cpu: 6, memory: 24 * Gi, gpu: 0, storage: 600 * Gi },
  },
  images: [
    { reference: "ghcr.io/cloudnative-pg/postgresql:17.5", resolved: false, usedBy: [cluster.urn] },
    { reference: server.footprint?.images[0] ?? "", resolved: true, usedBy: [server.urn] },
  ],
  outputs: { mlflowPassword: "[secret]", mlflowUrl: "https://mlflow.example.org", gateway: "[known after up]" },
  warnings: ["1 of 2 images is not resolved to a digest: production refuses to deploy with any"],
};

/** A plan of these resources and nothing else. */
export function planOfOnly(...resources: readonly PlannedResource[]): Plan {
  return { ...sample, resources, images: [], outputs: {}, warnings: [] };
}
