import { FilieraError } from "../../constructs/kernel/errors.ts";
import type { ExitGroup, TaskNode } from "../graph/graph.ts";
import type { Ports } from "./ports.ts";
import { type Ref, type Refs, refsOf } from "./refs.ts";

type IsOne<Key, All = Key> = Key extends unknown ? ([All] extends [Key] ? true : false) : never;

/** The only output, where there is one; of several, none is it. */
export type OnlyOutput<Outputs extends Ports> =
  IsOne<keyof Outputs> extends true ? Ref<Outputs[keyof Outputs]["type"]> : undefined;

/** What a task can run after. */
export abstract class Upstream {
  readonly #node: TaskNode | ExitGroup;

  /** @internal */
  constructor(node: TaskNode | ExitGroup) {
    this.#node = node;
  }

  /** @internal */
  static nodeOf(upstream: Upstream): TaskNode | ExitGroup {
    return upstream.#node;
  }
}

/** A step in a pipeline. */
export class Task<Outputs extends Ports = Ports> extends Upstream {
  readonly outputs: Refs<Outputs>;
  readonly #node: TaskNode;

  /** @internal */
  constructor(node: TaskNode, outputs: Outputs) {
    super(node);
    this.#node = node;
    this.outputs = refsOf(outputs, (output) => ({ from: "task", task: node, output }));
  }

  /** Its name in the pipeline. */
  get name(): string {
    return this.#node.name;
  }

  /** Its only output. */
  get output(): OnlyOutput<Outputs> {
    return onlyOutput(this.outputs, this.#node);
  }

  /** Has it run after others, or after all that an exit handler watches. */
  after(...others: readonly Upstream[]): this {
    for (const other of others) this.#node.after.add(Upstream.nodeOf(other));
    return this;
  }
}

/** What an exit handler watches. */
export class Watched<Result> extends Upstream {
  /** What the function that describes it returned. */
  readonly result: Result;

  /** @internal */
  constructor(group: ExitGroup, result: Result) {
    super(group);
    this.result = result;
  }
}

function onlyOutput<Outputs extends Ports>(outputs: Refs<Outputs>, node: TaskNode): OnlyOutput<Outputs>;
function onlyOutput(outputs: Refs<Ports>, node: TaskNode): Ref | undefined {
  const [only, ...others] = Object.values(outputs);
  if (only && others.length === 0) return only;
  const names = Object.keys(outputs);
  throw FilieraError.at(
    `${node.group.graph.name}/${node.name}`,
    `found ${names.length === 0 ? "no outputs" : `the outputs ${names.join(", ")}`} where the only one is asked for: take one from outputs`,
  );
}
