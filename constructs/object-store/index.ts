export type { MinioAlerts } from "./alerts.ts";
export { type BucketProps, type GrantProps, Minio, type MinioProps } from "./minio.ts";
export { type Access, bucketPolicy, type PolicyDocument } from "./policy.ts";
