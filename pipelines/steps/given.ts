import type { Port } from "../language/ports.ts";
import type { StructType } from "../language/types.ts";

/** A struct whose values TypeScript knows, and whose fields the step itself checks. */
export function given<Value>(): Port<StructType<Value>, "required"> {
  return { type: { kind: "STRUCT" }, need: "required" };
}

/** The same where it may be left out. */
export function leftOut<Value>(): Port<StructType<Value>, "optional"> {
  return { type: { kind: "STRUCT" }, need: "optional" };
}
