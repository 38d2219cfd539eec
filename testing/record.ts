import type { Recording, RecordOptions } from "../stacks/plan/recording.ts";

/**
 * Runs a Pulumi program against a monitor that notes every request and makes nothing. Secrets are recorded as
 * `[secret]`, and what only a deployment knows as `[known after up]`. One at a time in a process.
 *
 * @example
 * const { resources } = await record(() => myProgram(), { project: "shop", stack: "dev" });
 */
export async function record(program: () => unknown, options: RecordOptions): Promise<Recording> {
  const recording = await import("../stacks/plan/recording.ts");
  return recording.record(program, options);
}
