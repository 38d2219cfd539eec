import { FilieraError } from "../../constructs/kernel/errors.ts";
import type { Pipeline } from "../language/pipeline.ts";
import { KFP } from "../python/boot.ts";
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
  const difference = firstDifference(first, again);
  if (difference) {
    throw FilieraError.at(
      pipeline.name,
      `found ${difference}: the pipeline must say the same each time it is described: keep dates and random values out of it`,
    );
  }
  return first;
}

function compileOnce(pipeline: Pipeline, { installed = false }: CompileOptions): Compiled {
  const compiler = new GraphCompiler(new PythonSteps(installed));
  const { root, components, executors, platform } = compiler.compile(pipeline);
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

/** The first place where two of them differ, in words. */
function firstDifference(one: Compiled, other: Compiled): string | undefined {
  const [first, second] = [JSON.stringify(one), JSON.stringify(other)];
  if (first === second) return undefined;
  let at = 0;
  while (first[at] === second[at]) at++;
  const shown = (text: string) => text.slice(Math.max(0, at - 20), at + 20);
  return `${shown(first)} at first and ${shown(second)} then`;
}
