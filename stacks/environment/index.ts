export type {
  ClusterConfig,
  Concern,
  Environment,
  Profile,
  StateConfig,
} from "./config.ts";
export { checkEnvironmentName, configOf, environmentNames, loadEnvironmentFile } from "./file.ts";
export { environmentSchema } from "./json-schema.ts";
export { configFromEngine, type ParseOptions, parseEnvironment } from "./parse.ts";
export { type ProfileDefaults, profiles } from "./profiles.ts";
export type { Rule } from "./rule.ts";
export { rules } from "./rules.ts";
