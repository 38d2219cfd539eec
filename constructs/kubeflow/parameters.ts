import { closest } from "fastest-levenshtein";
import type { Problem } from "../kernel/errors.ts";
import { at, isObject, type Json, type JsonObject, objectAt } from "../kernel/json.ts";

/** What is wrong with the values that a run is given for the inputs of its pipeline, as Kubeflow's API sees it. */
export function parameterProblems(
  pipelineSpec: JsonObject,
  values: Readonly<Record<string, Json>>,
  path: string,
): readonly Problem[] {
  const inputs = objectAt(pipelineSpec, "root", "inputDefinitions");
  const declared = Object.entries(objectAt(inputs, "parameters"));
  const known = declared.map(([name]) => name);
  const problems: Problem[] = [];
  const add = (name: string, message: string) => problems.push({ path: `${path}.${name}`, message });
  for (const name of Object.keys(values).filter((each) => !known.includes(each)))
    add(
      name,
      known.length === 0
        ? "found a parameter, and the pipeline has none: leave it out"
        : `found an unknown parameter: known are ${known.join(", ")}; did you mean ${closest(name, known)}?`,
    );
  for (const [name, spec] of declared) {
    const value = values[name];
    const type = wanted(spec);
    if (value !== undefined && !fits(value, spec)) add(name, `found ${JSON.stringify(value)}: give it ${type}`);
    const mayLack = at(spec, "isOptional") === true || at(spec, "defaultValue") !== undefined;
    if (value === undefined && !mayLack) add(name, `found nothing: give it ${type}`);
  }
  for (const [name, spec] of Object.entries(objectAt(inputs, "artifacts")))
    if (at(spec, "isOptional") !== true)
      add(
        name,
        "found an input that is an artifact, which nobody can give to a recurring run: import it in the pipeline",
      );
  return problems;
}

const TYPES: Readonly<Record<string, readonly [string, (value: Json) => boolean]>> = {
  STRING: ["a string", (value) => typeof value === "string"],
  NUMBER_INTEGER: ["an integer", (value) => Number.isInteger(value)],
  NUMBER_DOUBLE: ["a number", (value) => typeof value === "number" && Number.isFinite(value)],
  BOOLEAN: ["true or false", (value) => typeof value === "boolean"],
  LIST: ["a list", (value) => Array.isArray(value)],
  STRUCT: ["an object", (value) => isObject(value)],
};

function typeOf(spec: unknown) {
  return TYPES[String(at(spec, "parameterType"))] ?? (["something else", () => false] as const);
}

function literalsOf(spec: unknown): readonly unknown[] {
  const literals = at(spec, "literals");
  return Array.isArray(literals) ? literals : [];
}

function fits(value: Json, spec: unknown): boolean {
  const literals = literalsOf(spec);
  return typeOf(spec)[1](value) && (literals.length === 0 || literals.includes(value));
}

function wanted(spec: unknown): string {
  const literals = literalsOf(spec);
  return literals.length === 0 ? typeOf(spec)[0] : literals.map((each) => JSON.stringify(each)).join(" or ");
}
