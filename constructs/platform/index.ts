export type { PlatformConfig } from "./config.ts";
export type { Layer } from "./layer.ts";
export { type Platform, platform } from "./platform.ts";
export type { Provisioned } from "./site.ts";
