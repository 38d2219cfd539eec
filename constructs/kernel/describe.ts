import { type Expression, isLate, type Tree } from "./late.ts";
import { readLeaf } from "./marker.ts";

/** Writes a late value as a template that a person can read and fill: `postgresql://mlflow:${url(postgres/mlflow)}@…`. */
export function describe(expression: Expression): string {
  switch (expression.op) {
    case "text":
      return expression.parts.map((part) => (typeof part === "string" ? part : describe(part))).join("");
    case "json":
      return JSON.stringify(describeTree(expression.tree)) ?? "null";
    default:
      return `\${${inner(expression)}}`;
  }
}

function inner(expression: Expression): string {
  switch (expression.op) {
    case "source": {
      const { source } = expression;
      if (source.kind === "named") return source.name;
      return source.kind === "object" ? `${source.object.node.path}.${source.path.join(".")}` : "output";
    }
    case "encode":
      return `${expression.encoder}(${inner(expression.of)})`;
    case "hash":
      return `hash(${inner(expression.of)})`;
    default:
      return describe(expression);
  }
}

function describeTree(tree: Tree): unknown {
  if (isLate(tree)) return describe(tree.expression);
  const leaf = readLeaf(tree);
  if (leaf.kind === "late") return describe(leaf.expression);
  if (Array.isArray(tree)) return tree.map(describeTree);
  if (typeof tree === "object" && tree !== null)
    return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, describeTree(value)]));
  return tree;
}
