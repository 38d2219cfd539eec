import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isFilieraError } from "../../../constructs/kernel/errors.ts";
import { identityOf } from "../../../constructs/kernel/identity.ts";
import { isObject, type Json, type JsonObject, listAt, objectAt } from "../../../constructs/kernel/json.ts";
import { overlay } from "../../../stacks/environment/data.ts";
import type { Environment } from "../../../stacks/environment/index.ts";
import { type Changes, KAFKA, resolved } from "../../support/platform.ts";
import { type KubeObject, Refusal } from "../control-plane/client.ts";
import { ControlPlane } from "../control-plane/control-plane.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";
import { CLUSTER } from "./cluster.ts";
import { StandIns } from "./operators.ts";
import { appliedBy, stepsOfRendering } from "./steps.ts";

const { skip, title } = skipped(layers.environments);

/** Values for the patterns that fast-check cannot generate from. */
const BY_HAND: Readonly<Record<string, readonly string[]>> = {
  Gi: ["1Gi", "0.5Gi", "1.5Ti", "1500000k", "700.25Mi", "8388608Ki"],
  m: ["1m", "0.001", "1", "1.5", "12.125", "100000m"],
  "*": ["a", "*", "*.example.com", "10.0.0.7:5000", "a:*", "a-b.c:65535"],
};

describe.skipIf(skip)(`${title}: settings`, () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await ControlPlane.start(CLUSTER);
    const operators = new StandIns(plane);
    for (const { does } of stepsOfRendering(resolved("prod", KAFKA)))
      if (does.kind === "install") await operators.install(does.release);
      else if (does.kind === "apply" && does.object.kind === "Namespace") await plane.client.apply(does.object);
  });
  afterAll(() => plane.stop());

  it.each(["local", "prod"] as const)(
    "what the schema allows for %s, one setting after the other, an API server takes",
    async (name) => {
      const base = new Map(
        appliedBy(stepsOfRendering(resolved(name, KAFKA))).map((object) => [
          identityOf(object),
          JSON.stringify(object),
        ]),
      );
      const refused: string[] = [];
      let tried = 0;
      for (const { path, value } of allowed()) {
        const environment = parsed(name, path, value);
        if (!environment) continue;
        tried += 1;
        const changed = appliedBy(stepsOfRendering(environment)).filter(
          (object) => base.get(identityOf(object)) !== JSON.stringify(object),
        );
        for (const object of changed) {
          const refusal = await refusalOf(plane, object);
          if (refusal !== undefined) refused.push(`${path.join(".")} = ${JSON.stringify(value)}: ${refusal}`);
        }
      }
      expect(tried).toBeGreaterThan(200);
      expect(refused).toEqual([]);
    },
  );
});

interface Setting {
  readonly path: readonly string[];
  readonly value: Json;
}

/** Values for each setting of the schema: the ends of what is allowed, and some between. */
function allowed(): Setting[] {
  const schema: unknown = JSON.parse(readFileSync("environments/schema.json", "utf8"));
  return settings(objectAt(schema, "properties", "config"), []).filter(({ path }) => path.length > 0);
}

function settings(schema: JsonObject, path: readonly string[]): Setting[] {
  const variants = [...listAt(schema, "oneOf"), ...listAt(schema, "anyOf")];
  if (variants.length > 0) return variants.flatMap((variant) => settings(variant, path));
  const inner = Object.entries(objectAt(schema, "properties")).flatMap(([key, property]) =>
    isObject(property) ? settings(property, [...path, key]) : [],
  );
  const names = objectAt(schema, "propertyNames");
  const entries = zip(valuesOf(names), ofMany(objectAt(schema, "additionalProperties")));
  return [
    ...inner,
    ...entries.map((value) => ({ path, value })),
    ...valuesOf(schema).map((value) => ({ path, value })),
  ];
}

/** Values of a mapping's entries; an entry that is a mapping too has what it must have, and one setting besides. */
function ofMany(schema: JsonObject): Json[] {
  const properties = objectAt(schema, "properties");
  const values = (key: string): Json[] => valuesOf(objectAt(properties, key));
  const required = Array.isArray(schema["required"]) ? schema["required"].map(String) : [];
  const least = Object.fromEntries(required.map((key) => [key, values(key).at(-1) ?? null]));
  const fuller = Object.keys(properties).flatMap((key) => values(key).map((value) => ({ ...least, [key]: value })));
  return fuller.length > 0 ? fuller : valuesOf(schema);
}

function valuesOf(schema: JsonObject): Json[] {
  const { type, enum: choices, pattern, minimum, maximum, items } = schema;
  if (Array.isArray(choices)) return choices;
  if (type === "boolean") return [true, false];
  if ((type === "integer" || type === "number") && typeof minimum === "number" && typeof maximum === "number")
    return [minimum, minimum + 1, Math.min(maximum, 7), maximum];
  if (type === "array" && isObject(items)) return valuesOf(items).map((item) => [item]);
  if (type !== "string" || typeof pattern !== "string") return [];
  const hand = Object.entries(BY_HAND).find(([mark]) => pattern.startsWith("^(?=") && pattern.includes(mark));
  if (hand) return [...hand[1]];
  // what a name must not be is asked of those that are made, as the generator knows no lookahead
  const made = fc.stringMatching(new RegExp(pattern.replace(/^\^\(\?![^)]*\)/, "^")), { maxLength: 260 });
  return fc.sample(
    made.filter((text) => new RegExp(pattern).test(text)),
    { numRuns: 6, seed: 7 },
  );
}

/** One mapping for each name, with some value. */
function zip(names: readonly Json[], values: readonly Json[]): JsonObject[] {
  if (names.length === 0) return [];
  const many = Array.from({ length: Math.max(names.length, values.length) });
  return many.map((_, i) => ({ [String(names[i % names.length])]: values[i % values.length] }));
}

function parsed(name: "local" | "prod", [top = "", ...path]: readonly string[], value: Json): Environment | undefined {
  const nested = path.reduceRight<Json>((inner, key) => ({ [key]: inner }), value);
  try {
    return resolved(name, changed({ [top]: nested }));
  } catch (error) {
    if (isFilieraError(error)) return undefined;
    throw error;
  }
}

/** A Kafka besides, so that its settings find one. */
function changed(changes: JsonObject): Changes {
  const all = overlay(KAFKA, changes);
  return isObject(all) ? all : {};
}

/** Why the API server refuses an object, or what it has to remark. */
async function refusalOf({ client }: ControlPlane, object: KubeObject): Promise<string | undefined> {
  try {
    const { warnings } = await client.apply(object, { dryRun: true });
    return warnings[0];
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}
