import { encode } from "./encode.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import { type Expression, expressionOf, isLate, Late, type Text, type Tree } from "./late.ts";
import { numberFor, readLeaf, textFor } from "./marker.ts";

/**
 * What a cluster fixes, and what a process on a shared machine must be told: there each pod has an address, all of the
 * ports and a file system of its own, here it shares them.
 */
export type Place =
  /** The address that a container listens on. */
  | { readonly kind: "listen" }
  /** A port that a container of the same pod listens on. */
  | { readonly kind: "port"; readonly port: number }
  /** A folder in the container that reads it. */
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "service-host"; readonly name: string; readonly namespace: string }
  | { readonly kind: "service-port"; readonly name: string; readonly namespace: string; readonly port: number }
  /** A place in a bucket of the store at a URL, as `s3://…`. */
  | { readonly kind: "bucket"; readonly store: Text; readonly bucket: Text; readonly prefix?: string }
  /** A database at a host, as a URI of SQLAlchemy. */
  | { readonly kind: "database"; readonly host: Text; readonly name: Text };

/** What stands for a place: as it is in a cluster, unless whoever runs the objects says otherwise. */
export type PlaceResolver = (place: Place, inCluster: string | Expression) => string | Expression;

function at(place: Place, inCluster: Text): Late {
  return new Late({ op: "here", place, of: expressionOf(inCluster) });
}

/** The whole name of a Service, by which every namespace finds it. */
function serviceName(name: string, namespace: string): string {
  return `${name}.${namespace}.svc.cluster.local`;
}

/** Places as late values: constants in a manifest, and something else where the same objects run on one machine. */
export const here = {
  /** The address to listen on: every one of the pod's own, `0.0.0.0`, unless the program has another way to say it. */
  listen(inCluster = "0.0.0.0"): Late {
    return at({ kind: "listen" }, inCluster);
  },

  /** A port of a container of the same pod, as text: what it is told to listen on. */
  port(port: number): Late {
    return at({ kind: "port", port }, String(port));
  },

  /** A folder of the container: where something is mounted, or where it may write. */
  folder(path: string): Late {
    return at({ kind: "folder", path }, path);
  },

  /** The host of a Service. */
  serviceHost(name: string, namespace: string): Late {
    return at({ kind: "service-host", name, namespace }, serviceName(name, namespace));
  },

  /** A port of a Service, as text. */
  servicePort(name: string, namespace: string, port: number): Late {
    return at({ kind: "service-port", name, namespace, port }, String(port));
  },

  /** A place in a bucket, written `inCluster`. */
  bucket(place: { readonly store: Text; readonly bucket: Text; readonly prefix?: string }, inCluster: Text): Late {
    return at({ kind: "bucket", ...place }, inCluster);
  },

  /** A database, written `inCluster`. */
  database(place: { readonly host: Text; readonly name: Text }, inCluster: Text): Late {
    return at({ kind: "database", ...place }, inCluster);
  },
} as const;

const inCluster: PlaceResolver = (_, of) => of;

/**
 * The expression with its places resolved; plain text where nothing late is left.
 * As the places are in a cluster, it is what it would have been had they been written as constants.
 */
export function settle(expression: Expression, resolve: PlaceResolver = inCluster): string | Expression {
  if (!mentionsPlace(expression)) return expression;
  switch (expression.op) {
    case "here": {
      const resolved = resolve(expression.place, expression.of);
      return typeof resolved === "string" ? resolved : settle(resolved, resolve);
    }
    case "text": {
      const parts = expression.parts.map((part) => (typeof part === "string" ? part : settle(part, resolve)));
      const known = parts.filter((part) => typeof part === "string");
      return known.length === parts.length ? known.join("") : { op: "text", parts };
    }
    case "encode": {
      const of = settle(expression.of, resolve);
      return typeof of === "string" ? encode(expression.encoder, of) : { ...expression, of };
    }
    case "json":
      return { op: "json", tree: settleTree(expression.tree, resolve) };
    case "hash":
      return { op: "hash", key: lateOf(settle(expression.key, resolve)), of: lateOf(settle(expression.of, resolve)) };
    case "source":
      return expression;
  }
}

/** A document with its places resolved; the same one where it has none. */
export function settled<T extends JsonObject>(document: T, resolve: PlaceResolver = inCluster): T {
  const entries = Object.entries(document);
  const changed = entries.map(([key, value]): [string, Json | undefined] => [key, settledValue(value, resolve)]);
  return changed.some(([, value], i) => value !== entries[i]?.[1])
    ? { ...document, ...Object.fromEntries(changed) }
    : document;
}

function settledValue(value: Json | undefined, resolve: PlaceResolver): Json | undefined {
  if (isList(value)) {
    const items = value.map((item) => settledValue(item, resolve) ?? null);
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  if (isObject(value)) return settled(value, resolve);
  const leaf = readLeaf(value);
  if (leaf.kind !== "late" || !mentionsPlace(leaf.expression)) return value;
  const of = settle(leaf.expression, resolve);
  if (typeof value === "number") return typeof of === "string" ? Number(of) : numberFor(of);
  return typeof of === "string" ? of : textFor(of);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function settleTree(tree: Tree, resolve: PlaceResolver): Tree {
  const leaf = isLate(tree) ? tree.expression : lateIn(tree);
  if (leaf) {
    const of = settle(leaf, resolve);
    if (typeof of !== "string") return new Late(of);
    return typeof tree === "number" ? Number(of) : of;
  }
  if (isTrees(tree)) return tree.map((item) => settleTree(item, resolve));
  if (typeof tree === "object" && tree !== null && !isLate(tree))
    return Object.fromEntries(Object.entries(tree).map(([key, item]) => [key, settleTree(item, resolve)]));
  return tree;
}

function isTrees(tree: Tree): tree is readonly Tree[] {
  return Array.isArray(tree);
}

function lateIn(tree: Tree): Expression | undefined {
  const leaf = readLeaf(tree);
  return leaf.kind === "late" ? leaf.expression : undefined;
}

function lateOf(value: string | Expression): Expression {
  return typeof value === "string" ? { op: "text", parts: [value] } : value;
}

const mentions = new WeakMap<Expression, boolean>();

function mentionsPlace(expression: Expression): boolean {
  const known = mentions.get(expression);
  if (known !== undefined) return known;
  const found = looksForPlace(expression);
  mentions.set(expression, found);
  return found;
}

function looksForPlace(expression: Expression): boolean {
  switch (expression.op) {
    case "here":
      return true;
    case "source":
      return false;
    case "text":
      return expression.parts.some((part) => typeof part !== "string" && mentionsPlace(part));
    case "encode":
      return mentionsPlace(expression.of);
    case "json":
      return treeMentionsPlace(expression.tree);
    case "hash":
      return mentionsPlace(expression.of) || mentionsPlace(expression.key);
  }
}

function treeMentionsPlace(tree: Tree): boolean {
  const leaf = isLate(tree) ? tree.expression : lateIn(tree);
  if (leaf) return mentionsPlace(leaf);
  return typeof tree === "object" && tree !== null && Object.values(tree).some(treeMentionsPlace);
}
