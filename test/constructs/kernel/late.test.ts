import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { bind, mark } from "../../../constructs/kernel/bind.ts";
import { sourcesOf } from "../../../constructs/kernel/evaluate.ts";
import { isLate, Late, late, type Tree } from "../../../constructs/kernel/late.ts";
import { known, lateAs } from "../../support/plain.ts";

/** Trees whose late leaves are `Late`, beside the same trees with all known. */
const trees: fc.Arbitrary<{ tree: Tree; plain: Tree }> = fc.letrec<{ node: { tree: Tree; plain: Tree } }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.boolean(), fc.constant(null)).map((plain) => ({
      tree: plain,
      plain,
    })),
    fc.oneof(fc.string({ unit: "grapheme" }), fc.integer(), fc.boolean()).map((plain) => ({
      tree: lateAs(plain),
      plain,
    })),
    fc.array(tie("node"), { maxLength: 4 }).map((items) => ({
      tree: items.map(({ tree }) => tree),
      plain: items.map(({ plain }) => plain),
    })),
    fc
      .dictionary(fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "toString")), tie("node"), {
        maxKeys: 4,
      })
      .map((fields) => ({
        tree: Object.fromEntries(Object.entries(fields).map(([key, { tree }]) => [key, tree])),
        plain: Object.fromEntries(Object.entries(fields).map(([key, { plain }]) => [key, plain])),
      })),
  ),
})).node;

function valueIn(leaf: Late["expression"]): unknown {
  return leaf.op === "source" && leaf.source.kind === "output" ? Reflect.get(leaf.source.output, "value") : leaf;
}

describe("late values", () => {
  it("are what they were after marking and binding, and nothing else changes", () => {
    fc.assert(
      fc.property(trees, ({ tree, plain }) => {
        expect(isDeepStrictEqual(bind(mark(tree), valueIn), mark(plain))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("are filled into JSON as what they are", () => {
    fc.assert(
      fc.property(trees, ({ tree, plain }) => {
        const read: unknown = JSON.parse(String(known(late.json(tree))));
        expect(isDeepStrictEqual(read, JSON.parse(JSON.stringify(plain)))).toBe(true);
      }),
    );
  });

  it("may be late inside late: texts in documents in texts", () => {
    const password = lateAs('p"w');
    const url = late.text`postgresql://u:${late.url(password)}@${lateAs("host")}`;
    const document = late.json({
      url,
      port: lateAs(5432),
      tags: [lateAs(["a", "b"])],
      nested: late.json({ password }),
    });
    expect(JSON.parse(String(known(document)))).toEqual({
      url: "postgresql://u:p%22w@host",
      port: 5432,
      tags: [["a", "b"]],
      nested: '{"password":"p\\"w"}',
    });
    expect(late.from(password)).toBe(password);
  });

  it("are one marker however often they are used, and are read once", () => {
    const password = lateAs("x");
    const uses = Array.from({ length: 10_000 }, () => String(password));
    expect(new Set(uses).size).toBe(1);
    const text = String(known(late.json({ uses })));
    expect(JSON.parse(text).uses).toHaveLength(10_000);
    expect(sourcesOf(late.json({ uses }).expression)).toHaveLength(1);
  });

  it("share what they are made of, so that doubling a hundred times is no work", () => {
    let text = late.text`${lateAs("")}`;
    for (let i = 0; i < 100; i++) text = late.text`${text}${text}`;
    expect(known(text)).toBe("");
  });

  it("nest deeply", () => {
    let tree: Tree = lateAs("leaf");
    for (let i = 0; i < 1000; i++) tree = i % 2 ? [tree] : { x: tree };
    expect(JSON.stringify(bind(mark(tree), valueIn))).toContain("leaf");
    expect(known(late.json(tree))).toContain("leaf");
  });

  it("are understood by another copy of the package", async () => {
    vi.resetModules();
    const copy = await import("../../../constructs/kernel/late.ts");
    const copyOfBind = await import("../../../constructs/kernel/bind.ts");
    expect(copy.Late).not.toBe(Late);
    const ours = lateAs("ours");
    const theirs = copy.late.from({ value: "theirs" });
    expect([isLate(theirs), copy.isLate(ours)]).toEqual([true, true]);
    expect(known(String(theirs))).toBe("theirs");
    expect(copyOfBind.bind(String(ours), valueIn)).toBe("ours");
    expect(known(late.url(String(copy.late.text`${theirs}/${ours}`)))).toBe("theirs%2Fours");
  });

  it("are text at once where all is known", () => {
    expect(late.text`a${"b"}c${1}`).toBe("ab" + "c1");
    expect(late.url("a b")).toBe("a%20b");
  });

  it("hash to what changes with the document and tells nothing about it", () => {
    const hash = (key: string, secret: string) => String(known(late.hash(lateAs(key), { secret: lateAs(secret) })));
    expect(hash("key", "one")).toMatch(/^[0-9a-f]{16}$/);
    expect(hash("key", "one")).toBe(hash("key", "one"));
    expect(hash("key", "one")).not.toBe(hash("key", "two"));
    expect(hash("key", "one")).not.toBe(hash("other", "one"));
  });
});
