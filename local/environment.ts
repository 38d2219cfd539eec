import { App } from "cdk8s";
import { generationName } from "../constructs/connections/generation.ts";
import { type Problem, throwProblems } from "../constructs/kernel/errors.ts";
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
  throwProblems(elsewhere(environment));
  const composed = platform(new App(), environment, {
    secret: (name, generation) => late.named(generationName(name, generation)),
  });
  return { run: await run(composed.chart, options), platform: composed };
}

/** Stores that a cloud runs, as problems: this machine has none of them. */
export function elsewhere({ objectStore, postgres }: Environment): Problem[] {
  const stores = [
    { path: "filiera:objectStore.kind", kind: objectStore.kind, here: "minio" },
    { path: "filiera:postgres.kind", kind: postgres.kind, here: "cloudnative-pg" },
  ];
  return stores
    .filter(({ kind }) => kind === "s3" || kind === "rds")
    .map(({ path, kind, here }) => ({
      path,
      message: `found "${kind}", which AWS alone runs; allowed here: "${here}", in another environment, such as local`,
    }));
}
