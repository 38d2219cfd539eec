import { type Word, type Words, wordsOf } from "./placeholders.ts";
import type { NoPorts, Ports } from "./ports.ts";
import type { StepBase } from "./steps.ts";

/** A container that a step runs. */
export interface Container {
  readonly image: string;
  /** @default - the image's */
  readonly command?: readonly Word[];
  /** @default - the image's */
  readonly args?: readonly Word[];
  /** @default - none */
  readonly env?: Readonly<Record<string, string>>;
}

/** A step that runs a container. */
export interface ContainerStep<Inputs extends Ports = Ports, Outputs extends Ports = Ports>
  extends StepBase<Inputs, Outputs> {
  readonly kind: "container";
  readonly container: Container;
}

/** What a container step is made of. */
export interface ContainerStepProps<Inputs extends Ports, Outputs extends Ports> {
  /** Its name; that of its tasks follows from it. */
  readonly name: string;
  /** @default - none */
  readonly inputs?: Inputs;
  /** @default - none */
  readonly outputs?: Outputs;
  /** The container, or what makes it of the placeholders of the inputs and outputs. */
  readonly container: Container | ((words: Words<Inputs, Outputs>) => Container);
}

/**
 * A step that runs a container.
 *
 * @example
 * const count = containerStep({
 *   name: "count",
 *   inputs: { table: dataset() },
 *   outputs: { rows: integer() },
 *   container: ({ inputs, outputs }) => ({
 *     image: "busybox:1.37",
 *     command: ["sh", "-c", 'wc -l < "$0" > "$1"', inputs.table.path, outputs.rows.path],
 *   }),
 * });
 */
export function containerStep<const Inputs extends Ports = NoPorts, const Outputs extends Ports = NoPorts>(
  props: ContainerStepProps<Inputs, Outputs>,
): ContainerStep<Inputs, Outputs>;
export function containerStep(props: ContainerStepProps<Ports, Ports>): ContainerStep {
  const { name, inputs = {}, outputs = {}, container } = props;
  return {
    kind: "container",
    name,
    inputs,
    outputs,
    container: typeof container === "function" ? container(wordsOf(inputs, outputs)) : container,
  };
}
