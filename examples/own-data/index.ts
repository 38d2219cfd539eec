import { RandomPassword } from "@pulumi/random";
import { App, Chart } from "cdk8s";
import { late, Mlflow, PlatformNamespace } from "filiera/constructs";
import { existingCluster, lower } from "filiera/stacks";
import { bucket, database } from "./data.ts";

const secret = (name: string) => new RandomPassword(name, { length: 40, special: false }).result;
const chart = new Chart(new App(), "tracking");
new PlatformNamespace(chart, "namespace", { name: "mlflow" });
const mlflow = new Mlflow(chart, "mlflow", {
  name: "mlflow",
  namespace: "mlflow",
  image: { reference: "registry.example.com/filiera/mlflow:3.17.2" },
  replicas: 2,
  resources: { requests: { cpu: "1", memory: "3Gi" } },
  database,
  artifacts: bucket,
  auth: { kind: "basic", adminPassword: late.from(secret("admin")), sessionKey: late.from(secret("session-key")) },
  scrapers: { kind: "namespace", namespace: "monitoring" },
});
const provider = existingCluster("acme", { context: "acme" });
const { output } = lower(chart, { cluster: "acme", provider, checksumKey: secret("checksums") });
export const url = output(mlflow.tracking.url);
