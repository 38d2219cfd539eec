import { FilieraError } from "../../constructs/kernel/errors.ts";
import type { Json } from "../../constructs/kernel/json.ts";
import type { Source } from "../graph/graph.ts";
import type { Port, Ports } from "./ports.ts";
import type {
  AnyType,
  ArtifactsType,
  ArtifactType,
  DataType,
  FinalStatusType,
  ParameterKind,
  ParameterType,
} from "./types.ts";

/** A value that is known only when the pipeline runs: an input of the pipeline, or an output of a task. */
export class Ref<out Type extends DataType = DataType> {
  readonly type: Type;
  /** @internal */
  readonly source: Source;

  constructor(type: Type, source: Source) {
    this.type = type;
    this.source = source;
  }

  /** Refuses: what is known only when the pipeline runs cannot stand in a text that is made now. */
  toString(): string {
    throw FilieraError.at(
      "pipeline",
      "found a value that is known only when the pipeline runs in a template literal: write text`…` before the template",
    );
  }
}

/** A text with values in it that are known only when the pipeline runs. */
export class Template {
  /** @internal */
  readonly parts: readonly (string | Ref<ParameterType>)[];

  constructor(parts: readonly (string | Ref<ParameterType>)[]) {
    this.parts = parts;
  }
}

/** A text with values in it that are known only when the pipeline runs: text`model of ${region}`. */
export function text(strings: TemplateStringsArray, ...values: readonly Ref<ParameterType>[]): Template {
  return new Template(
    strings.flatMap((string, index) => {
      const value = values[index];
      return value ? [string, value] : [string];
    }),
  );
}

/** Values by the name of their port. */
export type Refs<P extends Ports> = { readonly [Key in keyof P]: Ref<P[Key]["type"]> };

/** What may stand for a value of the type: the value, with references in it or not. */
export type Constant<Value> = Json extends Value
  ? Loose
  : Value extends string
    ? string extends Value
      ? Value | Template
      : Value
    : Value extends readonly (infer Item)[]
      ? readonly (Constant<Item> | Ref<ParameterType<ParameterKind, Item>>)[]
      : Value extends object
        ? Json extends Value[keyof Value]
          ? { readonly [key: string]: Loose }
          : { readonly [Key in keyof Value]: Constant<Value[Key]> | Ref<ParameterType<ParameterKind, Value[Key]>> }
        : Value;

/** Any JSON, with references in it or not. */
export type Loose =
  | null
  | string
  | number
  | boolean
  | Ref<ParameterType>
  | Template
  | readonly Loose[]
  | { readonly [key: string]: Loose };

/** What may be given for a port of the type. */
export type Given<Type extends DataType> =
  Type extends ArtifactType<infer Schema>
    ? Ref<ArtifactType<Fitting<Schema>>>
    : Type extends ArtifactsType<infer Schema>
      ? Ref<ArtifactsType<Fitting<Schema>>>
      : Type extends ParameterType<infer Kind, infer Value>
        ? Ref<ParameterType<Kind, Value>> | Ref<AnyType> | Constant<Value>
        : never;

/** The schemas that fit one: Kubeflow lets `system.Artifact` stand for any. */
type Fitting<Schema extends string> = Schema extends "system.Artifact" ? string : Schema | "system.Artifact";

type Required<P extends Ports> = {
  [Key in keyof P]: P[Key] extends Port<DataType, "required"> ? Key : never;
}[keyof P];
type Optional<P extends Ports> = {
  [Key in keyof P]: P[Key] extends Port<DataType, "optional"> ? Key : never;
}[keyof P];
type Passed<P extends Ports> = {
  [Key in keyof P]: P[Key] extends Port<DataType, "given"> ? Key : never;
}[keyof P];

/** What is given to the inputs of a step. What Kubeflow gives itself can only be passed on. */
export type Arguments<P extends Ports> = { readonly [Key in Required<P>]: Given<P[Key]["type"]> } & {
  readonly [Key in Optional<P>]?: Given<P[Key]["type"]>;
} & { readonly [Key in Passed<P>]?: Ref<FinalStatusType> };

/** What a pipeline gives for its outputs. */
export type Results<P extends Ports> = { readonly [Key in keyof P]: Extract<Given<P[Key]["type"]>, Ref> };

/** A reference for each port. */
export function refsOf<P extends Ports>(ports: P, source: (name: string) => Source): Refs<P>;
export function refsOf(ports: Ports, source: (name: string) => Source): Refs<Ports> {
  return Object.fromEntries(Object.entries(ports).map(([name, { type }]) => [name, new Ref(type, source(name))]));
}
