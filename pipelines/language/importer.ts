import type { Json } from "../../constructs/kernel/json.ts";
import type { Argument } from "../graph/graph.ts";
import { unique } from "../graph/names.ts";
import { filled } from "./given.ts";
import type { Port, Ports } from "./ports.ts";
import type { Constant, Ref } from "./refs.ts";
import type { Metadata, StepBase } from "./steps.ts";
import type { AnyType, ArtifactType, StringType } from "./types.ts";

/** An artifact that is there already. */
export interface ImportProps<Schema extends string> {
  /** Where it is: `s3://…`. */
  readonly uri: string | Ref<StringType> | Ref<AnyType>;
  /** What it is: `dataset()`. */
  readonly type: Port<ArtifactType<Schema>>;
  /**
   * Whether it is recorded again where it was imported before.
   * @default false
   */
  readonly again?: boolean;
  /**
   * What is known of it; values that are known only when the pipeline runs may stand in it.
   * @default - nothing
   */
  readonly metadata?: Constant<Metadata>;
  /**
   * Whether it is copied into the run's workspace.
   * @default false
   */
  readonly toWorkspace?: boolean;
}

/** A step that imports an artifact. */
export interface Importer extends StepBase<Ports, Ports> {
  readonly kind: "importer";
  readonly type: ArtifactType;
  readonly again: boolean;
  /** What is known of it, with placeholders for the inputs that carry what is known later. */
  readonly metadata: Json | undefined;
  readonly toWorkspace: boolean;
}

/** The step that an import is, and what it is given: the values in its metadata are inputs of their own. */
export function importOf(props: ImportProps<string>): {
  readonly step: Importer;
  readonly given: Readonly<Record<string, Argument>>;
} {
  const { uri, type, again = false, toWorkspace = false } = props;
  const names = new Map<Ref, string>();
  const nameOf = (ref: Ref): string => {
    const taken = { has: (name: string) => [...names.values()].includes(name) };
    const name = names.get(ref) ?? unique("metadata", taken);
    names.set(ref, name);
    return name;
  };
  const metadata = props.metadata === undefined ? undefined : filled(props.metadata, nameOf);
  const inputs: Record<string, Port> = { uri: { type: { kind: "STRING" }, need: "required" } };
  const given: Record<string, Argument> = { uri };
  for (const [ref, name] of names) {
    inputs[name] = { type: ref.type, need: "required" };
    given[name] = ref;
  }
  const outputs = { artifact: { type: type.type, need: "required" } } as const;
  const step: Importer = {
    kind: "importer",
    name: "importer",
    inputs,
    outputs,
    type: type.type,
    again,
    metadata,
    toWorkspace,
  };
  return { step, given };
}
