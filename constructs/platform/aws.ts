import type { AwsConfig } from "../aws/index.ts";
import { FilieraError } from "../kernel/errors.ts";
import type { PlatformConfig } from "./config.ts";

/** Where on AWS the platform's stores are. The environment's rules ask for it before a setting does. */
export function awsOf({ aws }: PlatformConfig, setting: string): AwsConfig {
  if (!aws) throw FilieraError.at("filiera:aws", `missing; allowed: where on AWS the store of ${setting} is`);
  return aws;
}
