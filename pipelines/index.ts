/** Kubeflow pipelines in TypeScript: a typed language and its compiler to KFP's IR. */
export { type Compiled, type CompileOptions, compile } from "./compile/compile.ts";
export type { PipelineSpec, PlatformSpec } from "./compile/ir.ts";
export { toPipelineYaml } from "./compile/yaml.ts";
export { type TaskState, toSvg } from "./draw/svg.ts";
export type { Branch } from "./language/branch.ts";
export { createClaim, deleteClaim } from "./language/claims.ts";
export {
  atLeast,
  atMost,
  type Comparison,
  type Condition,
  equal,
  greaterThan,
  lessThan,
  negated,
  notEqual,
} from "./language/conditions.ts";
export {
  type Container,
  type ContainerStep,
  type ContainerStepProps,
  containerStep,
} from "./language/container-step.ts";
export { collected, oneOf } from "./language/gather.ts";
export type { Importer, ImportProps } from "./language/importer.ts";
export type * from "./language/kubernetes.ts";
export type { LoopItem } from "./language/loop.ts";
export {
  type Pipeline,
  type PipelineOptions,
  type PipelineProps,
  pipeline,
  type Workspace,
} from "./language/pipeline.ts";
export {
  type ArtifactPlaceholders,
  concat,
  executorInput,
  ifPresent,
  type Placeholder,
  type Word,
  type Words,
  workspacePath,
} from "./language/placeholders.ts";
export {
  artifact,
  artifactOf,
  artifactsOf,
  boolean,
  choice,
  classificationMetrics,
  dataset,
  double,
  finalStatus,
  html,
  integer,
  list,
  listOf,
  markdown,
  metrics,
  model,
  type Need,
  type ParameterOptions,
  type Port,
  type PortOptions,
  type Ports,
  type SchemaOptions,
  slicedClassificationMetrics,
  string,
  struct,
  structOf,
} from "./language/ports.ts";
export { type PythonStep, type PythonStepProps, pythonStep } from "./language/python-step.ts";
export { type Arguments, type Ref, type Refs, type Results, type Template, text } from "./language/refs.ts";
export type { GroupOptions, LoopOptions, Scope } from "./language/scope.ts";
export type { Accelerator, Cpu, Memory, Resources, Retry, Settings, Time } from "./language/settings.ts";
export type { Step } from "./language/steps.ts";
export type { Task, Upstream, Watched } from "./language/task.ts";
export type {
  AnyType,
  ArtifactsType,
  ArtifactType,
  BooleanType,
  DataType,
  DoubleType,
  FinalStatusType,
  IntegerType,
  ListType,
  ParameterType,
  StringType,
  StructType,
} from "./language/types.ts";
export type { DemandRows, ForecasterParameters, ForecastTerms, StockPolicy } from "./steps/forecast/types.ts";
export {
  type Consuming,
  consuming,
  type Deploying,
  deploying,
  type Keyed,
  keyed,
  type StepLibraryProps,
  stepLibrary,
  type Tracked,
  tracked,
} from "./steps/library.ts";
export type { NetworkTraining, WindowRecipe } from "./steps/networks/types.ts";
export type { FeedbackCuts, RankingLimits, RankingRules, RankingTerms } from "./steps/ranking/types.ts";
export type {
  Column,
  ColumnPolicy,
  DataSchema,
  FairnessLimits,
  FairnessRules,
  PromotionTerms,
  Recipe,
  RecordColumns,
  TrafficPlan,
  TrafficStep,
  Treatment,
} from "./steps/types.ts";
