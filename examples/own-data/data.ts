import { getStack, StackReference } from "@pulumi/pulumi";
import { late, type ObjectStore, type SqlDatabase } from "filiera/constructs";

// Another stack of yours made the RDS database, the S3 bucket and a key for it, and exports where they are.
const data = new StackReference(`acme/data/${getStack()}`);
const from = (output: string) => late.from(data.requireOutput(output));

/** PostgreSQL on RDS; the peer is the VPC, as a managed database has no pods. */
export const database: SqlDatabase = {
  host: from("databaseHost"),
  port: 5432,
  name: "mlflow",
  user: "mlflow",
  password: from("databasePassword"),
  authority: { kind: "pem", pem: from("databaseAuthority") },
  endpoint: { peer: { kind: "cidr", cidr: "10.20.0.0/16" }, port: 5432 },
};

/** A bucket on S3, whose addresses nobody can name. */
export const bucket: ObjectStore = {
  url: "https://s3.eu-central-1.amazonaws.com",
  region: "eu-central-1",
  bucket: from("bucket"),
  authentication: { kind: "key", accessKeyId: from("accessKeyId"), secretAccessKey: from("secretAccessKey") },
  authority: { kind: "public" },
  endpoint: { peer: { kind: "cidr", cidr: "0.0.0.0/0" }, port: 443 },
};
