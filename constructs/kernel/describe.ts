import { ApiObject } from "cdk8s";
import { type Expression, isLate, type Tree } from "./late.ts";
import { readLeaf } from "./marker.ts";

/** Writes a late value as a template that a person can read and fill: `postgresql://mlflow:${url(postgres/mlflow)}@…`. */
export function describe(expression: Expression): string {
  switch (expression.op) {
    case "text":
      return expression.parts.map((part) => (typeof part === "string" ? part : describe(part))).join("");
    case "json":
      return JSON.stringify(describeTree(expression.tree)) ?? "null";
    case "here":
      return typeof expression.of === "string" ? expression.of : describe(expression.of);
    default:
      return `\${${inner(expression)}}`;
  }
}

function inner(expression: Expression): string {
  switch (expression.op) {
    case "source": {
      const { source } = expression;
      if (source.kind === "named") return source.name;
      if (source.kind === "output") return "output";
      // what it is to the cluster, not where it is defined: names are made of this
      const object = ApiObject.isApiObject(source.object) ? `${source.object.kind}/${source.object.name}` : "object";
      return `${object}.${source.path.join(".")}`;
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
