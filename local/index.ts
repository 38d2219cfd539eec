/** The third back end: the objects of a platform as supervised processes of one machine. */
export { localBackups } from "./backup.ts";
export { elsewhere, type RunningPlatform, runEnvironment } from "./environment.ts";
export type { Program } from "./programs/index.ts";
export { RunFolder } from "./run/folder.ts";
export type { Run } from "./run/run.ts";
export { type RunOptions, run } from "./run/start.ts";
export {
  type ObjectState,
  type ObjectStatus,
  type Phase,
  type RunEvent,
  type RunStatus,
  readRun,
} from "./run/status.ts";
