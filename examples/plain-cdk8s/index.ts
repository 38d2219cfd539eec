import { App, Chart, JsonPatch } from "cdk8s";
import { late, Minio, Mlflow, Options, PlatformNamespace, Postgres, patch, render, toYaml } from "filiera/constructs";
import { Evaluation } from "./evaluation.ts";

// A plain cdk8s app, without Pulumi, for a cluster with cert-manager, CloudNativePG and a ClusterIssuer "company-ca".
const chart = new Chart(new App(), "vision");
const { name: namespace } = new PlatformNamespace(chart, "namespace", { name: "vision" });
const issuer = { kind: "ClusterIssuer", name: "company-ca" } as const;
const scrapers = { kind: "namespace", namespace: "monitoring" } as const;
const image = (name: string) => ({ reference: `registry.example.com/filiera/${name}` });
const secret = (name: string) => late.named(name);

const postgres = new Postgres(chart, "postgres", {
  name: "postgres",
  namespace,
  image: { reference: "ghcr.io/cloudnative-pg/postgresql:18.4-system-trixie" },
  instances: 1,
  storage: "20Gi",
  resources: { requests: { cpu: "500m", memory: "1Gi" } },
  issuer,
  ownerPassword: secret("postgres/owner"),
  scrapers,
});
const minio = new Minio(chart, "minio", {
  name: "minio",
  namespace,
  image: { reference: "docker.io/pgsty/silo:RELEASE.2026-09-16T00-00-00Z", uid: 65532 },
  setupImage: { ...image("minio-setup:1"), uid: 65532 },
  servers: 1,
  drivesPerServer: 1,
  storage: "50Gi",
  resources: { requests: { cpu: "250m", memory: "1Gi" } },
  issuer,
  rootPassword: secret("minio/root"),
});
minio.addBucket("models", { versioning: true });

const mlflow = new Mlflow(chart, "mlflow", {
  name: "mlflow",
  namespace,
  image: image("mlflow:3.17.2"),
  replicas: 1,
  resources: { requests: { cpu: "500m", memory: "2Gi" } },
  database: postgres.addDatabase("mlflow", { password: secret("postgres/mlflow") }),
  artifacts: minio.grant("mlflow", { bucket: "models", secretAccessKey: secret("minio/mlflow") }),
  auth: { kind: "basic", adminPassword: secret("mlflow/admin"), sessionKey: secret("mlflow/session-key") },
  scrapers,
  // the first escape hatch: what the construct passes on, typed
  transform: {
    deployment: (props) => ({ ...props, metadata: { ...props.metadata, annotations: { team: "vision" } } }),
  },
});
new Evaluation(chart, "evaluation", {
  namespace,
  image: image("evaluation:7"),
  version: 7,
  tracking: mlflow.addUser("evaluation", { password: secret("mlflow/evaluation") }),
});

// the second: a patch of the finished manifest, which must fit; the third: what a deployment is told besides
patch(mlflow.server.object, JsonPatch.add("/spec/template/spec/priorityClassName", "tracking"));
Options.of(mlflow.server.object).set({ ignoreChanges: ["spec.replicas"] });

for (const { manifest } of render(chart)) process.stdout.write(`---\n${toYaml(manifest)}`);
