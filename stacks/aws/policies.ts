import { domainOf, partitionOf } from "../../constructs/aws/config.ts";
import type { Access } from "../../constructs/object-store/policy.ts";

/** An IAM policy, as JSON: of a role, a bucket or a key. */
export interface Policy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, string>>;
  readonly Action: string | readonly string[];
  /** @default - a role's trust has none */
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

function policy(...Statement: readonly Statement[]): Policy {
  return { Version: "2012-10-17", Statement };
}

/** A part of a bucket, and where it is. */
export interface Place {
  readonly region: string;
  readonly bucket: string;
  /** @default - everywhere */
  readonly prefix?: string;
}

const arnOf = ({ region, bucket }: Place): string => `arn:${partitionOf(region)}:s3:::${bucket}`;

/** Refuses whoever comes without TLS, or with one older than 1.2; it lets nobody in. */
export function tlsOnly(place: Place): Policy {
  const refused = { Effect: "Deny" as const, Principal: "*" as const, Action: "s3:*" };
  const Resource = [arnOf(place), `${arnOf(place)}/*`];
  return policy(
    { Sid: "WithoutTls", ...refused, Resource, Condition: { Bool: { "aws:SecureTransport": "false" } } },
    { Sid: "OldTls", ...refused, Resource, Condition: { NumericLessThan: { "s3:TlsVersion": "1.2" } } },
  );
}

/** Lets a role into a part of a bucket. Old versions cannot be deleted, nor can a lock be changed. */
export function bucketAccess(place: Place, access: Access): Policy {
  const { prefix } = place;
  const write = access === "read-write";
  return policy(
    { Effect: "Allow", Action: ["s3:GetBucketLocation"], Resource: arnOf(place) },
    {
      Effect: "Allow",
      Action: ["s3:ListBucket"],
      Resource: arnOf(place),
      ...(prefix !== undefined && { Condition: { StringLike: { "s3:prefix": [`${prefix}/*`] } } }),
    },
    {
      Effect: "Allow",
      Action: write
        ? ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
        : ["s3:GetObject"],
      Resource: `${arnOf(place)}/${prefix === undefined ? "" : `${prefix}/`}*`,
    },
  );
}

/** Lets a role use the key that a bucket is encrypted with: through S3, and for that bucket. */
export function keyAccess(place: Place, key: string, access: Access): Policy {
  return policy({
    Effect: "Allow",
    Action: access === "read-write" ? ["kms:Decrypt", "kms:GenerateDataKey"] : ["kms:Decrypt"],
    Resource: key,
    Condition: {
      StringEquals: { "kms:ViaService": `s3.${place.region}.${domainOf(place.region)}` },
      StringLike: { "kms:EncryptionContext:aws:s3:arn": [arnOf(place), `${arnOf(place)}/*`] },
    },
  });
}

/** Where a cluster on EKS is. */
export interface EksCluster {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

/** Lets EKS give a role to pods of one cluster. */
export function podTrust({ account, region, name }: EksCluster): Policy {
  return policy({
    Effect: "Allow",
    Principal: { Service: "pods.eks.amazonaws.com" },
    Action: ["sts:AssumeRole", "sts:TagSession"],
    Condition: {
      StringEquals: { "aws:SourceAccount": account },
      ArnEquals: { "aws:SourceArn": `arn:${partitionOf(region)}:eks:${region}:${account}:cluster/${name}` },
    },
  });
}

/** Leaves it to the account's own policies who may use a key. */
export function accountsKey(account: string, region: string): Policy {
  return policy({
    Sid: "Account",
    Effect: "Allow",
    Principal: { AWS: `arn:${partitionOf(region)}:iam::${account}:root` },
    Action: "kms:*",
    Resource: "*",
  });
}
