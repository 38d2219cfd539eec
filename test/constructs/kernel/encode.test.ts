import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { late, type Text } from "../../../constructs/kernel/late.ts";
import { complaint } from "../../support/errors.ts";
import { known, lateAs } from "../../support/plain.ts";

const SAMPLES = [
  'a"b\\c\n$@/%',
  "",
  "plain",
  "ünïcödé 🐳 漢字",
  "$(HOME) $$(HOME) $ $$ $( )",
  "%(name)s %% % %%s",
  "# no; comment",
  "a'b''c`id`$(id)\\",
  "[section]\nkey = value",
  "= : = :",
  "\t\u0001\u2028end",
  "-8123456789012345",
] as const;

const texts = fc.oneof(
  fc.constantFrom(...SAMPLES),
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.constantFrom("$", "(", ")", "%", "'", '"', "\\", "\n", "A", " ", "#", "=") }),
);

/** The text through an encoder as a late value, and as one that is known from the start. */
function both(encode: (text: Text) => Text, text: string): string {
  const result = String(known(encode(lateAs(text))));
  expect(String(encode(text)), "known and late texts are encoded alike").toBe(result);
  return result;
}

/** What Kubernetes does with env values, commands and arguments: third_party/forked/golang/expansion/expand.go. */
function expand(input: string, variables: Readonly<Record<string, string>>): string {
  let output = "";
  for (let i = 0; i < input.length; i++) {
    const next = input[i + 1];
    if (input[i] !== "$" || next === undefined) output += input[i];
    else if (next === "$") {
      output += "$";
      i++;
    } else if (next === "(") {
      const close = input.indexOf(")", i + 2);
      if (close < 0) {
        output += "$(";
        i++;
      } else {
        const name = input.slice(i + 2, close);
        output += variables[name] ?? `$(${name})`;
        i = close;
      }
    } else {
      output += `$${next}`;
      i++;
    }
  }
  return output;
}

const VARIABLES = { HOME: "/home", A: "wrong", "": "wrong" };

/** What Python's configparser reads from `[s]` and each value as a key; undefined where there is no Python. */
function readIni(values: readonly string[]): string[] | undefined {
  const program = `
import configparser, json, sys
out = []
for value in json.load(sys.stdin):
    parser = configparser.ConfigParser()
    parser.read_string("[s]\\nkey = " + value + "\\nlast = 1\\n")
    assert parser["s"]["last"] == "1" and len(parser["s"]) == 2
    out.append(parser["s"]["key"])
print(json.dumps(out))
`;
  try {
    const output = execFileSync("python3", ["-c", program], { input: JSON.stringify(values), encoding: "utf8" });
    const parsed: unknown = JSON.parse(output);
    return Array.isArray(parsed) ? parsed.map(String) : [];
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function readShell(words: readonly string[]): string[] {
  // arguments to a function, so that each word is split and unquoted by the shell itself
  const script = words.map((word) => `printf '%s\\0' ${word}`).join("\n");
  return execFileSync("sh", ["-c", script], { encoding: "utf8", maxBuffer: 1e8 }).split("\0").slice(0, -1);
}

function wellFormed(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

describe("a value inside another text", () => {
  it("is what a JSON parser reads, alone and in a document", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const document = String(known(late.json({ a: [lateAs(text)], b: { [text]: 1 } })));
        expect(JSON.parse(document)).toEqual({ a: [text], b: { [text]: 1 } });
      }),
    );
  });

  it("is what a URL parser reads, in every part of a URL", () => {
    fc.assert(
      fc.property(texts.filter(wellFormed), (text) => {
        const part = both(late.url, text);
        expect(part).toMatch(/^[A-Za-z0-9\-._~%]*$/);
        expect(decodeURIComponent(part)).toBe(text);
        const url = new URL(`postgresql://${part}:${part}@host:5432/${part}?q=${part}#${part}`);
        expect(decodeURIComponent(url.password)).toBe(text);
        expect(url.searchParams.get("q")).toBe(text);
      }),
    );
  });

  it("is what a POSIX shell passes on, and a URL and a JSON document in it too", () => {
    const values = fc.sample(texts.filter(wellFormed), { numRuns: 60, seed: 7 }).concat(SAMPLES);
    expect(readShell(values.map((text) => both(late.shell, text)))).toEqual(values);
    const urls = readShell(values.map((text) => both((value) => late.shell(late.url(value)), text)));
    expect(urls.map(decodeURIComponent)).toEqual(values);
    const documents = readShell(values.map((text) => String(known(late.shell(late.json({ a: lateAs(text) }))))));
    expect(documents.map((text) => JSON.parse(text))).toEqual(values.map((a) => ({ a })));
  });

  it("is what Python's configparser reads, or refused", ({ skip }) => {
    const values = fc.sample(texts.filter(wellFormed), { numRuns: 300, seed: 7 }).concat(SAMPLES);
    const sayable = values.filter((text) => !complaint(() => late.ini(text)).startsWith("an INI value cannot"));
    const found = readIni(sayable.map((text) => both(late.ini, text)));
    if (!found) {
      console.warn("skipped: INI values are not compared with Python's configparser, as there is no python3 on PATH");
      skip("no python3 on PATH");
      return;
    }
    expect(found).toEqual(sayable);
    expect(sayable.length).toBeGreaterThan(150);
    const urls = readIni(values.map((text) => both((value) => late.ini(late.url(value)), text)));
    expect(urls?.map(decodeURIComponent)).toEqual(values);
  });

  it("is what Kubernetes leaves after expanding variables, and a JSON document in it too", () => {
    fc.assert(
      fc.property(texts.filter(wellFormed), (text) => {
        expect(expand(both(late.kube, text), VARIABLES)).toBe(text);
        const document = String(known(late.kube(late.json({ a: lateAs(text) }))));
        expect(JSON.parse(expand(document, VARIABLES))).toEqual({ a: text });
        const word = String(known(late.kube(late.url(lateAs(text)))));
        expect(decodeURIComponent(expand(word, VARIABLES))).toBe(text);
      }),
    );
  });

  it("is what a base64 decoder reads", () => {
    fc.assert(
      fc.property(texts.filter(wellFormed), (text) => {
        expect(Buffer.from(both(late.base64, text), "base64").toString("utf8")).toBe(text);
      }),
    );
  });

  it("is joined with others as it is", () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        expect(known(late.text`<${lateAs(a)}|${b}|${7}>`)).toBe(`<${a}|${b}|7>`);
      }),
    );
  });
});

describe("what a syntax cannot say", () => {
  const INI = "an INI value cannot hold";
  const CURE = "encode it first, for example as a URL";

  it.each([
    ["a\rb", "a carriage return"],
    [" a", "blank lines, or white space or a control character at an end of a line"],
    ["a\u00a0", "blank lines, or white space or a control character at an end of a line"],
    ["a\u001f", "blank lines, or white space or a control character at an end of a line"],
    ["a\u0085", "blank lines, or white space or a control character at an end of a line"],
    ["a\n\nb", "blank lines, or white space or a control character at an end of a line"],
    ["\n", "blank lines, or white space or a control character at an end of a line"],
    ["a\n#b", "a further line that begins with # or ;"],
    ["a\n;b", "a further line that begins with # or ;"],
  ])("is refused in INI: %j", (text, what) => {
    expect(complaint(() => late.ini(text))).toBe(`${INI} ${what}: ${CURE}`);
    expect(complaint(() => known(late.ini(lateAs(text))))).toBe(`${INI} ${what}: ${CURE}`);
  });

  it("is refused in a shell", () => {
    expect(complaint(() => late.shell("a\0b"))).toBe("a shell word cannot hold a NUL character");
  });

  it.each(["url", "ini", "shell", "kube", "base64"] as const)("is refused as %s: half a character", (encoder) => {
    expect(complaint(() => late[encoder]("a\ud800b"))).toBe(
      `text for ${encoder} cannot hold half of a surrogate pair: it is not Unicode`,
    );
  });

  it("is refused as text: what is no text", () => {
    expect(complaint(() => known(late.text`${lateAs({ a: 1 })}!`))).toBe(
      "a late value turned out to be object, not text: use late.json",
    );
    expect(complaint(() => known(late.url(lateAs(null))))).toBe(
      "a late value turned out to be null, not text: use late.json",
    );
  });
});
