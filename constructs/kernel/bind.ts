import { isObject, type Json } from "./json.ts";
import { type Expression, isLate, type Tree } from "./late.ts";
import { readLeaf } from "./marker.ts";

/** JSON in which a back end's own values stand for the late ones. */
export type Bound<V> =
  | V
  | null
  | string
  | number
  | boolean
  | readonly Bound<V>[]
  | { readonly [key: string]: Bound<V> };

/** Writes markers for the late values of a tree. */
export function mark(tree: Tree): Json {
  if (isLate(tree)) return tree.toString();
  if (isTrees(tree)) return tree.map((item) => mark(item));
  if (typeof tree === "object" && tree !== null) {
    const entries = Object.entries(tree).filter(([, value]) => value !== undefined);
    return Object.fromEntries(entries.map(([key, value]) => [key, mark(value)]));
  }
  return tree ?? null;
}

function isTrees(tree: Tree): tree is readonly Tree[] {
  return Array.isArray(tree);
}

/**
 * Replaces the markers of a document by what a back end makes of them; everything else stays as it is.
 *
 * @throws Error for a spoilt marker, naming its place
 */
export function bind<V>(json: Json, value: (expression: Expression) => V, path = ""): Bound<V> {
  if (isJsons(json)) return json.map((item, i) => bind(item, value, `${path}[${i}]`));
  if (isObject(json)) {
    const entries = Object.entries(json).flatMap(([key, item]): [string, Bound<V>][] =>
      item === undefined ? [] : [[key, bind(item, value, path === "" ? key : `${path}.${key}`)]],
    );
    return Object.fromEntries(entries);
  }
  const leaf = readLeaf(json);
  if (leaf.kind === "broken") throw new Error(`${path}: ${leaf.message}`);
  return leaf.kind === "late" ? value(leaf.expression) : json;
}

function isJsons(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}
