import { isObject } from "../constructs/kernel/json.ts";

/** A place where a value is not what was expected. */
export interface Difference {
  readonly path: string;
  readonly message: string;
}

/** Where a value lacks what was expected of it. Test runners' own matchers, such as `expect.any(Number)`, may stand in it. */
export function differences(found: unknown, expected: unknown, path = ""): Difference[] {
  const differs = { path: path || "itself", message: `expected ${shown(expected)}, found ${shown(found)}` };
  const matches = asymmetric(expected);
  if (matches) return matches(found) ? [] : [differs];
  if (Array.isArray(expected)) {
    if (!Array.isArray(found) || found.length !== expected.length) return [differs];
    return expected.flatMap((item, index) => differences(found[index], item, `${path}[${index}]`));
  }
  if (!isObject(expected)) return Object.is(found, expected) ? [] : [differs];
  // what is not there lacks each of the fields
  const fields = found === undefined && Object.keys(expected).length > 0 ? {} : found;
  if (!isObject(fields)) return [differs];
  return Object.entries(expected).flatMap(([key, value]) =>
    differences(Object.hasOwn(fields, key) ? fields[key] : undefined, value, path === "" ? key : `${path}.${key}`),
  );
}

/** The protocol of Jest's asymmetric matchers, which others took over. */
function asymmetric(expected: unknown): ((found: unknown) => boolean) | undefined {
  if (typeof expected !== "object" || expected === null || !("asymmetricMatch" in expected)) return undefined;
  const { asymmetricMatch } = expected;
  return typeof asymmetricMatch === "function"
    ? (found) => Reflect.apply(asymmetricMatch, expected, [found]) === true
    : undefined;
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : asymmetric(value) ? String(value) : JSON.stringify(value);
}
