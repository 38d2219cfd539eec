import type { Json } from "../../constructs/kernel/json.ts";
import type { Condition } from "../language/conditions.ts";
import type { Ports } from "../language/ports.ts";
import type { Ref, Template } from "../language/refs.ts";
import type { Settings } from "../language/settings.ts";
import type { AnyStep } from "../language/steps.ts";
import type { DataType } from "../language/types.ts";

/** Where a value comes from. */
export type Source =
  | { readonly from: "input"; readonly graph: Graph; readonly name: string }
  | { readonly from: "task"; readonly task: TaskNode; readonly output: string }
  | { readonly from: "item"; readonly loop: LoopGroup }
  | { readonly from: "field"; readonly of: Ref; readonly field: string }
  | { readonly from: "collected"; readonly ref: Ref }
  | { readonly from: "oneOf"; readonly branches: PlainGroup; readonly refs: readonly Ref[]; readonly index: number };

/** What is given to an input: a value of now, a reference, or one with references in it. */
export type Argument = Json | Ref | Template | readonly Argument[] | { readonly [key: string]: Argument };

/** A pipeline while it is described: its groups and tasks, in the order in which they were added. */
export interface Graph {
  readonly name: string;
  readonly inputs: Ports;
  readonly outputs: Ports;
  readonly root: Group;
  readonly tasks: Map<string, TaskNode>;
  /** What is given for the pipeline's outputs, once it is described. */
  results: Readonly<Record<string, Ref>>;
  /** The last number that a group or a loop's item took. */
  groups: number;
  /** What is described just now. */
  current: Group | undefined;
}

/** Tasks that run in one DAG, and the groups in it that make DAGs of their own. */
export type Group = PlainGroup | ConditionGroup | LoopGroup | ExitGroup;

interface GroupBase {
  name: string;
  readonly graph: Graph;
  /** The group that it is in; the root is in none. */
  parent: Group | undefined;
  readonly displayName?: string | undefined;
  readonly groups: Group[];
  readonly tasks: TaskNode[];
}

export interface PlainGroup extends GroupBase {
  readonly kind: "root" | "branches";
  /** How many `oneOf` take their values from it. */
  oneOfs: number;
  /** Whether one of the branches is always taken. */
  complete: boolean;
}

export interface ConditionGroup extends GroupBase {
  readonly kind: "condition";
  /** All of them must hold. */
  readonly conditions: readonly Condition[];
}

export interface LoopGroup extends GroupBase {
  readonly kind: "loop";
  readonly items: { readonly ref: Ref } | { readonly values: readonly Json[]; readonly number: number };
  readonly itemType: DataType;
  readonly parallelism: number | undefined;
}

export interface ExitGroup extends GroupBase {
  readonly kind: "exit";
  /** Runs after all that is in the group, however it ended. */
  readonly exitTask: TaskNode;
}

/** A step that was put into a pipeline, or another pipeline that was. */
export interface TaskNode {
  readonly name: string;
  readonly step: AnyStep;
  readonly group: Group;
  readonly arguments: Readonly<Record<string, Argument | undefined>>;
  readonly settings: Settings;
  readonly after: Set<TaskNode | ExitGroup>;
}
