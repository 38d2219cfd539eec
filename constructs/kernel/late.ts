import type { IConstruct } from "constructs";
import type { Encoder } from "./encode.ts";
import { encode } from "./encode.ts";
import type { Place } from "./here.ts";
import { numberFor, readLeaf, textFor } from "./marker.ts";

/** Where a late value comes from. Recognised by shape, so that nothing here loads Pulumi. */
export type Source =
  /** A Pulumi Output, or whatever else a back end knows how to read. */
  | { readonly kind: "output"; readonly output: object }
  /** A hole with a name, for a back end to fill: what `render` and `run` are given in place of Outputs. */
  | { readonly kind: "named"; readonly name: string }
  /** A field of an object of the platform, known once that object is there; also an edge in the order. */
  | { readonly kind: "object"; readonly object: IConstruct; readonly path: readonly string[] };

/** A late value as data: each back end interprets the tree in its own world. */
export type Expression =
  | { readonly op: "source"; readonly source: Source }
  | { readonly op: "text"; readonly parts: readonly (string | Expression)[] }
  | { readonly op: "encode"; readonly encoder: Encoder; readonly of: Expression }
  | { readonly op: "json"; readonly tree: Tree }
  | { readonly op: "hash"; readonly key: Expression; readonly of: Expression }
  /** What a cluster fixes and one machine does not: `of` is what it is in a cluster. */
  | { readonly op: "here"; readonly place: Place; readonly of: string | Expression };

/** JSON with late values in it. */
export type Tree =
  | undefined
  | null
  | string
  | number
  | boolean
  | Late
  | readonly Tree[]
  | { readonly [key: string]: Tree };

const LATE = Symbol.for("filiera.late");

/**
 * A value that is not known yet: what a cloud or another object will say, or a secret.
 *
 * It may stand wherever a construct takes text: as `String(value)` in typed cdk8s props, as it is in untyped ones.
 * Only a whole value may be late; inside another text it needs an encoder (`late.url`, `late.json`, …), or
 * `late.text` where plain is meant.
 */
export class Late {
  readonly expression: Expression;
  readonly [LATE] = true;

  constructor(expression: Expression) {
    this.expression = expression;
  }

  /** The marker that stands for the value in a manifest. */
  toString(): string {
    return textFor(this.expression);
  }

  /** cdk8s' implicit-token protocol. */
  resolve(): string {
    return this.toString();
  }

  toJSON(): string {
    return this.toString();
  }
}

/** Text that is known now, or late. */
export type Text = string | Late;

/** Whether the value is late; by symbol, so that two copies of the package agree. */
export function isLate(value: unknown): value is Late {
  return typeof value === "object" && value !== null && LATE in value;
}

/** The expression behind a late value or its marker; what is known as text. */
export function expressionOf(value: Text | number): string | Expression {
  if (isLate(value)) return value.expression;
  const leaf = readLeaf(value);
  if (leaf.kind === "broken") throw new Error(leaf.message);
  return leaf.kind === "late" ? leaf.expression : String(value);
}

function encoded(encoder: Encoder) {
  function apply(value: string): string;
  function apply(value: Text): Text;
  function apply(value: Text): Text {
    const of = expressionOf(value);
    return typeof of === "string" ? encode(encoder, of) : new Late({ op: "encode", encoder, of });
  }
  return apply;
}

/** Makes late values, and joins them into texts. */
export const late = {
  /** Reads a Pulumi Output (or another back end's promise of a value). */
  from(output: object): Late {
    return isLate(output) ? output : new Late({ op: "source", source: { kind: "output", output } });
  },

  /** A hole with a name such as `postgres.password`, for a back end to fill. */
  named(name: string): Late {
    return new Late({ op: "source", source: { kind: "named", name } });
  },

  /**
   * A field that the cluster fills in, such as `late.of(service, "status", "loadBalancer", "ingress", "0", "ip")`.
   * Whatever uses it is created after the object.
   */
  of(object: IConstruct, ...path: readonly string[]): Late {
    return new Late({ op: "source", source: { kind: "object", object, path } });
  },

  /** Joins texts as they are: ``late.text`${host}:5432` ``. Encode what could break the text around it. */
  text(strings: TemplateStringsArray, ...values: readonly (Text | number)[]): Text {
    const parts = strings.flatMap((part, i) => {
      const value = values[i];
      return value === undefined ? [part] : [part, expressionOf(value)];
    });
    const known = parts.filter((part) => typeof part === "string");
    return known.length === parts.length ? known.join("") : new Late({ op: "text", parts });
  },

  /** A JSON document with late leaves. */
  json(tree: Tree): Late {
    return new Late({ op: "json", tree });
  },

  /**
   * A keyed hash (HMAC-SHA-256, 16 hexadecimal digits) of a document: changes when the document does and tells
   * nothing about it, so that it may be shown even where the document is secret.
   */
  hash(key: Late, tree: Tree): Late {
    return new Late({ op: "hash", key: key.expression, of: { op: "json", tree } });
  },

  url: encoded("url"),
  ini: encoded("ini"),
  shell: encoded("shell"),
  kube: encoded("kube"),
  base64: encoded("base64"),

  /** A number that only a cloud knows, such as a managed database's port. Refuses to be calculated with. */
  asNumber(value: Late): number {
    return numberFor(value.expression);
  },
} as const;
