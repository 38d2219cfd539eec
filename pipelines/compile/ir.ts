import type { Json, JsonObject } from "../../constructs/kernel/json.ts";

/** What the IR says of a pipeline, as its JSON has it. */
export interface PipelineSpec {
  readonly pipelineInfo: { readonly name: string; readonly displayName?: string; readonly description?: string };
  readonly schemaVersion: "2.1.0";
  readonly sdkVersion: string;
  readonly defaultPipelineRoot?: string;
  readonly root: ComponentSpec;
  readonly components?: Readonly<Record<string, ComponentSpec>>;
  readonly deploymentSpec: { readonly executors?: Readonly<Record<string, Executor>> };
}

/** What only some platform knows, as its JSON has it. */
export interface PlatformSpec {
  readonly platforms: {
    readonly kubernetes: {
      readonly deploymentSpec?: { readonly executors: Readonly<Record<string, JsonObject>> };
      readonly pipelineConfig?: JsonObject;
    };
  };
}

/** The type of an artifact. */
export interface ArtifactSchema {
  readonly schemaTitle: string;
  readonly schemaVersion: string;
}

/** An input or output that is a parameter. */
export interface ParameterSpec {
  readonly parameterType: string;
  readonly isOptional?: true;
  readonly defaultValue?: Json;
  readonly description?: string;
}

/** An input or output that is an artifact, or a list of them. */
export interface ArtifactSpec {
  readonly artifactType: ArtifactSchema;
  readonly isArtifactList?: true;
  readonly isOptional?: true;
  readonly description?: string;
}

/** Inputs or outputs of a component. */
export interface Definitions {
  readonly parameters?: Readonly<Record<string, ParameterSpec>>;
  readonly artifacts?: Readonly<Record<string, ArtifactSpec>>;
}

/** What a task runs: an executor or a DAG. */
export interface ComponentSpec {
  readonly executorLabel?: string;
  readonly dag?: Dag;
  readonly inputDefinitions?: Definitions;
  readonly outputDefinitions?: Definitions;
}

/** Tasks that hang together. */
export interface Dag {
  readonly tasks: Record<string, TaskSpec>;
  readonly outputs?: DagOutputs;
}

/** An output of a task in the DAG. */
export interface ParameterSelector {
  readonly producerSubtask: string;
  readonly outputParameterKey: string;
}

/** Where the outputs of a DAG come from. */
export interface DagOutputs {
  readonly parameters?: Readonly<
    Record<
      string,
      | { readonly valueFromParameter: ParameterSelector }
      | { readonly valueFromOneof: { readonly parameterSelectors: readonly ParameterSelector[] } }
    >
  >;
  readonly artifacts?: Readonly<
    Record<
      string,
      {
        readonly artifactSelectors: readonly { readonly producerSubtask: string; readonly outputArtifactKey: string }[];
      }
    >
  >;
}

/** Where a parameter of a task comes from. */
export interface ParameterBinding {
  readonly taskOutputParameter?: { readonly producerTask: string; readonly outputParameterKey: string };
  readonly componentInputParameter?: string;
  readonly parameterExpressionSelector?: string;
  readonly runtimeValue?: { readonly constant: Json };
  readonly taskFinalStatus?: { readonly producerTask: string };
}

/** Where an artifact of a task comes from. */
export interface ArtifactBinding {
  readonly taskOutputArtifact?: { readonly producerTask: string; readonly outputArtifactKey: string };
  readonly componentInputArtifact?: string;
}

/** What a task is given. */
export interface TaskInputs {
  readonly parameters?: Readonly<Record<string, ParameterBinding>>;
  readonly artifacts?: Readonly<Record<string, ArtifactBinding>>;
}

/** A node of a DAG. */
export interface TaskSpec {
  readonly taskInfo: { readonly name: string };
  readonly componentRef: { readonly name: string };
  readonly inputs?: TaskInputs;
  readonly dependentTasks?: readonly string[];
  readonly cachingOptions?: { readonly enableCache?: true; readonly cacheKey?: string };
  readonly retryPolicy?: JsonObject;
  readonly triggerPolicy?: { readonly condition?: string; readonly strategy?: string };
  readonly iteratorPolicy?: { readonly parallelismLimit: number };
  readonly parameterIterator?: {
    readonly itemInput: string;
    readonly items: { raw?: string; inputParameter?: string };
  };
  readonly artifactIterator?: { readonly itemInput: string; readonly items: { readonly inputArtifact: string } };
}

/** What runs a component that is no DAG. */
export interface Executor {
  readonly container?: JsonObject;
  readonly importer?: JsonObject;
}
