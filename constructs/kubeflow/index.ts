export { type CompiledPipeline, PipelineRelease, type PipelineReleaseProps } from "./pipeline-release.ts";
