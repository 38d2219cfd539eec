import { z } from "zod";
import type { Problem } from "../../constructs/kernel/errors.ts";
import { join, kindOf, show } from "./data.ts";
import { didYouMean } from "./suggest.ts";
import { core, entry, isSchema, kinds, leafOf, objectFor, type Schema, valueAt } from "./walk.ts";

/** The command that stores a secret where it belongs. */
function secretCommand(path: string, stack: string): string {
  return `pulumi config set --secret --path '${path}' --stack ${stack}`;
}

function list(values: readonly string[]): string {
  const shown = values.map((value) => `"${value}"`);
  const last = shown.pop() ?? "";
  return shown.length > 0 ? `${shown.join(", ")} or ${last}` : last;
}

function number(schema: z.ZodNumber): string {
  const what = schema.isInt ? "a whole number" : "a number";
  const { minValue, maxValue } = schema;
  const from = Number.isFinite(minValue) ? ` from ${minValue}` : "";
  return `${what}${from}${Number.isFinite(maxValue) ? ` to ${maxValue}` : ""}`;
}

/** The texts of which a schema takes one. */
function choices(schema: Schema): readonly string[] | undefined {
  const inner = core(schema);
  if (inner instanceof z.ZodEnum) return inner.options.map(String);
  return inner instanceof z.ZodLiteral ? [...inner.values].map(String) : undefined;
}

/** What is allowed, in words. */
export function expects(schema: Schema): string {
  const inner = core(schema);
  const known = leafOf(inner)?.expects;
  if (known !== undefined) return known;
  const names = choices(inner);
  if (names) return list(names);
  if (inner instanceof z.ZodNumber) return number(inner);
  if (inner instanceof z.ZodBoolean) return "true or false";
  if (inner instanceof z.ZodArray) return "a list";
  if (inner instanceof z.ZodObject) return `a mapping with the keys ${Object.keys(inner.shape).join(", ")}`;
  if (inner instanceof z.ZodDiscriminatedUnion)
    return `a mapping with ${inner.def.discriminator}: ${[...kinds(inner).keys()].join(" or ")}`;
  return "a mapping";
}

/** Whether the value would do, were it written with quotes, or without. */
function fits(schema: Schema, value: unknown): boolean {
  return isSchema(schema) && z.safeParse(schema, value).success;
}

/** A guess at what was meant, as the end of a message. */
function guess(schema: Schema, found: unknown): string {
  const inner = core(schema);
  if ((typeof found === "number" || typeof found === "boolean") && fits(inner, String(found)))
    return `; put it in quotes: "${found}"`;
  if (typeof found !== "string") return "";
  const better = leafOf(inner)?.suggest?.(found);
  if (better !== undefined) return `; did you mean "${better}"?`;
  if (/^(-?(0|[1-9]\d{0,14})(\.\d{1,9})?|true|false)$/.test(found) && fits(inner, JSON.parse(found)))
    return "; take the quotes off";
  return didYouMean(found, choices(inner) ?? []);
}

function secretMessage(found: unknown, path: string, stack: string): string {
  const command = secretCommand(path, stack);
  if (found === undefined) return `missing; set it with: ${command}`;
  if ((typeof found === "string" && found !== "") || typeof found === "number")
    return `found a secret in plain text; encrypt it with: ${command}; and change it where it was made, as the file may have been read`;
  return `found ${kindOf(found)}; allowed: an encrypted value; set it with: ${command}`;
}

/** Whether a mapping or list is wanted: a text in its place may be a secret that lost its own. */
function isWhole(inner: Schema): boolean {
  return [z.ZodObject, z.ZodDiscriminatedUnion, z.ZodRecord, z.ZodArray].some((type) => inner instanceof type);
}

/** What is wrong with one value, by its schema. */
function message(schema: Schema | undefined, found: unknown, path: string, stack: string): string {
  if (!schema) return `found ${show(found)}, which is not allowed here`;
  if (leafOf(core(schema))?.secret) return secretMessage(found, path, stack);
  if (found === undefined) return `missing; allowed: ${expects(schema)}`;
  const shown = isWhole(core(schema)) ? kindOf(found) : show(found);
  return `found ${shown}; allowed: ${expects(schema)}${guess(schema, found)}`;
}

function unknownKey(schema: Schema | undefined, value: unknown, key: string): string {
  const shape = schema && objectFor(schema, value)?.shape;
  if (!shape) return "unknown key; remove it";
  const known = Object.keys(shape);
  return `unknown key${didYouMean(key, known) || `; known here: ${known.join(", ")}`}`;
}

/** What is wrong with a key of a mapping whose keys are the user's own. */
function keyMessage(mapping: Schema | undefined, key: unknown): string {
  const inner = mapping && core(mapping);
  const allowed = inner instanceof z.ZodRecord && isSchema(inner.keyType) ? expects(inner.keyType) : "another";
  return `found the key ${show(key)}; allowed: ${allowed}`;
}

/** Follows a path of an issue through schema and value, and spells it. */
function locate(root: Schema, raw: unknown, steps: readonly PropertyKey[]) {
  let schema: Schema | undefined = root;
  let value = raw;
  let path = "";
  for (const each of steps) {
    const step = typeof each === "number" ? each : String(each);
    schema = schema && entry(schema, value, step);
    value = valueAt(value, step);
    path = path === "" ? `filiera:${step}` : join(path, step);
  }
  return { schema, value, path };
}

function isWorded(issue: z.core.$ZodIssue): boolean {
  return issue.code === "custom" && issue.params?.["worded"] === true;
}

/** Zod's issues in our words: what was found, what is allowed, and what was probably meant. */
export function explain(root: Schema, raw: unknown, issues: readonly z.core.$ZodIssue[], stack: string): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    const { schema, value, path } = locate(root, raw, issue.path);
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => ({ path: join(path, key), message: unknownKey(schema, value, key) }));
    const worded = [issue, ...(issue.code === "invalid_key" ? issue.issues : [])].find(isWorded);
    if (worded) return [{ path, message: worded.message }];
    if (issue.code === "invalid_key") {
      const mapping = locate(root, raw, issue.path.slice(0, -1)).schema;
      return [{ path, message: keyMessage(mapping, issue.path.at(-1)) }];
    }
    return [{ path, message: message(schema, value, path, stack) }];
  });
}
