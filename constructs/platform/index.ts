export type { PlatformConfig } from "./config.ts";
export type { Layer } from "./layer.ts";
export { type Platform, type Provisioned, platform } from "./platform.ts";
