import { FilieraError, type Problem, throwProblems } from "../../constructs/kernel/errors.ts";
import type { Pipeline } from "../language/pipeline.ts";
import { KFP } from "../python/boot.ts";
import type { Assembled } from "./assemble.ts";
import { checkMemory, checkTime } from "./check-settings.ts";
import { defined, ifAny } from "./definitions.ts";
import { GraphCompiler } from "./graph.ts";
import type { PipelineSpec, PlatformSpec } from "./ir.ts";
import { pipelineConfig } from "./platform.ts";
import { PythonSteps } from "./python-steps.ts";

/** What a pipeline is compiled to: the IR, and what only Kubernetes knows, if anything. */
export interface Compiled {
  readonly pipelineSpec: PipelineSpec;
  readonly platformSpec: PlatformSpec | undefined;
}

/** How a pipeline is compiled. */
export interface CompileOptions {
  /**
   * Whether the packages of Python steps are there already, so that none is installed when a step starts.
   * @default false
   */
  readonly installed?: boolean;
}

/** Compiles a pipeline to KFP's IR, schema 2.1.0. The same pipeline always gives the same. */
export function compile(pipeline: Pipeline, options: CompileOptions = {}): Compiled {
  const first = compileOnce(pipeline, options);
  const again = compileOnce(pipeline, options);
  const difference = firstDifference({ ...first }, { ...again });
  if (difference) {
    const message = `found ${difference} when it was described twice: keep dates, random values and counters out of it`;
    throw FilieraError.at(pipeline.name, message);
  }
  return first;
}

function compileOnce(pipeline: Pipeline, { installed = false }: CompileOptions): Compiled {
  const compiler = new GraphCompiler(new PythonSteps(installed));
  const assembled = compiler.compile(pipeline);
  throwProblems(optionProblems(pipeline, assembled));
  const { root, components, executors, platform } = assembled;
  const { name, options } = pipeline;
  const { displayName, description, storage } = options;
  const pipelineSpec: PipelineSpec = defined({
    pipelineInfo: defined({ name, displayName, description }),
    schemaVersion: "2.1.0",
    sdkVersion: `kfp-${KFP}`,
    defaultPipelineRoot: storage,
    root,
    components: ifAny(Object.fromEntries(components)),
    deploymentSpec: defined({ executors: ifAny(Object.fromEntries(executors)) }),
  });
  const deploymentSpec = platform.size > 0 ? { executors: Object.fromEntries(platform) } : undefined;
  const kubernetes = ifAny({ deploymentSpec, pipelineConfig: pipelineConfig(options) });
  return { pipelineSpec, platformSpec: kubernetes && { platforms: { kubernetes } } };
}

/** Imports into a workspace that is not there, and times and sizes that are none. */
function optionProblems({ name, options }: Pipeline, { executors }: Assembled): readonly Problem[] {
  const { workspace, timeout, keep } = options;
  const copies = [...executors].find(([, { importer }]) => importer?.["downloadToWorkspace"]);
  const message = "found an import into a workspace that the pipeline does not have: give it a workspace";
  return [
    ...(copies && !workspace ? [{ path: `${name}/${copies[0].replace("exec-", "")}`, message }] : []),
    ...checkMemory(workspace?.size, `${name}.workspace.size`),
    ...checkTime(timeout, `${name}.timeout`),
    ...Object.entries(keep ?? {}).flatMap(([when, time]) => checkTime(time, `${name}.keep.${when}`)),
  ];
}

/** The first place where two of them differ, in words. */
function firstDifference(one: unknown, other: unknown, path: readonly string[] = []): string | undefined {
  if (Object.is(one, other)) return undefined;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) {
    return `${JSON.stringify(one)} and then ${JSON.stringify(other)} at ${path.slice(1).join(".")}`;
  }
  const [before, after] = [new Map(Object.entries(one)), new Map(Object.entries(other))];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const found = firstDifference(before.get(key), after.get(key), [...path, key]);
    if (found) return found;
  }
  return undefined;
}
