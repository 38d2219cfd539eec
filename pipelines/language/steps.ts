import type { Json } from "../../constructs/kernel/json.ts";
import type { ContainerStep } from "./container-step.ts";
import type { Importer } from "./importer.ts";
import type { Pipeline } from "./pipeline.ts";
import type { Ports } from "./ports.ts";
import type { PythonStep } from "./python-step.ts";

/** What can be put into a pipeline: a step, or another pipeline. */
export type Step<Inputs extends Ports = Ports, Outputs extends Ports = Ports> =
  | ContainerStep<Inputs, Outputs>
  | PythonStep<Inputs, Outputs>
  | Pipeline<Inputs, Outputs>;

/** What a task runs. */
export type AnyStep = Step | Importer;

/** What every step says of itself. */
export interface StepBase<Inputs extends Ports, Outputs extends Ports> {
  /** Its name; that of its tasks follows from it. */
  readonly name: string;
  readonly inputs: Inputs;
  readonly outputs: Outputs;
}

/** Metadata of an artifact. */
export type Metadata = { readonly [key: string]: Json };
