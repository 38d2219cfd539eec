import { FilieraError, type Problem } from "../../constructs/kernel/errors.ts";

export type Mapping = Readonly<Record<string, unknown>>;

/** Far more than any environment needs; beyond them the input is broken or hostile. */
const LIMITS = { depth: 32, values: 20_000, characters: 65_536, shownKey: 60, shownText: 60 };

/** Whether the value is a mapping of plain data, not an instance of some class. */
export function isMapping(value: unknown): value is Mapping {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function quoted(text: string, length: number): string {
  return JSON.stringify(text.length > length ? `${text.slice(0, length)}…` : text);
}

/** A path with one step more, spelled as Pulumi's own `--path` takes it. */
export function join(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  return /^[A-Za-z_][\w-]{0,59}$/.test(key) ? `${path}.${key}` : `${path}[${quoted(key, LIMITS.shownKey)}]`;
}

/** The first step of a path, `filiera:<concern>`. */
export function concernOf(path: string): string {
  return /^[^.[]*/.exec(path)?.[0] ?? path;
}

/** A value as it is shown in a message: never the inside of a mapping or list, which may hold a secret. */
export function show(value: unknown): string {
  if (typeof value === "string") return quoted(value, LIMITS.shownText);
  if (value === null) return "nothing (null)";
  if (Array.isArray(value)) return "a list";
  if (isMapping(value)) return Object.keys(value).join() === "secure" ? "an encrypted value" : "a mapping";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return "an object that is no plain data";
}

/** What a value is, without the value, which may be a secret that lost its place. */
export function kindOf(value: unknown): string {
  if (typeof value === "string") return "a text";
  return typeof value === "number" ? "a number" : show(value);
}

function refusal(value: unknown): string | undefined {
  if (typeof value === "string")
    return value.length > LIMITS.characters
      ? `found a text of ${value.length} characters; allowed: at most ${LIMITS.characters}`
      : undefined;
  if (typeof value === "number")
    return Number.isFinite(value) ? undefined : `found ${value}; allowed: a number that is finite`;
  if (value === null || typeof value === "boolean" || Array.isArray(value) || isMapping(value)) return undefined;
  return "found an object that is no plain data; allowed: texts, numbers, true, false, lists and mappings";
}

/**
 * Copies plain data and refuses the rest: cycles, instances, numbers that aren't finite, `__proto__`, and sizes that
 * only an accident or an attack has. What is refused is left out of the copy and named in `problems`.
 */
export class PlainCopy {
  readonly problems: Problem[] = [];
  readonly #open = new Set<unknown>();
  #values = 0;

  of(value: unknown, path: string): unknown {
    const message = refusal(value);
    const refused = message === undefined ? this.#tooMuch(value, path) : { path, message };
    if (refused) {
      this.problems.push(refused);
      return undefined;
    }
    if (typeof value !== "object" || value === null) return value;
    this.#open.add(value);
    const copy = Array.isArray(value)
      ? Array.from(value, (item, index) => this.of(item ?? null, join(path, index)))
      : this.#mapping(value, path);
    this.#open.delete(value);
    return copy;
  }

  #mapping(value: object, path: string): Mapping {
    const copy: Record<string, unknown> = {};
    for (const [key, inner] of Object.entries(value)) {
      if (key === "__proto__") this.problems.push({ path: join(path, key), message: "unknown key; remove it" });
      else if (inner !== undefined) copy[key] = this.of(inner, join(path, key));
    }
    return copy;
  }

  #tooMuch(value: unknown, path: string): Problem | undefined {
    if (this.#open.has(value))
      return { path, message: "found an alias of a mapping or list that contains it; write it out" };
    if (this.#open.size > LIMITS.depth)
      return { path: concernOf(path), message: `found more than ${LIMITS.depth} levels; allowed: fewer` };
    // aliases of aliases can stand for millions of values
    if (++this.#values <= LIMITS.values) return undefined;
    throw FilieraError.at(concernOf(path), `found more than ${LIMITS.values} values; allowed: fewer`);
  }
}

/** Lays what was given over the defaults, mapping by mapping; defaults of another `kind` don't apply. */
export function overlay(defaults: unknown, given: unknown): unknown {
  if (given === undefined) return defaults;
  if (!isMapping(defaults) || !isMapping(given)) return given;
  if (given["kind"] !== undefined && given["kind"] !== defaults["kind"]) return given;
  const merged: Record<string, unknown> = { ...defaults };
  for (const [key, value] of Object.entries(given))
    merged[key] = overlay(Object.hasOwn(defaults, key) ? defaults[key] : undefined, value);
  return merged;
}

/** Freezes plain data all the way down. */
export function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) freeze(inner);
  }
  return value;
}
