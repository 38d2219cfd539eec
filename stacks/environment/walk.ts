import { z } from "zod";
import { type Leaf, leaves } from "../../constructs/settings/settings.ts";
import { isMapping } from "./data.ts";

export type Schema = z.core.SomeType;
type Step = string | number;

/** Whether something is a schema of zod. */
export function isSchema(value: unknown): value is z.core.$ZodType {
  return typeof value === "object" && value !== null && "_zod" in value;
}

/** What describes a schema as a leaf, if it is one. */
export function leafOf(schema: Schema): Leaf | undefined {
  return isSchema(schema) ? leaves.get(schema) : undefined;
}

/** The schema inside of optional, default, preprocess and transform; a leaf is not looked into. */
export function core(schema: Schema): Schema {
  if (leafOf(schema)) return schema;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return core(schema.unwrap());
  if (schema instanceof z.ZodPipe) return core(schema.in instanceof z.ZodTransform ? schema.out : schema.in);
  return schema;
}

/** The values that a discriminated union knows for its discriminator, each with its option. */
export function kinds(union: z.ZodDiscriminatedUnion): ReadonlyMap<string, z.ZodObject> {
  const found = new Map<string, z.ZodObject>();
  for (const option of union.options) {
    const object = core(option);
    if (!(object instanceof z.ZodObject)) continue;
    const literal: unknown = object.shape[union.def.discriminator];
    if (literal instanceof z.ZodLiteral) for (const value of literal.values) found.set(String(value), object);
  }
  return found;
}

/** The object that a schema means for this value: itself, or the option of a union that its discriminator picks. */
export function objectFor(schema: Schema, value: unknown): z.ZodObject | undefined {
  const inner = core(schema);
  if (inner instanceof z.ZodObject) return inner;
  if (!(inner instanceof z.ZodDiscriminatedUnion) || !isMapping(value)) return undefined;
  const kind = value[inner.def.discriminator];
  return typeof kind === "string" ? kinds(inner).get(kind) : undefined;
}

/** The schema of one entry of a value. */
export function entry(schema: Schema, value: unknown, step: Step): Schema | undefined {
  const inner = core(schema);
  if (inner instanceof z.ZodArray) return inner.element;
  if (inner instanceof z.ZodRecord) return inner.valueType;
  const shape = objectFor(inner, value)?.shape;
  const found: unknown = shape && Object.hasOwn(shape, step) ? shape[step] : undefined;
  if (isSchema(found)) return found;
  // an unknown kind: its union says which ones there are
  return inner instanceof z.ZodDiscriminatedUnion && step === inner.def.discriminator
    ? z.enum([...kinds(inner).keys()])
    : undefined;
}

/** What a value has at a key or index, never inherited. */
export function valueAt(value: unknown, step: Step): unknown {
  if (Array.isArray(value)) return value[Number(step)];
  return isMapping(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}
