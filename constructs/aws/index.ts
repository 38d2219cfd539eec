export type { AwsConfig } from "./config.ts";
export { type Account, type AwsServices, awsHoles, type S3Grant } from "./services.ts";
