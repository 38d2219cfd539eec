import type { Group } from "../graph/graph.ts";
import type { Condition } from "../language/conditions.ts";
import { Ref } from "../language/refs.ts";
import { added, fullName } from "./places.ts";

/** How wide a type is: of two, the narrower is made the wider. */
const WIDTH = { NUMBER_INTEGER: 0, NUMBER_DOUBLE: 1, BOOLEAN: 2, STRING: 3 } as const;
type Kind = keyof typeof WIDTH;

/** The conditions of a group, all of which must hold, in CEL. */
export function celOf(conditions: readonly Condition[], reader: Group): string {
  return conditions.map((condition) => comparison(condition, reader)).join(" && ");
}

/** The references in conditions. */
export function refsOfConditions(conditions: readonly Condition[]): readonly Ref[] {
  return conditions.flatMap(({ left, right }) => (right instanceof Ref ? [left, right] : [left]));
}

function comparison({ left, comparison: operator, right, negated }: Condition, reader: Group): string {
  const kinds = [kindOf(left), kindOf(right)] as const;
  const wider = WIDTH[kinds[0]] > WIDTH[kinds[1]] ? kinds[0] : kinds[1];
  const [first, second] = [operand(left, wider, reader), operand(right, wider, reader)];
  const text = `${first} ${operator} ${second}`;
  return negated ? `!(${text})` : text;
}

function operand(value: Condition["right"], wider: Kind, reader: Group): string {
  const kind = kindOf(value);
  const text = operandText(value, kind, reader);
  if (kind === wider) return text;
  return wider === "STRING" ? `'${text}'` : `double(${text})`;
}

function operandText(value: Condition["right"], kind: Kind, reader: Group): string {
  if (value instanceof Ref) {
    const parameter = `inputs.parameter_values['${added(fullName(value, reader))}']`;
    return kind === "NUMBER_INTEGER" ? `int(${parameter})` : parameter;
  }
  return typeof value === "string" ? `'${value.replaceAll(/[\\']/g, "\\$&")}'` : String(value);
}

/** The kind that a value is compared as. */
export function kindOf(value: Condition["right"]): Kind {
  if (typeof value === "boolean") return "BOOLEAN";
  if (typeof value === "number") return Number.isInteger(value) ? "NUMBER_INTEGER" : "NUMBER_DOUBLE";
  if (typeof value === "string") return "STRING";
  const { kind } = value.type;
  return kind === "NUMBER_INTEGER" || kind === "NUMBER_DOUBLE" || kind === "BOOLEAN" ? kind : "STRING";
}
