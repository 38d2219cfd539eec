import type { Expression } from "./late.ts";

/**
 * Markers stand for late values where only text or numbers can. They begin and end with private-use characters,
 * which URI, hexadecimal, base64 and JSON escapes visibly spoil; whatever is not whole is refused, never shipped.
 */
const OPEN = "\uE000";
const CLOSE = "\uE001";
const WHOLE = /^\uE000late:(\d+)\uE001$/;

/** Number markers begin here and go down to the least safe integer: no port, count or round size is there. */
const FIRST_NUMBER = -8_314_159_265_358_979;
/** A prime, so that a number that was calculated with is no marker any more. */
const STRIDE = 8191;
/** Below all 32-bit integers: what is here was most likely calculated from a marker, unless it is the least int64. */
const CALCULATED_BELOW = -(2 ** 32);
const LEAST_INT64 = -(2 ** 63);

interface Registry {
  readonly expressions: Expression[];
  readonly ids: WeakMap<Expression, number>;
}

const REGISTRY = Symbol.for("filiera.late.registry");

// The one piece of state of a process: two copies of this package must read each other's markers.
function registry(): Registry {
  const found: Registry | undefined = Reflect.get(globalThis, REGISTRY);
  if (found) return found;
  const made: Registry = { expressions: [], ids: new WeakMap() };
  Reflect.set(globalThis, REGISTRY, made);
  return made;
}

function idOf(expression: Expression): number {
  const { expressions, ids } = registry();
  const known = ids.get(expression);
  if (known !== undefined) return known;
  const id = expressions.push(expression) - 1;
  ids.set(expression, id);
  return id;
}

/** The text that stands for a late value. */
export function textFor(expression: Expression): string {
  return `${OPEN}late:${idOf(expression)}${CLOSE}`;
}

/** The number that stands for a late value. */
export function numberFor(expression: Expression): number {
  return FIRST_NUMBER - idOf(expression) * STRIDE;
}

/** What a leaf of a manifest turned out to be. */
export type Leaf =
  | { readonly kind: "plain" }
  | { readonly kind: "late"; readonly expression: Expression }
  | { readonly kind: "broken"; readonly message: string };

const PLAIN: Leaf = { kind: "plain" };
const BARE: Leaf = {
  kind: "broken",
  message:
    "a late value stands inside a longer text: join it with late.text, and encode it with late.url, late.json, late.ini, late.shell or late.kube",
};
const SPOILT: Leaf = {
  kind: "broken",
  message:
    "a late value was encoded or cut as if it were plain text: use late.url, late.json, late.ini, late.shell, late.kube or late.base64 instead",
};
const CALCULATED: Leaf = {
  kind: "broken",
  message: "a late number was calculated with or put into a text: use it as it is, or late.text",
};

/** Reads one leaf of a manifest. Linear in its length. */
export function readLeaf(value: unknown): Leaf {
  if (typeof value === "number") return readNumber(value);
  return typeof value === "string" ? readText(value) : PLAIN;
}

function readNumber(value: number): Leaf {
  if (!Number.isFinite(value)) return { kind: "broken", message: `is ${value}, which JSON cannot say` };
  const expression = numbered(value);
  if (expression) return { kind: "late", expression };
  const calculated = (value < CALCULATED_BELOW && value !== LEAST_INT64) || numbered(-value);
  return calculated ? CALCULATED : PLAIN;
}

function numbered(value: number): Expression | undefined {
  return value > FIRST_NUMBER ? undefined : registry().expressions[(FIRST_NUMBER - value) / STRIDE];
}

function readText(value: string): Leaf {
  if (!SUSPECT.test(value)) return PLAIN;
  const whole = WHOLE.exec(value);
  const expression = whole ? registry().expressions[Number(whole[1])] : undefined;
  if (expression) return { kind: "late", expression };
  if (/\uE000late:\d+\uE001/.test(value)) return BARE;
  if (TRACE.test(value)) return SPOILT;
  const numbers = value.match(NUMBER_IN_TEXT) ?? [];
  return numbers.some((number) => isNearMarker(Number(number))) ? CALCULATED : PLAIN;
}

/** Whether a number is a marker, or one that at most a port number was added to. */
function isNearMarker(value: number): boolean {
  const last = FIRST_NUMBER - registry().expressions.length * STRIDE;
  return value > last - 65536 && value < FIRST_NUMBER + 65536;
}

const NUMBER_IN_TEXT = /-[89]\d{15}(?!\d)/g;

/** What a marker looks like after it went through someone else's encoder. */
const TRACE = new RegExp(
  [
    "[\\uE000\\uE001]",
    "\\\\u[eE]000late|late:\\d+\\\\u[eE]001",
    "%[eE][eE]%80%8[01]",
    ...hexTraces(`${OPEN}late`),
    "&#(?:57344|57345|x[eE]00[01]);",
    ...base64Traces(`${OPEN}late:`),
  ].join("|"),
);

/** All of it in one pass over the text. */
const SUSPECT = new RegExp(`${TRACE.source}|-[89]\\d{15}`);

function hexTraces(text: string): string[] {
  const hex = Buffer.from(text, "utf8").toString("hex");
  return [hex, hex.toUpperCase()];
}

/** The characters that a text leaves in base64, whichever of the three alignments it falls on. */
function base64Traces(text: string): string[] {
  return [0, 1, 2].map((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(text, "utf8")]);
    const base64 = bytes.toString("base64").replace(/=+$/, "");
    const from = Math.ceil((shift * 8) / 6);
    const to = Math.floor((bytes.length * 8) / 6);
    return base64.slice(from, to).replace(/[+/]/g, (c) => (c === "+" ? "[+-]" : "[/_]"));
  });
}
