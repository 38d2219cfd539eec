import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { App, Chart } from "cdk8s";
import { late, Mlflow } from "filiera/constructs";
import { lower } from "filiera/stacks";
import { tracking } from "./tracking.ts";

/** A database of this project's own, whose address and password are known once it is there. */
class Database extends pulumi.CustomResource {
  declare readonly host: pulumi.Output<string>;
  declare readonly password: pulumi.Output<string>;
  declare readonly certificate: pulumi.Output<string>;

  constructor(name: string) {
    const outputs = { host: undefined, password: undefined, certificate: undefined };
    super("shop:index:Database", name, outputs, { additionalSecretOutputs: ["password"] });
  }
}

/** MLflow over a database and a bucket that filiera knows nothing of. */
export function shop(): { readonly url: pulumi.Output<string> } {
  const database = new Database("tracking");
  const key = pulumi.secret("a key of the bucket");
  const chart = new Chart(new App(), "shop", { disableResourceNameHashes: true });
  const mlflow = new Mlflow(chart, "mlflow", {
    ...tracking((name) => late.from(pulumi.secret(`the ${name} of the shop`))),
    database: {
      host: late.from(database.host),
      port: 5432,
      name: "mlflow",
      user: "mlflow",
      password: late.from(database.password),
      authority: { kind: "pem", pem: late.from(database.certificate) },
      endpoint: { peer: { kind: "cidr", cidr: "10.0.0.0/16" }, port: 5432 },
    },
    artifacts: {
      url: "https://s3.eu-central-1.amazonaws.com",
      region: "eu-central-1",
      bucket: late.from(pulumi.output("shop-models")),
      authentication: { kind: "key", accessKeyId: "AKIDEXAMPLE", secretAccessKey: late.from(key) },
      authority: { kind: "public" },
      endpoint: { peer: { kind: "cidr", cidr: "0.0.0.0/0" }, port: 443 },
    },
  });
  const { output } = lower(chart, {
    cluster: "shop",
    provider: new Provider("shop", { context: "shop" }),
    checksumKey: pulumi.secret("a key of the checksums"),
  });
  return { url: output(mlflow.tracking.url) };
}
