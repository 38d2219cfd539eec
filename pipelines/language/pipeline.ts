import { FilieraError, isFilieraError, messageOf } from "../../constructs/kernel/errors.ts";
import { graphOf } from "../graph/collect.ts";
import type { Graph } from "../graph/graph.ts";
import type { NoPorts, Ports } from "./ports.ts";
import { type Refs, type Results, refsOf } from "./refs.ts";
import { describe, type Scope } from "./scope.ts";
import type { Memory, Time } from "./settings.ts";
import type { Metadata, StepBase } from "./steps.ts";

/** Steps and how they hang together. */
export interface Pipeline<Inputs extends Ports = Ports, Outputs extends Ports = Ports>
  extends StepBase<Inputs, Outputs> {
  readonly kind: "pipeline";
  readonly options: PipelineOptions;
  /** @internal */
  describe(): Graph;
}

/** What can be said of a pipeline as a whole. */
export interface PipelineOptions {
  /**
   * What it is for.
   * @default - nothing is said
   */
  readonly description?: string;
  /**
   * What people see in place of its name.
   * @default - its name
   */
  readonly displayName?: string;
  /**
   * Where its artifacts are stored.
   * @default - where Kubeflow is set to store them
   */
  readonly storage?: string;
  /**
   * A volume that all steps of one run share.
   * @default - none
   */
  readonly workspace?: Workspace;
  /**
   * How long a run may take before it is stopped.
   * @default - as long as it likes
   */
  readonly timeout?: Time;
  /**
   * How long a run's workflow is kept in the cluster after it ended, or after it succeeded or failed.
   * @default - for ever
   */
  readonly keep?: { readonly ended?: Time; readonly succeeded?: Time; readonly failed?: Time };
}

/** A volume that all steps of one run share. */
export interface Workspace {
  readonly size: Memory;
  /**
   * What its claim says besides, such as `storageClassName`.
   * @default - nothing
   */
  readonly claim?: Metadata;
}

/** What a pipeline is made of. */
export interface PipelineProps<Inputs extends Ports> extends PipelineOptions {
  /** Its name: lower-case letters, digits and dashes. */
  readonly name: string;
  /** @default - none */
  readonly inputs?: Inputs;
}

/**
 * A pipeline: what is done with its inputs, and what comes of it.
 *
 * @example
 * const training = pipeline(
 *   { name: "training", inputs: { url: string() }, outputs: { model: model() } },
 *   (steps, { url }) => {
 *     const prepared = steps.run(prepare, { url });
 *     const trained = steps.run(train, { table: prepared.outputs.table });
 *     return { model: trained.outputs.model };
 *   },
 * );
 */
export function pipeline<const Inputs extends Ports = NoPorts>(
  props: PipelineProps<Inputs>,
  body: (steps: Scope, inputs: Refs<Inputs>) => void,
): Pipeline<Inputs, NoPorts>;
export function pipeline<const Outputs extends Ports, const Inputs extends Ports = NoPorts>(
  props: PipelineProps<Inputs> & { readonly outputs: Outputs },
  body: (steps: Scope, inputs: Refs<Inputs>) => Results<NoInfer<Outputs>>,
): Pipeline<Inputs, Outputs>;
export function pipeline(
  props: PipelineProps<Ports> & { readonly outputs?: Ports },
  body: (steps: Scope, inputs: Refs<Ports>) => unknown,
): Pipeline {
  const { name, inputs = {}, outputs = {}, ...options } = props;
  return {
    kind: "pipeline",
    name,
    inputs,
    outputs,
    options,
    describe() {
      const graph = graphOf(name, inputs, outputs);
      const refs = refsOf(inputs, (input) => ({ from: "input", graph, name: input }));
      const results = described(name, () => describe(graph.root, (steps) => body(steps, refs)));
      // without outputs, what the function returns is no matter
      if (props.outputs && isGiven(results)) graph.results = results;
      return graph;
    },
  };
}

/** What describing comes to; where the user's own function throws, its path and why. */
function described<Result>(name: string, body: () => Result): Result {
  try {
    return body();
  } catch (error) {
    if (isFilieraError(error)) throw error;
    throw new FilieraError([{ path: name, message: `found that its description fails: ${messageOf(error)}` }], {
      cause: error,
    });
  }
}

/** What a function gave for the outputs: TypeScript has checked it, and compiling checks it again. */
function isGiven(results: unknown): results is Refs<Ports> {
  return typeof results === "object" && results !== null;
}
