import { describe, expect, it } from "vitest";
import { overlay } from "../../../stacks/environment/data.ts";
import { loadEnvironmentFile } from "../../../stacks/environment/index.ts";
import { complaints, parse, parseFile, smallest } from "./support.ts";

const FILE = loadEnvironmentFile("environments", "aws");

/** The committed environment on AWS with some settings changed: what its user reads. */
function says(change: object): readonly string[] {
  return complaints(() => parse({ ...Object(overlay(FILE, change)) }));
}

it("the environment on AWS is sound, with safe defaults", () => {
  expect(parseFile("aws")).toMatchObject({
    objectStore: { kind: "s3", versioning: true, keepVersionsDays: 90 },
    postgres: { kind: "rds", version: "18", multiAz: true, backupRetentionDays: 14, deletionProtection: true },
  });
});

describe("where on AWS", () => {
  it("must be said as soon as a store is there, and only then", () => {
    expect(complaints(() => parse({ ...FILE, "filiera:aws": undefined }))).toEqual([
      "filiera:aws: missing; allowed: account, region, cluster, vpc and subnets, which filiera:objectStore.kind and filiera:postgres.kind need",
    ]);
    const s3 = { "filiera:objectStore": { kind: "s3", namePrefix: "example-ml" } };
    expect(complaints(() => parse({ ...smallest("laptop"), ...s3 }))).toEqual([
      "filiera:aws: missing; allowed: account, region, cluster, vpc and subnets, which filiera:objectStore.kind needs",
    ]);
    expect(complaints(() => parse(smallest("laptop")))).toEqual([]);
  });

  it("has subnets in two zones of the region, each once", () => {
    const subnet = (digit: number, zone: string) => ({ id: `subnet-0a1b2c3d4e5f6071${digit}`, zone });
    expect(says({ "filiera:aws": { subnets: [subnet(1, "eu-central-1a"), subnet(2, "eu-central-1a")] } })).toEqual([
      'filiera:aws.subnets: found subnets in eu-central-1a alone; allowed: two zones or more, which filiera:postgres.kind "rds" needs',
    ]);
    expect(
      says({
        "filiera:aws": {
          subnets: [subnet(1, "eu-central-1a"), subnet(1, "eu-central-1b"), subnet(3, "eu-west-1a")],
        },
      }),
    ).toEqual([
      'filiera:aws.subnets[1].id: found "subnet-0a1b2c3d4e5f60711" twice; allowed: each subnet once',
      'filiera:aws.subnets[2].zone: found "eu-west-1a"; allowed: a zone of filiera:aws.region, such as eu-central-1a',
    ]);
  });

  it("is spelt as AWS does", () => {
    expect(
      says({
        "filiera:aws": {
          account: 123456789012,
          cluster: { securityGroup: "default" },
          vpc: { cidr: "10.20.0.0/33" },
          kmsKey: "arn:aws:kms:eu-west-1:123456789012:key/a",
        },
      }),
    ).toEqual([
      'filiera:aws.account: found 123456789012; allowed: an account\'s number: 12 digits, in quotes; put it in quotes: "123456789012"',
      'filiera:aws.cluster.securityGroup: found "default"; allowed: a security group\'s id, such as sg-0a1b2c3d4e5f60718',
      'filiera:aws.vpc.cidr: found "10.20.0.0/33"; allowed: addresses of a network, such as 10.20.0.0/16',
    ]);
    expect(says({ "filiera:aws": { kmsKey: "arn:aws:kms:eu-west-1:123456789012:key/a" } })).toEqual([
      "filiera:aws.kmsKey: found a key of eu-west-1 in 123456789012; allowed: one of filiera:aws.region in filiera:aws.account, eu-central-1 in 123456789012",
    ]);
  });
});

describe("S3", () => {
  it("takes the names of all buckets, with what they begin with", () => {
    expect(
      says({
        "filiera:objectStore": {
          namePrefix: "a".repeat(40),
          auditBuckets: { ["b".repeat(30)]: { mode: "governance", days: 1 } },
        },
      }),
    ).toEqual([
      `filiera:objectStore.auditBuckets.${"b".repeat(30)}: found a bucket "${"a".repeat(40)}-${"b".repeat(30)}"; allowed: another name, as it has 71 characters, and S3 takes 63 at most`,
    ]);
    expect(says({ "filiera:objectStore": { namePrefix: "xn--ml" } })).toEqual([
      'filiera:objectStore.auditBuckets.audit: found a bucket "xn--ml-audit"; allowed: another name, as S3 keeps names that begin with xn-- for itself',
      'filiera:objectStore.namePrefix: found "xn--ml"; allowed: another one, as S3 keeps names that begin with xn-- for itself',
    ]);
    expect(says({ "filiera:mlflow": { bucket: "models-s3alias" } })).toEqual([
      'filiera:mlflow.bucket: found "models-s3alias", for a bucket "example-ml-prod-models-s3alias"; allowed: another name, as S3 keeps names that end in -s3alias for itself',
    ]);
  });

  it("locks buckets of their own", () => {
    expect(says({ "filiera:mlflow": { bucket: "audit" } })).toEqual([
      "filiera:objectStore.auditBuckets.audit: found a bucket that is filiera:mlflow.bucket; allowed: buckets of their own, as what is in them stays",
    ]);
  });
});

describe("RDS", () => {
  it("has settings that it takes", () => {
    expect(
      says({
        "filiera:postgres": {
          storage: "10Gi",
          maxStorage: "10.5Gi",
          instanceClass: "m7g.large",
          parameters: { ssl: "off", max_connections: "9" },
        },
      }),
    ).toEqual([
      'filiera:postgres.instanceClass: found "m7g.large"; allowed: an instance class, such as db.m7g.large',
      'filiera:postgres.maxStorage: found "10.5Gi"; allowed: whole gibibytes from 20Gi to 64Ti, such as 100Gi',
      "filiera:postgres.parameters.max_connections: has a setting of its own; write filiera:postgres.maxConnections",
      "filiera:postgres.parameters.ssl: the platform sets this parameter to the safest there is; leave it out",
      'filiera:postgres.storage: found "10Gi"; allowed: whole gibibytes from 20Gi to 64Ti, such as 100Gi',
    ]);
    expect(says({ "filiera:postgres": { maxStorage: "100Gi" } })).toEqual([
      'filiera:postgres.maxStorage: found "100Gi"; allowed: more than storage, "100Gi"',
    ]);
  });

  it("is safe in production", () => {
    expect(says({ "filiera:postgres": { multiAz: false, deletionProtection: false, backupRetentionDays: 1 } })).toEqual(
      [
        "filiera:postgres.backupRetentionDays: found 1; allowed: 7 or more in production, so that what is noticed after some days can be undone",
        "filiera:postgres.deletionProtection: found false; allowed: true in production, so that no mistake deletes it",
        "filiera:postgres.multiAz: found false; allowed: true in production, so that the loss of a zone is outlived",
      ],
    );
  });

  it("is believed by the authority of its region, or by what is written", () => {
    const elsewhere = {
      region: "xx-new-1",
      subnets: ["a", "b"].map((zone, i) => ({ id: `subnet-0a1b2c3d4e5f6071${i}`, zone: `xx-new-1${zone}` })),
    };
    expect(says({ "filiera:aws": elsewhere })).toEqual([
      "filiera:postgres.authority: missing; allowed: the certificate of RDS's authority rds-ca-rsa2048-g1 in xx-new-1, as PEM, which filiera does not know of that region",
    ]);
    const authority = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    expect(says({ "filiera:aws": elsewhere, "filiera:postgres": { authority } })).toEqual([]);
  });
});
