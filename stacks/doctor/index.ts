export { examine, findingsFrom } from "./doctor.ts";
export { probeTools } from "./probe.ts";
export type { Tools } from "./tools.ts";
