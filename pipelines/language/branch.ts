import { branchIn } from "../graph/collect.ts";
import type { ConditionGroup } from "../graph/graph.ts";
import { type Condition, negated } from "./conditions.ts";
import type { GroupOptions, Scope } from "./scope.ts";

/** Describes what is in a group. */
type Describe = <Result>(group: ConditionGroup, body: (steps: Scope) => Result) => Result;

/** What is done only where a condition holds, and what is done where it does not. */
export class Branch<Result> {
  /** What the function that describes it returned. */
  readonly result: Result;
  readonly #group: ConditionGroup;
  readonly #describe: Describe;

  /** @internal */
  constructor(group: ConditionGroup, result: Result, describe: Describe) {
    this.#group = group;
    this.#describe = describe;
    this.result = result;
  }

  /** What is done where none of the conditions so far holds, but this one. */
  elseWhen<Other>(condition: Condition, body: (steps: Scope) => Other, options: GroupOptions = {}): Branch<Other> {
    const group = branchIn(this.#group, [...this.#others(), condition], options.displayName, false);
    return new Branch(group, this.#describe(group, body), this.#describe);
  }

  /** What is done where none of the conditions holds. */
  otherwise<Other>(body: (steps: Scope) => Other, options: GroupOptions = {}): Pick<Branch<Other>, "result"> {
    const group = branchIn(this.#group, this.#others(), options.displayName, true);
    return { result: this.#describe(group, body) };
  }

  /** That none of the conditions so far holds. */
  #others(): readonly Condition[] {
    const { conditions } = this.#group;
    return conditions.map((condition, index) => (index === conditions.length - 1 ? negated(condition) : condition));
  }
}
