import type { Json } from "../../constructs/kernel/json.ts";
import type {
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
} from "./types.ts";

/** Whether a port must be given, may be left out, or is given by Kubeflow itself. */
export type Need = "required" | "optional" | "given";

/** A declared input or output of a step or a pipeline. */
export interface Port<Type extends DataType = DataType, Needed extends Need = Need> {
  readonly type: Type;
  readonly need: Needed;
  readonly default?: Json | undefined;
  readonly description?: string | undefined;
}

/** Inputs or outputs by name. */
export type Ports = Readonly<Record<string, Port>>;

/** No ports. */
export type NoPorts = Readonly<Record<never, never>>;

/** What can be said of any port. */
export interface PortOptions {
  /**
   * Whether the input may be left out.
   * @default - an input with a default may be left out, any other must be given
   */
  readonly optional?: boolean;
  /**
   * A sentence for people.
   * @default - none
   */
  readonly description?: string;
}

/** What can be said of a parameter. */
export interface ParameterOptions<Value> extends PortOptions {
  /**
   * The value where none is given.
   * @default - none
   */
  readonly default?: Value;
}

type NeedOf<Options> = Options extends { readonly optional: false }
  ? "required"
  : Options extends { readonly default: unknown } | { readonly optional: true }
    ? "optional"
    : "required";

/** The values of the port in a list or a struct. */
type ValueOf<Item extends Port> = Item extends Port<ParameterType<infer _, infer Value>> ? Value : never;

/** The values of a struct with declared fields. */
type FieldsOf<Fields extends Ports> = { readonly [Key in keyof Fields]: ValueOf<Fields[Key]> };

function needOf<Options>(options: Options | undefined): NeedOf<Options>;
function needOf(options: ParameterOptions<unknown> | undefined): Need {
  return (options?.optional ?? options?.default !== undefined) ? "optional" : "required";
}

function port<Type extends DataType, Options extends ParameterOptions<Json>>(
  type: Type,
  options: Options | undefined,
): Port<Type, NeedOf<Options>> {
  return { type, need: needOf(options), default: options?.default, description: options?.description };
}

/** A text. */
export function string<const Options extends ParameterOptions<string> = NoPorts>(
  options?: Options,
): Port<StringType, NeedOf<Options>> {
  return port({ kind: "STRING" }, options);
}

/** One text out of several. */
export function choice<const Text extends string, const Options extends ParameterOptions<NoInfer<Text>> = NoPorts>(
  choices: readonly Text[],
  options?: Options,
): Port<StringType<Text>, NeedOf<Options>> {
  return port({ kind: "STRING", choices }, options);
}

/** A whole number. */
export function integer<const Options extends ParameterOptions<number> = NoPorts>(
  options?: Options,
): Port<IntegerType, NeedOf<Options>> {
  return port({ kind: "NUMBER_INTEGER" }, options);
}

/** A number with a fraction. */
export function double<const Options extends ParameterOptions<number> = NoPorts>(
  options?: Options,
): Port<DoubleType, NeedOf<Options>> {
  return port({ kind: "NUMBER_DOUBLE" }, options);
}

/** True or false. */
export function boolean<const Options extends ParameterOptions<boolean> = NoPorts>(
  options?: Options,
): Port<BooleanType, NeedOf<Options>> {
  return port({ kind: "BOOLEAN" }, options);
}

/** A list of anything. */
export function list<const Options extends ParameterOptions<readonly Json[]> = NoPorts>(
  options?: Options,
): Port<ListType, NeedOf<Options>> {
  return port({ kind: "LIST" }, options);
}

/** A list of one kind of parameter: `listOf(integer())`. */
export function listOf<
  Item extends Port<ParameterType>,
  const Options extends ParameterOptions<readonly (ValueOf<Item> & Json)[]> = NoPorts,
>(item: Item, options?: Options): Port<ListType<ValueOf<Item>>, NeedOf<Options>> {
  return port({ kind: "LIST", items: item.type }, options);
}

/** An object of anything. */
export function struct<const Options extends ParameterOptions<{ readonly [key: string]: Json }> = NoPorts>(
  options?: Options,
): Port<StructType, NeedOf<Options>> {
  return port({ kind: "STRUCT" }, options);
}

/** An object with these fields: `structOf({ rate: double() })`. */
export function structOf<
  Fields extends Readonly<Record<string, Port<ParameterType>>>,
  const Options extends ParameterOptions<FieldsOf<Fields> & { readonly [key: string]: Json }> = NoPorts,
>(fields: Fields, options?: Options): Port<StructType<FieldsOf<Fields>>, NeedOf<Options>> {
  const types = Object.fromEntries(Object.entries(fields).map(([name, { type }]) => [name, type]));
  return port({ kind: "STRUCT", fields: types }, options);
}

/** An input that Kubeflow fills with how the watched tasks ended. */
export function finalStatus(options?: { readonly description?: string }): Port<FinalStatusType, "given"> {
  return { type: { kind: "TASK_FINAL_STATUS" }, need: "given", description: options?.description };
}

/** An artifact of a schema of your own. KFP's tools take titles that begin with `system.` or `google.` only. */
export function artifactOf<
  const Schema extends `system.${string}` | `google.${string}`,
  const Options extends SchemaOptions = NoPorts,
>(schema: Schema, options?: Options): Port<ArtifactType<Schema>, NeedOf<Options>> {
  const version = options?.version ?? "0.0.1";
  return {
    type: { kind: "ARTIFACT", schema, version },
    need: needOf(options),
    description: options?.description,
  };
}

/** What can be said of an artifact of a schema of your own. */
export interface SchemaOptions extends PortOptions {
  /**
   * The schema's version.
   * @default "0.0.1"
   */
  readonly version?: string;
}

/** Any artifact. */
export function artifact<const Options extends PortOptions = NoPorts>(options?: Options) {
  return artifactOf("system.Artifact", options);
}

/** A dataset. */
export function dataset<const Options extends PortOptions = NoPorts>(options?: Options) {
  return artifactOf("system.Dataset", options);
}

/** A model. */
export function model<const Options extends PortOptions = NoPorts>(options?: Options) {
  return artifactOf("system.Model", options);
}

/** Numbers to show. */
export function metrics<const Options extends PortOptions = NoPorts>(options?: Options) {
  return artifactOf("system.Metrics", options);
}

/** A ROC curve or a confusion matrix to show. */
export function classificationMetrics<const Options extends PortOptions = NoPorts>(options?: Options) {
  return artifactOf("system.ClassificationMetrics", options);
}

/** The same by slices of the data. */
export function slicedClassificationMetrics<const Options extends PortOptions = NoPorts>(options?: Options) {
  return artifactOf("system.SlicedClassificationMetrics", options);
}

/** A page to show. */
export function html<const Options extends PortOptions = NoPorts>(options?: Options) {
  return artifactOf("system.HTML", options);
}

/** A Markdown text to show. */
export function markdown<const Options extends PortOptions = NoPorts>(options?: Options) {
  return artifactOf("system.Markdown", options);
}

/** A list of artifacts of one schema: `artifactsOf(dataset())`. */
export function artifactsOf<const Schema extends string, const Options extends PortOptions = NoPorts>(
  item: Port<ArtifactType<Schema>>,
  options?: Options,
): Port<ArtifactsType<Schema>, NeedOf<Options>> {
  const { schema, version } = item.type;
  return {
    type: { kind: "ARTIFACTS", schema, version },
    need: needOf(options),
    description: options?.description,
  };
}
