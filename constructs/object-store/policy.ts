/** An IAM policy document, as S3 and MinIO read it. */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly PolicyStatement[];
}

interface PolicyStatement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  /** @default - MinIO's own administration, which has no resources */
  readonly Resource?: readonly string[];
  readonly Condition?: { readonly StringLike: Readonly<Record<string, readonly string[]>> };
}

/** A part of a bucket that may be granted: a path without wildcards, and without slashes at its ends. */
export const PREFIX = /^[\w!'().-]+(\/[\w!'().-]+)*$/;

/** What a consumer may do in its part of a bucket. */
export type Access = "read" | "read-write";

/**
 * Lets a credential into one bucket, below a prefix if one is given, and nowhere else. Old versions cannot be deleted,
 * and the credential can change neither itself nor anybody else: MinIO lets users make further keys unless denied.
 */
export function bucketPolicy(bucket: string, prefix: string | undefined, access: Access): PolicyDocument {
  const place = `arn:aws:s3:::${bucket}`;
  const objects = [`${place}/${prefix ? `${prefix}/*` : "*"}`];
  const writing = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"];
  return {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: ["s3:GetBucketLocation"], Resource: [place] },
      {
        Effect: "Allow",
        Action: ["s3:ListBucket"],
        Resource: [place],
        ...(prefix && { Condition: { StringLike: { "s3:prefix": [`${prefix}/*`] } } }),
      },
      {
        Effect: "Allow",
        Action: access === "read-write" ? ["s3:GetObject", ...writing] : ["s3:GetObject"],
        Resource: objects,
      },
      { Effect: "Deny", Action: ["s3:DeleteObjectVersion"], Resource: objects },
      { Effect: "Deny", Action: ["admin:*"] },
    ],
  };
}
