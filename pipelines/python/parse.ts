import type { SyntaxNode } from "@lezer/common";
import { parser } from "@lezer/python";

/** A type in Python: its name without its module, and what stands in its brackets. */
export interface Annotation {
  readonly name: string;
  readonly of: readonly Annotation[];
  /** As it is written. */
  readonly text: string;
}

/** A parameter of a function. */
export interface Parameter {
  readonly name: string;
  readonly annotation: Annotation | undefined;
  readonly hasDefault: boolean;
}

/** What a function takes and gives. */
export interface Signature {
  readonly parameters: readonly Parameter[];
  readonly returns: Annotation | undefined;
  /** What of it kfp, which calls it by the names of its parameters, cannot call: `async`, or parameters before a `/`. */
  readonly uncallable: "async" | "/" | undefined;
  /** The line of the first thing in its head that cannot be read. */
  readonly unreadable: number | undefined;
}

/** The functions of a Python file, and its named tuples with the types of their fields. */
export interface Module {
  readonly functions: ReadonlyMap<string, Signature>;
  readonly tuples: ReadonlyMap<string, ReadonlyMap<string, Annotation>>;
  /** Whether Python keeps its types as texts, which kfp cannot read. */
  readonly hasTextTypes: boolean;
}

/** Reads what a Python file has at its top level. Nothing of it is run. */
export function parseModule(source: string): Module {
  const functions = new Map<string, Signature>();
  const tuples = new Map<string, ReadonlyMap<string, Annotation>>();
  for (const statement of childrenOf(parser.parse(source).topNode)) {
    const node = statement.name === "DecoratedStatement" ? (statement.lastChild ?? statement) : statement;
    const name = textOf(node.getChild("VariableName"), source);
    if (node.name === "FunctionDefinition") functions.set(name, signatureOf(node, source));
    const fields = node.name === "ClassDefinition" ? classFields(node, source) : assignedFields(node, source);
    if (fields) tuples.set(name, fields);
  }
  return { functions, tuples, hasTextTypes: /^from __future__ import .*\bannotations\b/m.test(source) };
}

function signatureOf(node: SyntaxNode, source: string): Signature {
  const list = node.getChild("ParamList");
  const returns = node.getChild("TypeDef");
  return {
    parameters: list ? parametersOf(list, source) : [],
    returns: returns ? annotationOf(lastOf(returns), source) : undefined,
    uncallable: node.getChild("async") ? "async" : hasSlash(textOf(list, source)) ? "/" : undefined,
    unreadable: [list, returns].map((part) => part && errorLine(part, source)).find((line) => typeof line === "number"),
  };
}

/** The parser has no node for it. */
function hasSlash(list: string): boolean {
  return /,\s*\/\s*[,)]/.test(list.replaceAll(/#.*/g, ""));
}

function parametersOf(list: SyntaxNode, source: string): readonly Parameter[] {
  const parameters: Parameter[] = [];
  let isVariadic = false;
  for (const node of childrenOf(list)) {
    const last = parameters.at(-1);
    if (node.name === ",") isVariadic = false;
    else if (node.name === "*" || node.name === "**") isVariadic = true;
    else if (node.name === "VariableName" && !isVariadic && node.prevSibling?.name !== "AssignOp") {
      parameters.push({ name: textOf(node, source), annotation: undefined, hasDefault: false });
    } else if (node.name === "TypeDef" && last && !isVariadic) {
      parameters[parameters.length - 1] = { ...last, annotation: annotationOf(lastOf(node), source) };
    } else if (node.name === "AssignOp" && last) parameters[parameters.length - 1] = { ...last, hasDefault: true };
  }
  return parameters;
}

/** Reads a type. One in quotes, or a union by `|`, is no name that kfp knows when it runs the step, and stays as it is. */
function annotationOf(node: SyntaxNode, source: string): Annotation {
  const text = textOf(node, source);
  if (node.name === "MemberExpression") {
    const [first, second] = childrenOf(node);
    if (second?.name === "[") return { ...nameOf(first, source), of: itemsOf(node, source), text };
    return { name: textOf(lastOf(node), source), of: [], text };
  }
  if (node.name === "CallExpression") {
    const list = node.getChild("ArgList");
    return { ...nameOf(node.firstChild, source), of: list ? itemsOf(list, source) : [], text };
  }
  return { name: text, of: [], text };
}

function nameOf(node: SyntaxNode | undefined | null, source: string): Annotation {
  return node ? annotationOf(node, source) : { name: "", of: [], text: "" };
}

/** What stands between brackets. */
function itemsOf(node: SyntaxNode, source: string): readonly Annotation[] {
  const children = childrenOf(node);
  const start = children.findIndex(({ name }) => name === "[" || name === "(");
  return children
    .slice(start + 1)
    .filter(({ name }) => !/^[[\](),]$/.test(name))
    .map((item) => annotationOf(item, source));
}

/** The fields of `class Outputs(NamedTuple)`. */
function classFields(node: SyntaxNode, source: string): ReadonlyMap<string, Annotation> | undefined {
  const bases = node.getChild("ArgList");
  if (!bases || !itemsOf(bases, source).some(({ name }) => name === "NamedTuple")) return undefined;
  const fields = new Map<string, Annotation>();
  for (const statement of node.getChild("Body")?.getChildren("AssignStatement") ?? []) {
    const type = statement.getChild("TypeDef");
    if (type) fields.set(textOf(statement.firstChild, source), annotationOf(lastOf(type), source));
  }
  return fields;
}

/** The fields of `Outputs = NamedTuple("Outputs", …)`. */
function assignedFields(node: SyntaxNode, source: string): ReadonlyMap<string, Annotation> | undefined {
  const call = node.name === "AssignStatement" ? node.getChild("CallExpression") : null;
  return call && nameOf(call.firstChild, source).name === "NamedTuple" ? tupleFields(textOf(call, source)) : undefined;
}

/** The fields of `NamedTuple("Outputs", [("rows", int)])` or `NamedTuple("Outputs", rows=int)`. */
export function tupleFields(text: string): ReadonlyMap<string, Annotation> {
  const fields = new Map<string, Annotation>();
  const list = parser.parse(text).topNode.firstChild?.firstChild?.getChild("ArgList");
  for (const node of list ? childrenOf(list) : []) {
    if (node.name === "VariableName" && node.nextSibling?.name === "AssignOp") {
      const type = node.nextSibling.nextSibling;
      if (type) fields.set(textOf(node, text), annotationOf(type, text));
    }
    for (const pair of node.name === "ArrayExpression" ? node.getChildren("TupleExpression") : []) {
      const [name, type] = childrenOf(pair).filter(({ name: kind }) => !/^[(),]$/.test(kind));
      if (name && type) fields.set(textOf(name, text).replaceAll(/^["']|["']$/g, ""), annotationOf(type, text));
    }
  }
  return fields;
}

function errorLine(node: SyntaxNode, source: string): number | undefined {
  let line: number | undefined;
  node.cursor().iterate((inner) => {
    if (inner.type.isError) line ??= source.slice(0, inner.from).split("\n").length;
  });
  return line;
}

function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== "Comment") children.push(child);
  }
  return children;
}

function lastOf(node: SyntaxNode): SyntaxNode {
  return childrenOf(node).at(-1) ?? node;
}

function textOf(node: SyntaxNode | null | undefined, source: string): string {
  return node ? source.slice(node.from, node.to) : "";
}
