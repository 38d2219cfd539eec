import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Json } from "../../../../constructs/kernel/json.ts";
import { yamlOf } from "../../../../stacks/plan/page/yaml.ts";

function print(value: Json): string {
  return yamlOf(value)
    .map(({ text }) => text)
    .join("");
}

describe("a manifest as YAML", () => {
  it("reads as people write it", () => {
    const manifest = {
      kind: "ConfigMap",
      spec: {
        ports: [{ port: 80, name: "http" }],
        args: ["--a", "b: c", "x # y"],
        none: [],
        empty: {},
        nested: [["a"]],
      },
      apiVersion: "v1",
      data: {
        "a.ini": "[a]\n  b = c\n\nd\n",
        bare: "x\ny",
        octal: "0777",
        yes: "yes",
        size: "10Gi",
        image: "a.b/c:1.2",
      },
      metadata: { labels: { "app.kubernetes.io/name": "web" }, namespace: "a", name: "web" },
    };
    expect(print(manifest)).toMatchInlineSnapshot(`
      "apiVersion: v1
      kind: ConfigMap
      metadata:
        name: web
        namespace: a
        labels:
          app.kubernetes.io/name: web
      spec:
        ports:
        - name: http
          port: 80
        args:
        - "--a"
        - "b: c"
        - "x # y"
        none: []
        empty: {}
        nested:
        -
          - a
      data:
        a.ini: |
          [a]
            b = c

          d
        bare: |-
          x
          y
        octal: "0777"
        "yes": "yes"
        size: 10Gi
        image: a.b/c:1.2
      "
    `);
  });

  it("tells secrets and what is not known yet from text", () => {
    const parts = yamlOf({ a: "[secret]", b: "[known after up]", c: 1, d: "the [secret]" });
    expect(parts.filter(({ is }) => is !== "mark" && is !== "key")).toEqual([
      { is: "secret", text: "[secret]" },
      { is: "unknown", text: "[known after up]" },
      { is: "literal", text: "1" },
      { is: "text", text: '"the [secret]"' },
    ]);
  });

  it("shows characters that cannot be seen, or that turn the direction of the text", () => {
    expect(print({ a: "admin\u202e\u2066", b: "a\u00a0b", c: "\u001b[31m\u0000", d: "\u{e0001}", e: "né 😀" })).toBe(
      'a: "admin\\u202e\\u2066"\nb: "a\\u00a0b"\nc: "\\u001b[31m\\u0000"\nd: "\\U000e0001"\ne: "né 😀"\n',
    );
  });

  it("means the value that it was made from", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.stringMatching(/^[ a-c:#\n\t'"|>*&!%@`{}[\],?~.0-9e_+-]{0,30}$/),
      fc.constantFrom(
        "yes",
        "NO",
        "~",
        "null",
        "1e3",
        "0x1f",
        "0o7",
        "1:20",
        "2001-01-01",
        ".inf",
        "...",
        "---",
        "=",
        "<<",
      ),
    );
    const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("tree"), { maxLength: 4 }),
        fc.dictionary(fc.oneof(text, fc.string({ maxLength: 8 })), tie("tree"), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tree, { noNullPrototype: true }), (value) => {
        expect(parse(print(value))).toEqual(value);
        expect(parse(print(value), { version: "1.1" })).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });
});
