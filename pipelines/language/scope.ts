import { FilieraError } from "../../constructs/kernel/errors.ts";
import type { Json } from "../../constructs/kernel/json.ts";
import { addTask, conditionIn, exitIn, loopIn } from "../graph/collect.ts";
import type { Argument, Group } from "../graph/graph.ts";
import { Branch } from "./branch.ts";
import type { Condition } from "./conditions.ts";
import { type ImportProps, importOf } from "./importer.ts";
import { type ItemValue, itemTypeOf, type LoopItem, loopItem } from "./loop.ts";
import type { Port, Ports } from "./ports.ts";
import type { Arguments, Ref } from "./refs.ts";
import type { Settings } from "./settings.ts";
import type { Step } from "./steps.ts";
import { Task, Watched } from "./task.ts";
import type { AnyType, ArtifactsType, ArtifactType, ListType } from "./types.ts";

/** What can be said of a loop. */
export interface LoopOptions {
  /**
   * How many items are worked on at once.
   * @default - as many as there are
   */
  readonly parallelism?: number;
  /**
   * What people see in place of its name.
   * @default - its name
   */
  readonly displayName?: string;
}

/** What can be said of a group. */
export interface GroupOptions {
  /**
   * What people see in place of its name.
   * @default - its name
   */
  readonly displayName?: string;
}

/** Where steps are put: a pipeline, or a branch, a loop or a watched part of it. */
export class Scope {
  readonly #group: Group;

  /** @internal */
  constructor(group: Group) {
    this.#group = group;
  }

  /** Runs a step, or another pipeline. */
  run<Inputs extends Ports, Outputs extends Ports>(
    step: Step<Inputs, Outputs>,
    inputs: NoInfer<Arguments<Inputs>>,
    settings: Settings = {},
  ): Task<Outputs> {
    return new Task(addTask(this.#open(), step, given(inputs), settings), step.outputs);
  }

  /** Imports an artifact that is there already. */
  import<Schema extends string>(
    props: ImportProps<Schema>,
    settings: Settings = {},
  ): Task<{ readonly artifact: Port<ArtifactType<Schema>, "required"> }> {
    const { step, given: inputs } = importOf(props);
    const outputs = { artifact: { type: props.type.type, need: "required" } } as const;
    return new Task(addTask(this.#open(), step, inputs, settings), outputs);
  }

  /** What is done only where a condition holds. */
  when<Result>(condition: Condition, body: (steps: Scope) => Result, options: GroupOptions = {}): Branch<Result> {
    const group = conditionIn(this.#open(), [condition], options.displayName);
    return new Branch(group, describe(group, body), describe);
  }

  /** What is done for each item of a list: of one that is known now, of a parameter, or of artifacts. */
  forEach<Result>(
    items: Ref<AnyType>,
    body: (steps: Scope, item: LoopItem<never>) => Result,
    options?: LoopOptions,
  ): Result;
  forEach<Item, Result>(
    items: Ref<ListType<Item>>,
    body: (steps: Scope, item: LoopItem<ItemValue<Item>>) => Result,
    options?: LoopOptions,
  ): Result;
  forEach<Schema extends string, Result>(
    items: Ref<ArtifactsType<Schema>>,
    body: (steps: Scope, item: Ref<ArtifactType<Schema>>) => Result,
    options?: LoopOptions,
  ): Result;
  forEach<const Item extends Json, Result>(
    items: readonly Item[],
    body: (steps: Scope, item: LoopItem<Item>) => Result,
    options?: LoopOptions,
  ): Result;
  forEach<Result>(
    items: Ref | readonly Json[],
    body: (steps: Scope, item: never) => Result,
    options: LoopOptions = {},
  ): Result {
    const group = loopIn(this.#open(), items, itemTypeOf(items), options.parallelism, options.displayName);
    return describe(group, (steps) => body(steps, loopItem(group)));
  }

  /** What a step watches that runs at the end, whatever came of it. */
  onExit<Inputs extends Ports, Result>(
    step: Step<Inputs>,
    inputs: NoInfer<Arguments<Inputs>>,
    body: (steps: Scope) => Result,
    options: GroupOptions & { readonly settings?: Settings } = {},
  ): Watched<Result> {
    const group = exitIn(this.#open(), step, given(inputs), options.settings ?? {}, options.displayName);
    return new Watched(group, describe(group, body));
  }

  #open(): Group {
    const { graph } = this.#group;
    if (graph.current !== this.#group) {
      throw FilieraError.at(
        graph.name,
        graph.current
          ? `found a step that is put into ${this.#group.name} while ${graph.current.name} is described: use the scope that the function is given`
          : `found a step that is put into ${this.#group.name} after it was described: put it where the pipeline is`,
      );
    }
    return this.#group;
  }
}

/** Describes what is in a group; meanwhile no other may be added to. */
export function describe<Result>(group: Group, body: (steps: Scope) => Result): Result {
  const { graph } = group;
  const outer = graph.current;
  graph.current = group;
  try {
    const result = body(new Scope(group));
    if (result instanceof Promise) {
      // what it does later is told by nobody
      result.catch(() => {});
      throw FilieraError.at(
        graph.name,
        `found an async function for ${group.name}: nothing is awaited when a pipeline is described, leave async out`,
      );
    }
    return result;
  } finally {
    graph.current = outer;
  }
}

/** What the graph keeps of the arguments, whose types TypeScript has checked. */
function given<Inputs extends Ports>(inputs: Arguments<Inputs>): Readonly<Record<string, Argument | undefined>>;
function given(inputs: Readonly<Record<string, Argument | undefined>>): Readonly<Record<string, Argument | undefined>> {
  return inputs;
}
