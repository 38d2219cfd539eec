import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isFilieraError } from "../../../constructs/kernel/errors.ts";
import { configOf, type Environment, parseEnvironment } from "../../../stacks/environment/index.ts";
import { NAMES } from "./support.ts";

const sources = NAMES.map((name) => readFileSync(`environments/Pulumi.${name}.yaml`, "utf8"));
const PROFILES = ["laptop", "small", "production"];

/** Passes when the configuration parses, or fails with a message and a path for each problem. */
function parsesOrExplains(read: () => Readonly<Record<string, unknown>>): void {
  let environment: Environment;
  try {
    environment = parseEnvironment(read(), { secrets: "sealed" });
  } catch (error) {
    if (!isFilieraError(error)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const { path, message } of error.problems) {
      if (path === "" || !/^\S[^\n]{5,700}$/.test(message)) throw new Error(`[${path}] ${message}`);
    }
    return;
  }
  if (!PROFILES.includes(environment.profile)) throw new Error(`parsed to ${JSON.stringify(environment)}`);
}

const junk = fc.oneof(
  fc.anything({
    withDate: true,
    withMap: true,
    withTypedArray: true,
    withBigInt: true,
    withSparseArray: true,
    withNullPrototype: true,
  }),
  fc.constantFrom<unknown>(
    null,
    "",
    "production",
    "s3",
    0,
    -1,
    1.5,
    Number.NaN,
    Infinity,
    [],
    {},
    new Date(Number.NaN),
    Symbol("s"),
  ),
  fc.constantFrom<unknown>(
    { kind: "minio" },
    { secure: "v1:x" },
    "20Gi",
    "a".repeat(70_000),
    () => 1,
    10n,
    new Map([["a", 1]]),
  ),
  fc.string({ unit: "binary", maxLength: 30 }),
);
const names = fc.oneof(
  fc.constantFrom(
    "__proto__",
    "constructor",
    "kind",
    "filiera:mlflow",
    "replicas",
    "toString",
    "secure",
    "<<",
    "",
    "0",
  ),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const mutation = fc.record({
  how: fc.constantFrom("delete", "retype", "rename", "swap", "insert", "cycle", "wrap"),
  at: fc.nat(),
  other: fc.nat(),
  name: names,
  value: junk,
});
type Mutation = { how: string; at: number; other: number; name: string; value: unknown };
type Holder = Record<string, unknown>;
interface Place {
  readonly holder: Holder;
  readonly key: string;
}

const isHolder = (value: unknown): value is Holder =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

function places(holder: Holder, seen = new Set<unknown>()): Place[] {
  if (seen.has(holder)) return [];
  seen.add(holder);
  return Object.entries(holder).flatMap(([key, value]) => [
    { holder, key },
    ...(isHolder(value) ? places(value, seen) : []),
  ]);
}

function put(holder: Holder, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function mutate(config: Holder, { how, at, other, name, value }: Mutation): void {
  const all = places(config);
  const place = all[at % Math.max(all.length, 1)];
  const second = all[other % Math.max(all.length, 1)];
  if (!place || !second) return;
  const found = place.holder[place.key];
  if (how === "delete" || how === "rename") delete place.holder[place.key];
  if (how === "rename") put(place.holder, other % 2 === 0 ? name : place.key.slice(1), found);
  if (how === "insert") put(place.holder, name, value);
  if (how === "retype") put(place.holder, place.key, value);
  if (how === "cycle") put(place.holder, place.key, config);
  if (how === "wrap") put(place.holder, place.key, [found]);
  if (how === "swap") {
    put(place.holder, place.key, second.holder[second.key]);
    put(second.holder, second.key, found);
  }
}

const CHARACTERS = [
  ":",
  " ",
  "\n",
  "\t",
  "-",
  "{",
  "}",
  "[",
  "]",
  "*a",
  "&a ",
  "!!binary ",
  "'",
  '"',
  "#",
  "<<: ",
  "\u0000",
  "0",
  "|",
  "%",
  "? ",
  "---\n",
];
const edit = fc.record({
  how: fc.constantFrom("drop line", "double line", "swap lines", "indent", "drop", "double", "insert"),
  at: fc.nat(),
  other: fc.nat(),
  text: fc.oneof(fc.constantFrom(...CHARACTERS), fc.string({ unit: "binary", maxLength: 3 })),
});

function edited(
  source: string,
  { how, at, other, text }: { how: string; at: number; other: number; text: string },
): string {
  const lines = source.split("\n");
  const [line, second] = [at % lines.length, other % lines.length];
  const place = at % (source.length + 1);
  if (how === "drop line") return lines.toSpliced(line, 1).join("\n");
  if (how === "double line") return lines.toSpliced(second, 0, lines[line] ?? "").join("\n");
  if (how === "swap lines")
    return lines
      .with(line, lines[second] ?? "")
      .with(second, lines[line] ?? "")
      .join("\n");
  if (how === "indent") return lines.with(line, ` ${lines[line]}`).join("\n");
  if (how === "drop") return source.slice(0, place) + source.slice(place + 1);
  return source.slice(0, place) + (how === "double" ? source.slice(place, place + 20) : text) + source.slice(place);
}

describe("10,000 mutations of the environment files parse or are explained", { timeout: 60_000 }, () => {
  it("as data", () => {
    const configs = sources.map((source) => configOf(source, "F"));
    fc.assert(
      fc.property(fc.nat(), fc.array(mutation, { minLength: 1, maxLength: 4 }), (which, mutations) => {
        const config = structuredClone(configs[which % configs.length]);
        if (!isHolder(config)) throw new Error("no configuration");
        for (const each of mutations) mutate(config, each);
        parsesOrExplains(() => config);
      }),
      { numRuns: 7000 },
    );
  });

  it("as text", () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(edit, { minLength: 1, maxLength: 4 }), (which, edits) => {
        const text = edits.reduce(edited, sources[which % sources.length] ?? "");
        parsesOrExplains(() => configOf(text, "F"));
      }),
      { numRuns: 3000 },
    );
  });

  it("and anything at all as a configuration", () => {
    fc.assert(
      fc.property(fc.dictionary(names, junk), (raw) => parsesOrExplains(() => raw)),
      { numRuns: 500 },
    );
  });
});
