import { describe, expect, it } from "vitest";
import { at, isObject, listAt, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import { HOST, KEY, says } from "../../support/aws.ts";
import { type Deployed, deployed, type Requested } from "../../support/deployed.ts";
import { KAFKA, resolved, S3 } from "../../support/platform.ts";
import { RUNS, SECRET_SIGNATURE, SIGNATURE } from "../../support/recorded.ts";

const aws = (preview: boolean): Promise<Deployed> => deployed("aws", resolved("aws"), { preview, says });
// one after the other, as Pulumi's runtime is one
const runs = { preview: await aws(true), up: await aws(false) };

/** Resources of a type of AWS. */
const ofType = ({ requested }: Deployed, end: string): readonly Requested[] =>
  requested.filter(({ type }) => type.startsWith("aws:") && type.endsWith(`:${end}`));

const policyIn = (resource: Requested, setting = "policy"): unknown => JSON.parse(String(resource.inputs[setting]));

/** A resource's inputs that are lists or texts of AWS: what could be open to all. */
const texts = ({ requested }: Deployed): string =>
  JSON.stringify(requested.filter(({ type }) => type.startsWith("aws:")).map(({ inputs }) => inputs));

describe.each(RUNS)("stores on AWS, in $run", ({ preview }) => {
  const run = () => (preview ? runs.preview : runs.up);

  it("go to the account and the region of the file, and to no other", async () => {
    const all = await run();
    const provider = all.one("pulumi:providers:aws::aws");
    expect(provider.inputs).toEqual({
      region: "eu-central-1",
      allowedAccountIds: '["123456789012"]',
      defaultTags: '{"tags":{"filiera.dev/environment":"aws"}}',
      skipCredentialsValidation: "false",
      skipRegionValidation: "true",
    });
    const theirs = all.requested.filter(({ type }) => type.startsWith("aws:"));
    expect(theirs.length).toBeGreaterThan(20);
    for (const each of theirs) expect(each.provider.startsWith(`${provider.urn}::`), each.urn).toBe(true);
  });

  it("have buckets that are closed, encrypted by a key of their own, versioned, and kept", async () => {
    const all = await run();
    const names = ["example-ml-prod-mlflow", "example-ml-prod-audit"];
    expect(ofType(all, "Bucket").map(({ inputs }) => inputs["bucket"])).toEqual(names);
    for (const name of names) {
      const of = (kind: string) => all.one(`:${kind}::${name}`);
      expect(of("Bucket")).toMatchObject({ protect: true, inputs: { forceDestroy: false } });
      expect(of("BucketPublicAccessBlock").inputs).toEqual({
        bucket: name,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      });
      expect(of("BucketOwnershipControls").inputs).toMatchObject({ rule: { objectOwnership: "BucketOwnerEnforced" } });
      expect(listAt(of("BucketServerSideEncryptionConfiguration").inputs, "rules")).toEqual([
        {
          applyServerSideEncryptionByDefault: {
            sseAlgorithm: "aws:kms",
            kmsMasterKeyId: preview ? "[known after up]" : KEY,
          },
          bucketKeyEnabled: true,
        },
      ]);
      expect(of("BucketVersioning").inputs).toMatchObject({ versioningConfiguration: { status: "Enabled" } });
      // what guards a bucket stays with it
      for (const each of all.requested.filter(({ urn }) => urn.endsWith(`::${name}`)))
        expect(each.retainOnDelete, each.urn).toBe(true);
    }
    expect(ofType(all, "BucketObjectLockConfiguration").map(({ inputs }) => inputs)).toEqual([
      { bucket: "example-ml-prod-audit", rule: { defaultRetention: { mode: "COMPLIANCE", days: 365 } } },
    ]);
    expect(all.one("Bucket::example-ml-prod-audit").inputs["objectLockEnabled"]).toBe(true);
    expect(
      at(
        listAt(all.one("BucketLifecycleConfiguration::example-ml-prod-mlflow").inputs, "rules")[0],
        "noncurrentVersionExpiration",
      ),
    ).toEqual({ noncurrentDays: 90 });
  });

  it("refuse whoever comes without TLS, and let nobody in by a bucket's policy", async () => {
    for (const each of ofType(await run(), "BucketPolicy")) {
      const statements = listAt(policyIn(each), "Statement");
      expect(statements.map(({ Effect, Condition }) => [Effect, Condition])).toEqual([
        ["Deny", { Bool: { "aws:SecureTransport": "false" } }],
        ["Deny", { NumericLessThan: { "s3:TlsVersion": "1.2" } }],
      ]);
    }
  });

  it("let MLflow's pods into MLflow's bucket, by the role of their ServiceAccount", async () => {
    const all = await run();
    const [role] = ofType(all, "Role");
    expect(role && policyIn(role, "assumeRolePolicy")).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "pods.eks.amazonaws.com" },
          Action: ["sts:AssumeRole", "sts:TagSession"],
          Condition: {
            StringEquals: { "aws:SourceAccount": "123456789012" },
            ArnEquals: { "aws:SourceArn": "arn:aws:eks:eu-central-1:123456789012:cluster/example-ml" },
          },
        },
      ],
    });
    const bucket = "arn:aws:s3:::example-ml-prod-mlflow";
    expect(listAt(policyIn(all.one("RolePolicy::mlflow-bucket")), "Statement")).toEqual([
      { Effect: "Allow", Action: ["s3:GetBucketLocation"], Resource: bucket },
      { Effect: "Allow", Action: ["s3:ListBucket"], Resource: bucket },
      {
        Effect: "Allow",
        Action: [
          "s3:GetObject",
          "s3:PutObject",
          "s3:DeleteObject",
          "s3:AbortMultipartUpload",
          "s3:ListMultipartUploadParts",
        ],
        Resource: `${bucket}/*`,
      },
    ]);
    const key = all.one("RolePolicy::mlflow-key");
    if (preview) expect(key.inputs["policy"]).toBe("[known after up]");
    else
      expect(listAt(policyIn(key), "Statement")).toEqual([
        {
          Effect: "Allow",
          Action: ["kms:Decrypt", "kms:GenerateDataKey"],
          Resource: KEY,
          Condition: {
            StringEquals: { "kms:ViaService": "s3.eu-central-1.amazonaws.com" },
            StringLike: { "kms:EncryptionContext:aws:s3:arn": [bucket, `${bucket}/*`] },
          },
        },
      ]);
    expect(ofType(all, "PodIdentityAssociation").map(({ inputs }) => inputs)).toEqual([
      {
        clusterName: "example-ml",
        namespace: "mlflow",
        serviceAccount: "mlflow",
        roleArn: preview ? "[known after up]" : "arn:aws:iam::123456789012:role/mlflow",
      },
    ]);
  });

  it("have no pod started before it has its role, its bucket whole, and its database", async () => {
    const all = await run();
    const server = all.one("apps/v1:Deployment::platform/mlflow/mlflow").before;
    for (const end of [
      "PodIdentityAssociation::mlflow-mlflow-mlflow",
      "RolePolicy::mlflow-key",
      "BucketPolicy::example-ml-prod-mlflow",
      "BucketServerSideEncryptionConfiguration::example-ml-prod-mlflow",
      "Instance::postgres",
    ])
      expect([...server], end).toContain(all.one(end).urn);
  });

  it("have a PostgreSQL in private subnets, encrypted, over TLS, with a standby, backups and a last snapshot", async () => {
    const all = await run();
    expect(all.one("Instance::postgres")).toMatchObject({
      protect: true,
      inputs: {
        identifier: "filiera-aws",
        engine: "postgres",
        engineVersion: "18",
        instanceClass: "db.m7g.large",
        allocatedStorage: 100,
        maxAllocatedStorage: 500,
        storageEncrypted: true,
        kmsKeyId: preview ? "[known after up]" : KEY,
        username: "filiera",
        password: "[secret]",
        multiAz: true,
        publiclyAccessible: false,
        caCertIdentifier: "rds-ca-rsa2048-g1",
        backupRetentionPeriod: 14,
        deleteAutomatedBackups: false,
        deletionProtection: true,
        skipFinalSnapshot: false,
        finalSnapshotIdentifier: "filiera-aws-final",
        performanceInsightsEnabled: true,
      },
    });
    expect(all.one("SubnetGroup::postgres").inputs["subnetIds"]).toEqual([
      "subnet-0a1b2c3d4e5f60711",
      "subnet-0a1b2c3d4e5f60712",
    ]);
    const { family, parameters } = all.one("ParameterGroup::postgres").inputs;
    expect(family).toBe("postgres18");
    expect(parameters).toContainEqual({ name: "rds.force_ssl", value: "1", applyMethod: "immediate" });
    expect(parameters).toContainEqual({ name: "max_connections", value: "400", applyMethod: "pending-reboot" });
  });

  it("are open to the cluster's security group, and to no address", async () => {
    const all = await run();
    expect(ofType(all, "SecurityGroupIngressRule").map(({ inputs }) => inputs)).toMatchObject([
      { referencedSecurityGroupId: "sg-0a1b2c3d4e5f60718", ipProtocol: "tcp", fromPort: 5432, toPort: 5432 },
    ]);
    expect(Object.keys(all.one("SecurityGroup::postgres").inputs).sort()).toEqual([
      "description",
      "namePrefix",
      "vpcId",
    ]);
    expect(texts(all)).not.toMatch(/0\.0\.0\.0|::\/0|public-read|"Effect\\":\\"Allow\\",\\"Principal\\":\\"\*/);
  });

  it("give no key away: no pod has one, and every password is a secret on the wire", async () => {
    const all = await run();
    const kubernetes = all.requested.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(JSON.stringify(kubernetes.map(({ inputs }) => inputs))).not.toMatch(/AWS_ACCESS_KEY|AWS_SECRET|access-key/);
    const password = objectAt(all.one("Instance::postgres").wire, "password");
    expect(password[SIGNATURE]).toBe(SECRET_SIGNATURE);
    expect(all.one("Secret::platform/postgres/postgres-master").inputs["data"]).toMatchObject({ password: "[secret]" });
    expect(all.one("Secret::platform/postgres/postgres-databases").inputs["data"]).toEqual({ mlflow: "[secret]" });
    const values = ["postgres/master", "postgres/mlflow"]
      .map((name) => `result of ${all.one(`RandomPassword::${name}`).urn}`)
      .flatMap((value) => [value, Buffer.from(value).toString("base64")]);
    const open = all.requested.filter(({ wire }) =>
      values.some((value) => JSON.stringify(plainOf(wire)).includes(value)),
    );
    expect(open.map(({ urn }) => urn)).toEqual([]);
  });
});

/** What was sent, without what was sent as a secret. */
function plainOf(sent: unknown): unknown {
  if (Array.isArray(sent)) return sent.map(plainOf);
  if (!isObject(sent)) return sent;
  if (sent[SIGNATURE] === SECRET_SIGNATURE) return undefined;
  return Object.fromEntries(Object.entries(sent).map(([key, value]) => [key, plainOf(value)]));
}

it("what only AWS knows hides nothing else of a preview: the same objects, and holes where it is used", async () => {
  const [planned, made] = [await runs.preview, await runs.up];
  const urns = (run: Deployed) => run.requested.map(({ urn }) => urn.replace(/-[0-9a-f]{8}$/, "")).sort();
  expect(urns(planned)).toEqual(urns(made));
  const holes = planned.requested
    .filter(({ type, inputs }) => type.startsWith("kubernetes:") && JSON.stringify(inputs).includes("[known after up]"))
    .map(({ name, inputs }) => [
      name.replace(/-[0-9a-f]{8}$/, ""),
      JSON.stringify(inputs).split("[known after up]").length - 1,
    ]);
  expect(Object.fromEntries(holes)).toEqual({
    "platform/mlflow/mlflow-auth": 1,
    "platform/mlflow/mlflow": 2,
    "platform/mlflow/mlflow-migrate": 1,
    "platform/postgres/postgres-setup": 1,
  });
  expect(planned.outputs).toMatchObject({
    postgresHost: "[known after up]",
    objectStoreUrl: "https://s3.eu-central-1.amazonaws.com",
  });
  expect(made.outputs).toMatchObject({ postgresHost: HOST });
});

it("a key that is there already encrypts everything, and none is made", async () => {
  const kmsKey = "arn:aws:kms:eu-central-1:123456789012:key/given";
  const all = await deployed("aws", resolved("aws", { "filiera:aws": { kmsKey } }), { preview: true });
  expect(ofType(all, "Key")).toEqual([]);
  expect(all.one("Instance::postgres").inputs["kmsKeyId"]).toBe(kmsKey);
  expect(listAt(policyIn(all.one("RolePolicy::mlflow-key")), "Statement")[0]?.["Resource"]).toBe(kmsKey);
});

it("PostgreSQL in the cluster is backed up to S3, by the role of its own pods", async () => {
  const all = await deployed("prod", resolved("prod", S3), { preview: true, says });
  expect(ofType(all, "Instance")).toEqual([]);
  const association = all.one("PodIdentityAssociation::postgres-backup-postgres-postgres");
  expect(association.inputs).toMatchObject({ namespace: "postgres", serviceAccount: "postgres" });
  const cluster = all.one("Cluster::platform/postgres/postgres");
  expect([...cluster.before]).toContain(association.urn);
  const store = all.one("ObjectStore::platform/postgres/postgres-backup").inputs;
  expect(objectAt(store, "spec", "configuration")).toMatchObject({
    destinationPath: "s3://example-ml-postgres-backup/",
    endpointURL: "https://s3.eu-central-1.amazonaws.com",
    s3Credentials: { inheritFromIAMRole: true },
  });
  expect(listAt(store, "spec", "instanceSidecarConfiguration", "env")).toEqual([
    { name: "AWS_DEFAULT_REGION", value: "eu-central-1" },
  ]);
  expect(all.requested.filter(({ urn }) => /minio/.test(urn))).toEqual([]);
  expect(textAt(store, "spec", "retentionPolicy")).toBe("30d");
});

it("an ingestion has a role for its own prefix, and no key", async () => {
  const all = await deployed("prod", resolved("prod", { ...S3, ...KAFKA }), { preview: true, says });
  const [grant] = ofType(all, "PodIdentityAssociation").filter(({ inputs }) => inputs["namespace"] === "ingestion");
  const account = String(grant?.inputs["serviceAccount"]);
  const statements = listAt(policyIn(all.one(`RolePolicy::${account}-bucket`)), "Statement");
  expect(textAt(statements.at(-1), "Resource")).toMatch(/^arn:aws:s3:::example-ml-[\w-]+\/\w+\/\*$/);
  const worker = all.one(`Deployment::platform/ingestion/${account}`);
  expect([...worker.before]).toContain(grant?.urn);
  expect(JSON.stringify(worker.inputs)).not.toContain("ACCESS_KEY");
});

it("an environment without AWS asks nothing of it", async () => {
  const { requested } = await deployed("prod", resolved("prod"), { preview: true });
  expect(requested.filter(({ type }) => type.includes("aws"))).toEqual([]);
});
