/** Late values, order, identity, rendering: what every construct is made with. */
export { FilieraError, isFilieraError, type Problem } from "./errors.ts";
export { declareFootprint, type Footprint } from "./footprint.ts";
export { isLate, Late, late, type Text, type Tree } from "./late.ts";
export { Noun } from "./noun.ts";
export { patch, whenComplete } from "./objects.ts";
export { type ObjectOptions, Options } from "./options.ts";
export { provides } from "./order.ts";
export { type RenderedObject, render, toYaml } from "./render.ts";
