export type { MinioAlerts } from "./alerts.ts";
export { type BucketProps, type GrantProps, Minio, type MinioProps } from "./minio.ts";
export { type Access, bucketPolicy, type PolicyDocument } from "./policy.ts";
export { S3, type S3BucketProps, type S3GrantProps, type S3Props } from "./s3.ts";
