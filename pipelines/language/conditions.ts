import type { Ref } from "./refs.ts";
import type { AnyType, BooleanType, DoubleType, IntegerType, StringType } from "./types.ts";

/** How two values are compared, as CEL writes it. */
export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** A comparison of values that decides whether steps run. */
export interface Condition {
  readonly left: Ref;
  readonly comparison: Comparison;
  readonly right: Ref | string | number | boolean;
  readonly negated: boolean;
}

/** A number, whole or with a fraction, known only when the pipeline runs. */
export type NumberRef = Ref<IntegerType | DoubleType>;

/** What may stand at a comparison's right side. */
export type Comparable<Left extends Ref> =
  Left extends Ref<AnyType>
    ? Ref<StringType | IntegerType | DoubleType | BooleanType> | string | number | boolean
    : Left extends Ref<StringType<infer Text>>
      ? Ref<StringType> | Ref<AnyType> | Text
      : Left extends NumberRef
        ? NumberRef | Ref<AnyType> | number
        : Left extends Ref<BooleanType>
          ? Ref<BooleanType> | Ref<AnyType> | boolean
          : never;

/** What can be compared for order. */
export type Ordered = Ref<StringType> | NumberRef | Ref<AnyType>;
/** What can be compared at all. */
export type Primitive = Ordered | Ref<BooleanType>;

function compared<Left extends Ref>(left: Left, comparison: Comparison, right: Comparable<Left>): Condition;
function compared(left: Ref, comparison: Comparison, right: Condition["right"]): Condition {
  return { left, comparison, right, negated: false };
}

/** Holds where both are the same. */
export function equal<Left extends Primitive>(left: Left, right: NoInfer<Comparable<Left>>): Condition {
  return compared(left, "==", right);
}

/** Holds where they differ. */
export function notEqual<Left extends Primitive>(left: Left, right: NoInfer<Comparable<Left>>): Condition {
  return compared(left, "!=", right);
}

/** Holds where the first is less. */
export function lessThan<Left extends Ordered>(left: Left, right: NoInfer<Comparable<Left>>): Condition {
  return compared(left, "<", right);
}

/** Holds where the first is less, or the same. */
export function atMost<Left extends Ordered>(left: Left, right: NoInfer<Comparable<Left>>): Condition {
  return compared(left, "<=", right);
}

/** Holds where the first is greater. */
export function greaterThan<Left extends Ordered>(left: Left, right: NoInfer<Comparable<Left>>): Condition {
  return compared(left, ">", right);
}

/** Holds where the first is greater, or the same. */
export function atLeast<Left extends Ordered>(left: Left, right: NoInfer<Comparable<Left>>): Condition {
  return compared(left, ">=", right);
}

/** Holds where the condition does not. */
export function negated(condition: Condition): Condition {
  return { ...condition, negated: !condition.negated };
}
