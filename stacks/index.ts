/** Pulumi: what is deployed where. */
export { type Lowered, type LowerOptions, lower } from "./bridge/lower.ts";
export { type ExistingCluster, existingCluster } from "./cluster/existing.ts";
export {
  configFromEngine,
  type Environment,
  environmentSchema,
  loadEnvironmentFile,
  type ParseOptions,
  parseEnvironment,
} from "./environment/index.ts";
export { type Plan, type PlannedImage, type PlannedResource, planEnvironment, type Totals } from "./plan/index.ts";
export { type Outputs, type ProgramOptions, program } from "./program.ts";
