export { type CompiledPipeline, PipelineRelease, type PipelineReleaseProps } from "./pipeline-release.ts";
export type { RecurringRun, RecurringRunsProps, Schedule } from "./recurring-runs.ts";
export type { KubeflowServer } from "./server.ts";
