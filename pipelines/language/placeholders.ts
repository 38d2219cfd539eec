import type { Port, Ports } from "./ports.ts";
import type { ArtifactsType, ArtifactType, DataType, ParameterType } from "./types.ts";

/** What Kubeflow puts into a command when it starts the container; it may stand in a template literal. */
export class Placeholder {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** All that Kubeflow knows about a task's inputs and outputs, as JSON. */
export const executorInput = new Placeholder("{{$}}");
/** The folder that the steps of one run share, where the pipeline has a workspace. */
export const workspacePath = new Placeholder("{{$.workspace_path}}");

/** The parts of an artifact that a command can use. */
export interface ArtifactPlaceholders {
  readonly path: Placeholder;
  readonly uri: Placeholder;
  /** All of its metadata as JSON, or one entry. */
  metadata(key?: string): Placeholder;
}

/** Where a container writes a parameter. */
export interface OutputFile {
  readonly path: Placeholder;
}

type InputPlaceholder<Type extends DataType> = Type extends ArtifactType ? ArtifactPlaceholders : Placeholder;
type OutputPlaceholder<Type extends DataType> = Type extends ArtifactType
  ? ArtifactPlaceholders
  : Type extends ArtifactsType
    ? Placeholder
    : OutputFile;

/** The inputs and outputs of a step, for its command. */
export interface Words<Inputs extends Ports, Outputs extends Ports> {
  readonly inputs: { readonly [Key in keyof Inputs]: InputPlaceholder<Inputs[Key]["type"]> };
  readonly outputs: { readonly [Key in keyof Outputs]: OutputPlaceholder<Outputs[Key]["type"]> };
}

/** A word of a command. */
export type Word = string | Placeholder | Concatenation | IfPresent;

/** Words put together into one. */
export class Concatenation {
  readonly words: readonly Word[];

  constructor(words: readonly Word[]) {
    this.words = words;
  }
}

/** Words that are there only where an input was given. */
export class IfPresent {
  readonly input: string;
  readonly words: Word | readonly Word[];
  readonly otherwise: Word | readonly Word[] | undefined;

  constructor(input: string, words: Word | readonly Word[], otherwise: Word | readonly Word[] | undefined) {
    this.input = input;
    this.words = words;
    this.otherwise = otherwise;
  }
}

/** One word made of several, where a template literal cannot say it. */
export function concat(...words: readonly Word[]): Concatenation {
  return new Concatenation(words);
}

/** Words that are there only where the input was given, and others where it was not. */
export function ifPresent(input: string, words: Word | readonly Word[], otherwise?: Word | readonly Word[]): IfPresent {
  return new IfPresent(input, words, otherwise);
}

/** The placeholders of all inputs and outputs. */
export function wordsOf<Inputs extends Ports, Outputs extends Ports>(
  inputs: Inputs,
  outputs: Outputs,
): Words<Inputs, Outputs>;
export function wordsOf(inputs: Ports, outputs: Ports): Words<Ports, Ports> {
  return {
    inputs: mapped(inputs, (name, { type }) =>
      type.kind === "ARTIFACT" ? artifactPlaceholders("inputs", name) : inputPlaceholder(name, type),
    ),
    outputs: mapped(outputs, (name, { type }) =>
      type.kind === "ARTIFACT"
        ? artifactPlaceholders("outputs", name)
        : type.kind === "ARTIFACTS"
          ? new Placeholder(`{{$.outputs.artifacts['${name}']}}`)
          : { path: new Placeholder(`{{$.outputs.parameters['${name}'].output_file}}`) },
    ),
  };
}

/** What stands for the value of an input. */
export function inputValue(name: string): string {
  return `{{$.inputs.parameters['${name}']}}`;
}

function inputPlaceholder(name: string, type: ParameterType | ArtifactsType): Placeholder {
  return new Placeholder(type.kind === "ARTIFACTS" ? `{{$.inputs.artifacts['${name}']}}` : inputValue(name));
}

function artifactPlaceholders(side: "inputs" | "outputs", name: string): ArtifactPlaceholders {
  const artifact = `$.${side}.artifacts['${name}']`;
  return {
    path: new Placeholder(`{{${artifact}.path}}`),
    uri: new Placeholder(`{{${artifact}.uri}}`),
    metadata: (key) => new Placeholder(`{{${artifact}.metadata${key === undefined ? "" : `['${key}']`}}}`),
  };
}

function mapped<To>(ports: Ports, one: (name: string, port: Port) => To): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, one(name, port)]));
}
