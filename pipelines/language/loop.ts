import type { Json } from "../../constructs/kernel/json.ts";
import type { LoopGroup } from "../graph/graph.ts";
import { Ref } from "./refs.ts";
import { type DataType, isParameter, type ParameterType } from "./types.ts";

/** The values of an undeclared list's items: they fit every parameter. */
export type ItemValue<Item> = Json extends Item ? never : Item;

/** What a loop is at: an item of its list. */
export class LoopItem<Value> extends Ref<ParameterType<never, Value>> {
  /** A field of it, where it is an object. */
  field<Field extends keyof Value & string>(name: Field): Ref<ParameterType<never, Value[Field]>> {
    return new Ref(untyped(this.type.fields?.[name] ?? { kind: "STRING" }), { from: "field", of: this, field: name });
  }
}

/** What the function that describes a loop is given: an item of its list. */
export function loopItem(loop: LoopGroup): never;
export function loopItem(loop: LoopGroup): Ref {
  const { itemType } = loop;
  const source = { from: "item", loop } as const;
  return isParameter(itemType) ? new LoopItem<never>(untyped(itemType), source) : new Ref(itemType, source);
}

/** The type of a list's items, as the SDK has it: of values the first one's; text where nothing is declared. */
export function itemTypeOf(list: Ref | readonly Json[]): DataType {
  if (!(list instanceof Ref)) return typeOfValue(list[0] ?? null);
  const { type } = list;
  if (type.kind === "ARTIFACTS") return { ...type, kind: "ARTIFACT" };
  return ("items" in type && type.items) || { kind: "STRING" };
}

/** The type, as one that fits where TypeScript knows what it is. */
function untyped<Value = never>(type: ParameterType): ParameterType<never, Value>;
function untyped(type: ParameterType): ParameterType {
  return type;
}

/** The type of a value of now. */
export function typeOfValue(value: Json): ParameterType {
  if (typeof value === "boolean") return { kind: "BOOLEAN" };
  if (typeof value === "number") return { kind: Number.isInteger(value) ? "NUMBER_INTEGER" : "NUMBER_DOUBLE" };
  if (Array.isArray(value)) return { kind: "LIST", ...(value.length > 0 ? { items: typeOfValue(value[0]) } : {}) };
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).map(([name, of]) => [name, typeOfValue(of ?? null)] as const);
    return { kind: "STRUCT", fields: Object.fromEntries(fields) };
  }
  return { kind: "STRING" };
}
