import { App } from "cdk8s";
import { late } from "../constructs/kernel/late.ts";
import { type Platform, platform } from "../constructs/platform/platform.ts";
import type { Environment } from "../stacks/environment/index.ts";
import type { Run } from "./run/run.ts";
import { type RunOptions, run } from "./run/start.ts";

/** The platform of an environment as it runs on this machine. */
export interface RunningPlatform {
  readonly run: Run;
  readonly platform: Platform;
}

/** Runs an environment: the very objects that are deployed and rendered, with secrets of this machine's own. */
export async function runEnvironment(environment: Environment, options: RunOptions): Promise<RunningPlatform> {
  const composed = platform(new App(), environment, {
    secret: (name, generation) => late.named(generation === 1 ? name : `${name} ${generation}`),
  });
  return { run: await run(composed.chart, options), platform: composed };
}
