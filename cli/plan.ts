import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fileNamesOf, toYaml } from "../constructs/kernel/render.ts";
import type { Environment } from "../stacks/environment/index.ts";
import { planEnvironment } from "../stacks/plan/index.ts";
import { pageOf } from "../stacks/plan/page.ts";
import type { Plan } from "../stacks/plan/plan.ts";
import { readEnvironment } from "./environment.ts";
import { writeFolder } from "./output.ts";
import { screenOf } from "./screen.ts";
import { treeOf } from "./tree.ts";

/** `filiera plan`. */
export async function plan(name: string, options: { json?: boolean; out?: string }): Promise<void> {
  const { out, plan: planned } = await planFiles(name, readEnvironment(name), options.out);
  if (options.json) {
    process.stdout.write(`${JSON.stringify(planned, undefined, 2)}\n`);
    return;
  }
  const { stdout } = process;
  stdout.write(treeOf(planned, screenOf(stdout)));
  console.log(`manifests in ${out}, a map of the platform at ${pathToFileURL(join(out, "index.html"))}`);
}

/**
 * Plans an environment, and writes its manifests and its page.
 *
 * @param otherwise - what to do where that cannot be written
 */
export async function planFiles(
  name: string,
  environment: Environment,
  folder: string | undefined,
  otherwise?: string,
): Promise<{ readonly out: string; readonly plan: Plan }> {
  // Pulumi takes a stack trace for each of its promises: a third of the time where there are thousands of objects
  if (!process.env["FILIERA_DEBUG"]) Error.stackTraceLimit = 0;
  const planned = await planEnvironment(name, environment);
  const out = folder ?? join("dist", name);
  writeFolder(out, filesOf(planned), otherwise);
  return { out, plan: planned };
}

function filesOf(planned: Plan): Map<string, string> {
  const manifests = planned.resources.flatMap(({ type, inputs }) =>
    type.startsWith("kubernetes:") && inputs["kind"] ? [inputs] : [],
  );
  const names = fileNamesOf(manifests);
  return new Map([
    ...manifests.map((manifest, i): [string, string] => [`manifests/${names[i]}`, toYaml(manifest)]),
    ["index.html", pageOf(planned)],
    ["plan.json", JSON.stringify(planned, undefined, 2)],
  ]);
}
