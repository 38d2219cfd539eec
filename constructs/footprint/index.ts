export { declareFootprint, type Footprint } from "./footprint.ts";
export { parseQuantity } from "./quantity.ts";
