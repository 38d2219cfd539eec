// A plain cdk8s app, in which Pulumi is not installed: prints its manifests.
import { App, Chart } from "cdk8s";
import { late, Mlflow } from "filiera/constructs";
import { manifestsOf } from "filiera/testing";
import { tracking } from "./tracking.ts";

const pulumi = "@pulumi/pulumi";
const missing: unknown = await import(pulumi).catch((error: unknown) => error);

const chart = new Chart(new App(), "shop", { disableResourceNameHashes: true });
const secret = (name: string) => late.named(name);
new Mlflow(chart, "mlflow", {
  ...tracking(secret),
  database: {
    host: "db.example.com",
    port: 5432,
    name: "mlflow",
    user: "mlflow",
    password: secret("database password"),
    authority: { kind: "public" },
    endpoint: { peer: { kind: "cidr", cidr: "10.0.0.0/16" }, port: 5432 },
  },
  artifacts: {
    url: "https://s3.eu-central-1.amazonaws.com",
    bucket: "shop-models",
    authentication: { kind: "key", accessKeyId: "AKIDEXAMPLE", secretAccessKey: secret("bucket key") },
    authority: { kind: "public" },
    endpoint: { peer: { kind: "cidr", cidr: "0.0.0.0/0" }, port: 443 },
  },
});
console.log(JSON.stringify({ missing: Object(missing).code, manifests: manifestsOf(chart) }));
