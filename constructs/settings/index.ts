export { type DeepReadonly, Secret } from "./settings.ts";
