import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { closest } from "fastest-levenshtein";
import { messageOf, type Problem, throwProblems } from "../../constructs/kernel/errors.ts";
import { isObject, type Json } from "../../constructs/kernel/json.ts";
import type { Pipeline, Port } from "../../pipelines/index.ts";
import { type DataType, isParameter, nameOf, type ParameterType } from "../../pipelines/language/types.ts";

/** What a run is given for the inputs of its pipeline. */
export interface RunInputs {
  /** Every parameter that has a value, defaults among them. */
  readonly parameters: Readonly<Record<string, Json>>;
  /** Files and folders for inputs that are artifacts. */
  readonly artifacts: Readonly<Record<string, { readonly schema: string; readonly path: string }>>;
  /** Absolute paths among the parameters whose content is data: what is there counts, not only how it is called. */
  readonly data: readonly string[];
}

/**
 * Reads what is given as `name=value` and, for data, as `name=path`.
 *
 * @throws FilieraError with everything that is wrong with it
 */
export function readInputs(pipeline: Pipeline, values: readonly string[], files: readonly string[]): RunInputs {
  const problems: Problem[] = [];
  const parameters: Record<string, Json> = {};
  const artifacts: Record<string, { schema: string; path: string }> = {};
  const data: string[] = [];
  const given = (option: string, texts: readonly string[], use: (path: string, port: Port, text: string) => void) => {
    for (const text of texts) {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
      if (name === undefined || value === undefined) {
        problems.push({ path: option, message: `found "${text}": write it as name=value` });
        continue;
      }
      const path = `${pipeline.name}.${name}`;
      const port = pipeline.inputs[name];
      if (port) use(name, port, value);
      else problems.push({ path, message: unknownInput(name, Object.keys(pipeline.inputs)) });
    }
  };
  given("--param", values, (name, { type }, text) => {
    const path = `${pipeline.name}.${name}`;
    const value = read(text, type);
    if ("found" in value) problems.push({ path, message: `found ${value.found}: give it ${wanted(type)}` });
    else parameters[name] = value.is;
  });
  given("--file", files, (name, { type }, text) => {
    const path = resolve(text);
    const at = `${pipeline.name}.${name}`;
    if (!existsSync(path)) problems.push({ path: at, message: `found no file or folder at ${path}` });
    else if (!isParameter(type) && type.kind === "ARTIFACT") artifacts[name] = { schema: type.schema, path };
    else if (type.kind === "STRING") {
      parameters[name] = path;
      data.push(path);
    } else problems.push({ path: at, message: `found a file for what takes no path: give it ${wanted(type)}` });
  });
  for (const [name, { type, need, default: byDefault }] of Object.entries(pipeline.inputs)) {
    if (name in parameters || name in artifacts) continue;
    if (byDefault !== undefined) parameters[name] = byDefault;
    else if (need === "required" && !problems.some(({ path }) => path === `${pipeline.name}.${name}`)) {
      const option = isParameter(type) ? `--param ${name}=…` : `--file ${name}=…`;
      problems.push({
        path: `${pipeline.name}.${name}`,
        message: `found nothing: give it ${wanted(type)}, by ${option}`,
      });
    }
  }
  throwProblems(problems);
  return { parameters, artifacts, data };
}

function unknownInput(name: string, known: readonly string[]): string {
  if (known.length === 0) return "found an input where there is none: leave it out";
  return `found an unknown input: known are ${known.join(", ")}; did you mean ${closest(name, known)}?`;
}

/** The value that a text is for a type, or what is found in its place, in words. */
function read(text: string, type: DataType): { readonly is: Json } | { readonly found: string } {
  if (!isParameter(type)) return { found: `the text ${JSON.stringify(text)}` };
  if (type.kind === "STRING") return checked(text, type, text);
  try {
    const value: Json = JSON.parse(text);
    return checked(value, type, text);
  } catch (error) {
    const isList = type.kind === "LIST" || type.kind === "STRUCT";
    return { found: isList ? `${text}, which is no JSON (${messageOf(error)})` : JSON.stringify(text) };
  }
}

function checked(is: Json, type: ParameterType, text: string): { readonly is: Json } | { readonly found: string } {
  return fits(is, type) ? { is } : { found: type.kind === "STRING" ? JSON.stringify(text) : text };
}

function fits(value: Json, { kind, choices, items, fields }: ParameterType): boolean {
  switch (kind) {
    case "STRING":
      return typeof value === "string" && (!choices || choices.includes(value));
    case "NUMBER_INTEGER":
      return Number.isInteger(value);
    case "NUMBER_DOUBLE":
      return typeof value === "number";
    case "BOOLEAN":
      return typeof value === "boolean";
    case "LIST":
      return Array.isArray(value) && (!items || value.every((each) => fits(each, items)));
    case "STRUCT":
      return isObject(value) && Object.entries(fields ?? {}).every(([name, type]) => fits(value[name] ?? null, type));
    default:
      return false;
  }
}

/** A type, in words for `give it …`. */
function wanted(type: DataType): string {
  if (!isParameter(type)) return `a ${nameOf(type)}, as a file or folder`;
  if (type.choices) return nameOf(type);
  if (type.kind === "LIST") return type.items ? `a list of ${nameOf(type.items)}s, in JSON` : "a list, in JSON";
  if (type.kind === "STRUCT") {
    const fields = Object.entries(type.fields ?? {}).map(([name, of]) => `${name}: ${nameOf(of)}`);
    return fields.length > 0 ? `a struct with ${fields.join(", ")}, in JSON` : "a struct, in JSON";
  }
  if (type.kind === "BOOLEAN") return "true or false";
  return type.kind === "NUMBER_INTEGER" ? "an integer" : `a ${nameOf(type)}`;
}
