import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { at, isObject, type JsonObject, listAt, objectAt, textAt } from "../../constructs/kernel/json.ts";
import type { Manifest } from "../../constructs/kernel/objects.ts";
import { CRDS } from "./layers.ts";

/** The schema of a custom resource, if one of the given folders has its definition. */
export class CustomResources {
  readonly #schemas = new Map<string, JsonObject>();

  constructor(...folders: readonly string[]) {
    for (const folder of folders)
      for (const file of readdirSync(join(CRDS, folder))) this.#read(join(CRDS, folder, file));
  }

  #read(file: string): void {
    const crd: unknown = JSON.parse(readFileSync(file, "utf8"));
    const group = textAt(crd, "spec", "group");
    const kind = textAt(crd, "spec", "names", "kind");
    for (const version of listAt(crd, "spec", "versions"))
      this.#schemas.set(`${group}/${version["name"]}/${kind}`, objectAt(version, "schema", "openAPIV3Schema"));
  }

  /** What the API server would refuse under strict field validation, but for rules in CEL, and for `metadata`. */
  problemsOf(manifest: Manifest): string[] {
    const schema = this.#schemas.get(`${manifest.apiVersion}/${manifest.kind}`);
    return schema
      ? check(schema, { ...manifest, metadata: {} }, "")
      : [`${manifest.apiVersion}/${manifest.kind} is not served`];
  }
}

function check(schema: JsonObject, value: unknown, path: string): string[] {
  if (value === undefined) return [];
  if (schema["x-kubernetes-int-or-string"] === true)
    return typeof value === "string" || Number.isInteger(value)
      ? checkText(schema, value, path)
      : [`${path}: is no whole number and no text`];
  if (value === null) return schema["nullable"] === true ? [] : [`${path}: is null`];
  const { type } = schema;
  if (type !== undefined && !isOf(String(type), value)) return [`${path}: is ${typeOf(value)}, not ${type}`];
  const { enum: allowed } = schema;
  if (Array.isArray(allowed) && !allowed.includes(value)) return [`${path}: is not one of ${allowed.join(", ")}`];
  if (Array.isArray(value)) return checkList(schema, value, path);
  return isObject(value) ? checkObject(schema, value, path) : checkText(schema, value, path);
}

function checkObject(schema: JsonObject, value: JsonObject, path: string): string[] {
  const properties = objectAt(schema, "properties");
  const { required, additionalProperties: additional } = schema;
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true || additional === true;
  const missing = (Array.isArray(required) ? required.map(String) : []).filter((key) => value[key] === undefined);
  return [
    ...missing.map((key) => `${pathTo(path, key)}: is missing`),
    ...Object.entries(value).flatMap(([key, inner]) => {
      const own = at(properties, key) ?? additional;
      if (isObject(own)) return check(own, inner, pathTo(path, key));
      return open || inner === undefined ? [] : [`${pathTo(path, key)}: is no field of this kind`];
    }),
  ];
}

function checkList(schema: JsonObject, value: readonly unknown[], path: string): string[] {
  const items = objectAt(schema, "items");
  const { minItems, maxItems } = schema;
  const outside = !within(value.length, minItems, maxItems) ? [`${path}: has ${value.length} items`] : [];
  return [...outside, ...value.flatMap((item, i) => check(items, item, `${path}[${i}]`))];
}

function checkText(schema: JsonObject, value: unknown, path: string): string[] {
  const { pattern, minLength, maxLength, minimum, maximum } = schema;
  if (typeof value === "number") return within(value, minimum, maximum) ? [] : [`${path}: ${value} is out of bounds`];
  if (typeof value !== "string") return [];
  if (!within(value.length, minLength, maxLength)) return [`${path}: has ${value.length} characters`];
  return typeof pattern !== "string" || new RegExp(pattern, "u").test(value)
    ? []
    : [`${path}: ${JSON.stringify(value)} does not match ${pattern}`];
}

function within(value: number, least: unknown, most: unknown): boolean {
  return !(typeof least === "number" && value < least) && !(typeof most === "number" && value > most);
}

function isOf(type: string, value: unknown): boolean {
  const found = typeOf(value);
  return found === type || (type === "number" && found === "integer");
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

function pathTo(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
