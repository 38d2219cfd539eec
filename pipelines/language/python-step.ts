import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type { NoPorts, Ports } from "./ports.ts";
import type { StepBase } from "./steps.ts";

/** A step that runs a function of a Python file. */
export interface PythonStep<Inputs extends Ports = Ports, Outputs extends Ports = Ports>
  extends StepBase<Inputs, Outputs> {
  readonly kind: "python";
  readonly file: string;
  readonly function: string;
  readonly image: string;
  readonly packages: readonly string[] | undefined;
}

/** What a Python step is made of. */
export interface PythonStepProps<Inputs extends Ports, Outputs extends Ports> {
  /** The file: `new URL("./train.py", import.meta.url)`. It is read when a pipeline with the step is compiled. */
  readonly file: URL | string;
  /**
   * The function in it.
   * @default - the file's name without `.py`
   */
  readonly function?: string;
  /**
   * The step's name; that of its tasks follows from it.
   * @default - the function's name
   */
  readonly name?: string;
  /** @default - none */
  readonly inputs?: Inputs;
  /** @default - none */
  readonly outputs?: Outputs;
  /**
   * The image that it runs in. Without `packages` it must have Python and kfp, as an image of yours has.
   * @default "python:3.11", with kfp installed when the step starts
   */
  readonly image?: string;
  /**
   * What pip installs when the step starts, and kfp beside it.
   * @default - nothing if an image is given
   */
  readonly packages?: readonly string[];
}

/**
 * A step that runs a function of a Python file. Its signature is compared with the ports when a pipeline with it is compiled.
 *
 * @example
 * const train = pythonStep({
 *   file: new URL("./train.py", import.meta.url),
 *   inputs: { table: dataset(), rate: double({ default: 0.1 }) },
 *   outputs: { model: model() },
 *   packages: ["scikit-learn==1.5.2"],
 * });
 */
export function pythonStep<const Inputs extends Ports = NoPorts, const Outputs extends Ports = NoPorts>(
  props: PythonStepProps<Inputs, Outputs>,
): PythonStep<Inputs, Outputs>;
export function pythonStep(props: PythonStepProps<Ports, Ports>): PythonStep {
  const file = props.file instanceof URL ? fileURLToPath(props.file) : props.file;
  const name = props.function ?? basename(file, ".py");
  return {
    kind: "python",
    name: props.name ?? name,
    inputs: props.inputs ?? {},
    outputs: props.outputs ?? {},
    file,
    function: name,
    image: props.image ?? "python:3.11",
    packages: props.packages ?? (props.image === undefined ? [] : undefined),
  };
}
