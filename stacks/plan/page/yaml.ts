import type { Json } from "../../../constructs/kernel/json.ts";

/** A piece of YAML and what it is, so that it can be coloured. */
export interface YamlPart {
  readonly text: string;
  readonly is: "mark" | "key" | "text" | "literal" | "secret" | "unknown";
}

/**
 * A value as YAML, as people write Kubernetes objects: apiVersion, kind and metadata first, long texts as blocks, no
 * quotes where none are needed, characters that cannot be seen escaped. Runs in the page, so it uses nothing outside.
 */
export function yamlOf(value: Json): YamlPart[] {
  const parts: YamlPart[] = [];
  const first = ["apiVersion", "kind", "metadata", "name", "namespace"];
  // what YAML 1.1, which Kubernetes reads, takes for something else than text
  const notText =
    /^(?:[-+.]?[\d_.][\d_.,:a-foxA-FOX+-]*|[-+]?e[-+]?\d+|[-+]?\.(?:inf|nan)|~|null|true|false|yes|no|on|off|y|n)$/i;
  const plain = /^(?:[\w/]|\.(?=[A-Za-z/]))(?:[\w./@+=()$%,*<>;!?^~|\\-]|:(?=\S)| (?=[^\s#]))*$/;
  // control, format and private characters, and every space but the usual one
  const unseen = /(?! )[\p{C}\p{Z}]/gu;

  function add(is: YamlPart["is"], text: string): void {
    parts.push({ is, text });
  }

  function quoted(text: string): string {
    return JSON.stringify(text).replace(unseen, (character) => {
      const code = (character.codePointAt(0) ?? 0).toString(16);
      return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
    });
  }

  function keyText(key: string): string {
    return plain.test(key) && !notText.test(key) && key.length < 128 ? key : quoted(key);
  }

  function isBlock(text: string): boolean {
    return text.includes("\n") && /^\S/.test(text) && text.replace(/[\n\t]/g, "").search(unseen) < 0;
  }

  function block(text: string, indent: string): void {
    const body = text.replace(/\n+$/, "");
    const ends = text.length - body.length;
    add("mark", ends === 0 ? "|-\n" : ends === 1 ? "|\n" : "|+\n");
    const lines = (ends > 1 ? text.slice(0, -1) : body).split("\n");
    add("text", `${lines.map((line) => (line === "" ? "" : indent + line)).join("\n")}\n`);
  }

  function scalar(leaf: string | number | boolean | null, indent: string): void {
    if (typeof leaf === "string" && isBlock(leaf)) {
      block(leaf, indent);
      return;
    }
    if (leaf === "[secret]") add("secret", leaf);
    else if (leaf === "[known after up]") add("unknown", leaf);
    else if (typeof leaf !== "string") add("literal", String(leaf));
    else add("text", plain.test(leaf) && !notText.test(leaf) ? leaf : quoted(leaf));
    add("mark", "\n");
  }

  /** Writes what stands after `key:`, after `-`, or at the start. */
  function write(node: Json | undefined, indent: string, after: "key" | "dash" | "start"): void {
    const gap = after === "start" ? "" : " ";
    if (Array.isArray(node)) {
      if (node.length === 0) add("mark", `${gap}[]`);
      if (after !== "start" || node.length === 0) add("mark", "\n");
      for (const item of node) {
        add("mark", `${indent}-`);
        write(item, `${indent}  `, "dash");
      }
    } else if (typeof node === "object" && node !== null) {
      const entries = Object.entries(node).filter(([, field]) => field !== undefined);
      if (entries.length === 0) add("mark", `${gap}{}`);
      if (after === "key" || entries.length === 0) add("mark", "\n");
      const rank = ([key]: [string, unknown]) => (first.includes(key) ? first.indexOf(key) : first.length);
      let lead = after === "dash" ? gap : indent;
      for (const [key, field] of entries.sort((a, b) => rank(a) - rank(b))) {
        add("mark", lead);
        add("key", keyText(key));
        add("mark", ":");
        write(field, Array.isArray(field) ? indent : `${indent}  `, "key");
        lead = indent;
      }
    } else {
      add("mark", gap);
      scalar(node ?? null, indent);
    }
  }

  write(value, "", "start");
  return parts;
}
