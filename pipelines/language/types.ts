import type { Json } from "../../constructs/kernel/json.ts";

/** The kinds of parameters that the IR knows. */
export type ParameterKind =
  | "STRING"
  | "NUMBER_INTEGER"
  | "NUMBER_DOUBLE"
  | "BOOLEAN"
  | "LIST"
  | "STRUCT"
  | "TASK_FINAL_STATUS";

/** A parameter's type: what the IR calls it, and the values that TypeScript allows for it. */
export interface ParameterType<Kind extends ParameterKind = ParameterKind, Value = unknown> {
  readonly kind: Kind;
  /** Never there: it carries the values' type. */
  readonly value?: Value;
  /** The texts that a `choice` allows. */
  readonly choices?: readonly string[] | undefined;
  /** The type of a list's items, where it is declared. */
  readonly items?: ParameterType | undefined;
  /** The types of a struct's fields, where they are declared. */
  readonly fields?: Readonly<Record<string, ParameterType>> | undefined;
}

/** A text. */
export type StringType<Text extends string = string> = ParameterType<"STRING", Text>;
/** A whole number. */
export type IntegerType = ParameterType<"NUMBER_INTEGER", number>;
/** A number with a fraction. */
export type DoubleType = ParameterType<"NUMBER_DOUBLE", number>;
/** True or false. */
export type BooleanType = ParameterType<"BOOLEAN", boolean>;
/** A list. */
export type ListType<Item = Json> = ParameterType<"LIST", readonly Item[]>;
/** An object. */
export type StructType<Value = { readonly [key: string]: Json }> = ParameterType<"STRUCT", Value>;
/** How the tasks ended that an exit handler watches. */
export type FinalStatusType = ParameterType<"TASK_FINAL_STATUS", never>;
/** What is known to be a parameter and no more, such as an item of an undeclared list: it fits every parameter. */
export type AnyType = ParameterType<never, never>;

/** An artifact's type: its schema, such as `system.Model`. */
export interface ArtifactType<Schema extends string = string> {
  readonly kind: "ARTIFACT";
  readonly schema: Schema;
  readonly version: string;
}

/** The type of a list of artifacts. */
export interface ArtifactsType<Schema extends string = string> {
  readonly kind: "ARTIFACTS";
  readonly schema: Schema;
  readonly version: string;
}

/** Whatever goes from one step to another. */
export type DataType = ParameterType | ArtifactType | ArtifactsType;

/** Whether a type is a parameter's. */
export function isParameter(type: DataType): type is ParameterType {
  return type.kind !== "ARTIFACT" && type.kind !== "ARTIFACTS";
}

/** What people call a type. */
export function nameOf(type: DataType): string {
  if (type.kind === "ARTIFACT") return type.schema;
  if (type.kind === "ARTIFACTS") return `list of ${type.schema}`;
  if (type.choices) return type.choices.map((choice) => JSON.stringify(choice)).join(" or ");
  return NAMES[type.kind];
}

const NAMES: Readonly<Record<ParameterKind, string>> = {
  STRING: "string",
  NUMBER_INTEGER: "integer",
  NUMBER_DOUBLE: "double",
  BOOLEAN: "boolean",
  LIST: "list",
  STRUCT: "struct",
  TASK_FINAL_STATUS: "final status",
};
