/** Late values, order, identity, rendering: what every construct is made with. */

export { provides } from "./conventions.ts";
export { FilieraError, isFilieraError, type Problem } from "./errors.ts";
export { here, type Place } from "./here.ts";
export type { Json, JsonObject } from "./json.ts";
export { isLate, Late, late, type Text, type Tree } from "./late.ts";
export { Noun } from "./noun.ts";
export { type Manifest, type PlatformObject, whenComplete } from "./objects.ts";
export { type ObjectOptions, Options } from "./options.ts";
export type { OrderedObject } from "./order.ts";
export { patch } from "./patches.ts";
export { fileNamesOf, type RenderedObject, render, toYaml } from "./render.ts";
