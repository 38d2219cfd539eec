import { createHmac } from "node:crypto";
import { encode } from "./encode.ts";
import { type Expression, isLate, type Source, type Tree } from "./late.ts";
import { readLeaf } from "./marker.ts";

/** What a back end must know to make sense of late values; `V` is its own kind of value (Output, placeholder, …). */
export interface Interpreter<V> {
  /** Reads a source. */
  source(source: Source): V;
  /** Computes from values once all are known: secret if one of them is, unknown as long as one of them is. */
  map(values: readonly V[], compute: (known: readonly unknown[]) => unknown): V;
  /** The same value, no longer secret: for keyed hashes. */
  disclose(value: V): V;
}

/** Interprets one expression in a back end's world. Each source is read once. */
export function evaluate<V>(expression: Expression, interpreter: Interpreter<V>): V {
  if (expression.op === "source") return interpreter.source(expression.source);
  const sources = sourcesOf(expression);
  const value = interpreter.map(
    sources.map((source) => interpreter.source(source)),
    (known) => {
      const values = new Map(sources.map((source, i) => [source, known[i]]));
      return computeText(expression, values, new Map());
    },
  );
  return expression.op === "hash" ? interpreter.disclose(value) : value;
}

/** Every source of an expression once, in the order of reading; shared parts are walked once. */
export function sourcesOf(expression: Expression): Source[] {
  const sources = new Set<Source>();
  const seen = new Set<Expression>();
  const visit = (node: Expression): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.op === "source") sources.add(node.source);
    else if (node.op === "text") for (const part of node.parts) typeof part !== "string" && visit(part);
    else if (node.op === "json") visitTree(node.tree, visit);
    else if (node.op === "here") typeof node.of !== "string" && visit(node.of);
    else {
      visit(node.of);
      if (node.op === "hash") visit(node.key);
    }
  };
  visit(expression);
  return [...sources];
}

function visitTree(tree: Tree, visit: (node: Expression) => void): void {
  const late = lateLeaf(tree);
  if (late) visit(late);
  else if (typeof tree === "object" && tree !== null)
    for (const [key, value] of Object.entries(tree)) {
      if (readLeaf(key).kind !== "plain") throw new Error("a map key is late: keys must be known when planned");
      visitTree(value, visit);
    }
}

type Known = ReadonlyMap<Source, unknown>;
type Memo = Map<Expression, string>;

function computeText(expression: Expression, known: Known, memo: Memo): string {
  const before = memo.get(expression);
  if (before !== undefined) return before;
  const text = asText(compute(expression, known, memo));
  memo.set(expression, text);
  return text;
}

function compute(expression: Expression, known: Known, memo: Memo): unknown {
  switch (expression.op) {
    case "source":
      return known.get(expression.source);
    case "text":
      return expression.parts
        .map((part) => (typeof part === "string" ? part : computeText(part, known, memo)))
        .join("");
    case "encode":
      return encode(expression.encoder, computeText(expression.of, known, memo));
    case "json":
      return JSON.stringify(fill(expression.tree, known, memo)) ?? "null";
    case "hash":
      return createHmac("sha256", computeText(expression.key, known, memo))
        .update(computeText(expression.of, known, memo))
        .digest("hex")
        .slice(0, 16);
    case "here":
      return typeof expression.of === "string" ? expression.of : computeText(expression.of, known, memo);
  }
}

/** The tree with its late leaves known; a leaf keeps its type. */
function fill(tree: Tree, known: Known, memo: Memo): unknown {
  const late = lateLeaf(tree);
  if (late) return late.op === "source" ? known.get(late.source) : computeText(late, known, memo);
  if (isArray(tree)) return tree.map((value) => fill(value, known, memo));
  if (typeof tree === "object" && tree !== null)
    return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, fill(value, known, memo)]));
  return tree;
}

function isArray(tree: Tree): tree is readonly Tree[] {
  return Array.isArray(tree);
}

function lateLeaf(tree: Tree): Expression | undefined {
  if (isLate(tree)) return tree.expression;
  const leaf = readLeaf(tree);
  if (leaf.kind === "broken") throw new Error(leaf.message);
  return leaf.kind === "late" ? leaf.expression : undefined;
}

function asText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new Error(`a late value turned out to be ${value === null ? "null" : typeof value}, not text: use late.json`);
}
