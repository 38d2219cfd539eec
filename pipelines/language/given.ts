import type { Json } from "../../constructs/kernel/json.ts";
import type { Argument } from "../graph/graph.ts";
import { inputValue } from "./placeholders.ts";
import { Ref, Template } from "./refs.ts";

/** The references in what is given, in their order. */
export function refsIn(given: unknown): readonly Ref[] {
  if (given instanceof Ref) return [given];
  if (given instanceof Template) return given.parts.filter((part) => part instanceof Ref);
  if (Array.isArray(given)) return given.flatMap(refsIn);
  return typeof given === "object" && given !== null ? Object.values(given).flatMap(refsIn) : [];
}

/** What is given, with a placeholder for each reference in it; `name` says the input that has its value. */
export function filled(given: Argument, name: (ref: Ref) => string): Json {
  if (given instanceof Ref) return inputValue(name(given));
  if (given instanceof Template) {
    return given.parts.map((part) => (part instanceof Ref ? inputValue(name(part)) : part)).join("");
  }
  if (isList(given)) return given.map((each) => filled(each, name));
  if (typeof given === "object" && given !== null) {
    const entries = Object.entries(given).filter(([, each]) => each !== undefined);
    return Object.fromEntries(entries.map(([key, each]) => [key, filled(each ?? null, name)]));
  }
  return given;
}

function isList(given: Argument): given is readonly Argument[] {
  return Array.isArray(given);
}
