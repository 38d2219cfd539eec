import { bind } from "../../constructs/kernel/bind.ts";
import { evaluate, type Interpreter } from "../../constructs/kernel/evaluate.ts";
import { type Late, late, type Text } from "../../constructs/kernel/late.ts";

/** A late value that turns out to be this, in `known`. */
export function lateAs(value: unknown): Late {
  return late.from({ value });
}

/** A back end in which everything is known at once. */
const PLAIN: Interpreter<unknown> = {
  source: (source) => (source.kind === "output" ? Reflect.get(source.output, "value") : undefined),
  map: (values, compute) => compute(values),
  disclose: (value) => value,
};

/** What a text with late values made by `lateAs` turns out to be. */
export function known(value: Text | number): unknown {
  return bind<unknown>(typeof value === "number" ? value : String(value), (expression) => evaluate(expression, PLAIN));
}
