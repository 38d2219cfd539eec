import { Bucket as S3Bucket } from "@pulumi/aws/s3/bucket.js";
import { BucketLifecycleConfiguration } from "@pulumi/aws/s3/bucketLifecycleConfiguration.js";
import { BucketObjectLockConfiguration } from "@pulumi/aws/s3/bucketObjectLockConfiguration.js";
import { BucketOwnershipControls } from "@pulumi/aws/s3/bucketOwnershipControls.js";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning.js";
import * as pulumi from "@pulumi/pulumi";
import type { S3BucketProps } from "../../constructs/object-store/index.ts";
import { tlsOnly } from "./policies.ts";

/** @see Bucket */
interface BucketArgs extends S3BucketProps {
  readonly region: string;
  /** ARN of the key that encrypts it. */
  readonly key: pulumi.Input<string>;
  readonly protect: boolean;
}

/** How long an upload may lie about unfinished. */
const UNFINISHED_DAYS = 7;

/**
 * A bucket that nobody outside its account can be let into: public access blocked, ACLs off, TLS only, encrypted by a
 * key of KMS. It stays with its objects and all that guards it when it leaves the program.
 */
export class Bucket extends pulumi.ComponentResource {
  /** What must be there before somebody writes to it. */
  readonly whole: readonly pulumi.Resource[];

  constructor(name: string, args: BucketArgs, options: pulumi.ComponentResourceOptions) {
    super("filiera:aws:Bucket", name, {}, options);
    const { region, key, protect, lock, versioning = false, keepVersionsDays } = args;
    const stays = { parent: this, retainOnDelete: true };
    const bucket = new S3Bucket(
      name,
      { bucket: name, forceDestroy: false, ...(lock && { objectLockEnabled: true }) },
      { ...stays, protect },
    ).bucket;
    const closed = new BucketPublicAccessBlock(
      name,
      { bucket, blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
      stays,
    );
    const owner = new BucketOwnershipControls(
      name,
      { bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
      stays,
    );
    const encryption = new BucketServerSideEncryptionConfiguration(
      name,
      {
        bucket,
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key },
            // one question to KMS for many objects
            bucketKeyEnabled: true,
          },
        ],
      },
      stays,
    );
    const versions = new BucketVersioning(
      name,
      // what has once had versions can only be suspended
      { bucket, versioningConfiguration: { status: versioning || lock ? "Enabled" : "Suspended" } },
      stays,
    );
    const policy = new BucketPolicy(
      name,
      { bucket, policy: JSON.stringify(tlsOnly({ region, bucket: name })) },
      { ...stays, dependsOn: [closed] },
    );
    const lifecycle = new BucketLifecycleConfiguration(
      name,
      {
        bucket,
        rules: [
          {
            id: "filiera",
            status: "Enabled",
            filter: { prefix: "" },
            abortIncompleteMultipartUpload: { daysAfterInitiation: UNFINISHED_DAYS },
            ...(keepVersionsDays !== undefined && {
              noncurrentVersionExpiration: { noncurrentDays: keepVersionsDays },
            }),
          },
        ],
      },
      { ...stays, dependsOn: [versions] },
    );
    const locked = lock && [
      new BucketObjectLockConfiguration(
        name,
        { bucket, rule: { defaultRetention: { mode: lock.mode.toUpperCase(), days: lock.days } } },
        { ...stays, dependsOn: [versions] },
      ),
    ];
    this.whole = [closed, owner, encryption, versions, policy, lifecycle, ...(locked ?? [])];
    this.registerOutputs({});
  }
}
