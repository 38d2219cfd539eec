import { FilieraError } from "../../constructs/kernel/errors.ts";
import type { ExitGroup, TaskNode } from "../graph/graph.ts";
import type { Ports } from "./ports.ts";
import { type Ref, type Refs, refsOf } from "./refs.ts";

type IsOne<Key, All = Key> = Key extends unknown ? ([All] extends [Key] ? true : false) : never;

/** The only output, where there is one. */
export type OnlyOutput<Outputs extends Ports> =
  IsOne<keyof Outputs> extends true ? Ref<Outputs[keyof Outputs]["type"]> : never;

/** A step in a pipeline. */
export class Task<Outputs extends Ports = Ports> {
  readonly outputs: Refs<Outputs>;
  /** @internal */
  readonly node: TaskNode;

  constructor(node: TaskNode, outputs: Outputs) {
    this.node = node;
    this.outputs = refsOf(outputs, (output) => ({ from: "task", task: node, output }));
  }

  /** Its name in the pipeline. */
  get name(): string {
    return this.node.name;
  }

  /** Its only output. */
  get output(): OnlyOutput<Outputs> {
    return onlyOutput(this.outputs, this.node);
  }

  /** Has it run after others, or after all that an exit handler watches. */
  after(...others: readonly (Task | Watched<unknown>)[]): this {
    for (const other of others) this.node.after.add(other instanceof Watched ? other.group : other.node);
    return this;
  }
}

/** What an exit handler watches. */
export class Watched<Result> {
  /** What the function that describes it returned. */
  readonly result: Result;
  /** @internal */
  readonly group: ExitGroup;

  constructor(group: ExitGroup, result: Result) {
    this.group = group;
    this.result = result;
  }
}

function onlyOutput<Outputs extends Ports>(outputs: Refs<Outputs>, node: TaskNode): OnlyOutput<Outputs>;
function onlyOutput(outputs: Refs<Ports>, node: TaskNode): Ref {
  const [only, ...others] = Object.values(outputs);
  if (only && others.length === 0) return only;
  const names = Object.keys(outputs);
  throw FilieraError.at(
    `${node.group.graph.name}/${node.name}`,
    `found ${names.length === 0 ? "no outputs" : `the outputs ${names.join(", ")}`} where the only one is asked for: take one from outputs`,
  );
}
