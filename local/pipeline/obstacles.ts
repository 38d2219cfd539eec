import type { Problem } from "../../constructs/kernel/errors.ts";
import { objectAt, textAt } from "../../constructs/kernel/json.ts";
import type { Compiled, PipelineSpec } from "../../pipelines/index.ts";

/** By this kfp.local tells the steps that it can run. */
const RUNS_PYTHON = "kfp.dsl.executor_main";

/** A step of a compiled pipeline, wherever in its groups it is. */
export interface StepAt {
  /** Such as `training/for-loop-1/train`. */
  readonly path: string;
  readonly executor: string;
}

/** The steps of a compiled pipeline, in order. */
export function stepsOf({ pipelineInfo, root, components = {} }: PipelineSpec): readonly StepAt[] {
  const inside = (component: PipelineSpec["root"] | undefined, path: string): readonly StepAt[] => {
    if (component?.executorLabel !== undefined) return [{ path, executor: component.executorLabel }];
    const tasks = Object.entries(component?.dag?.tasks ?? {});
    return tasks.flatMap(([name, task]) => inside(components[task.componentRef.name], `${path}/${name}`));
  };
  return inside(root, pipelineInfo.name);
}

/** What of a pipeline cannot run on this machine, step by step. */
export function obstaclesOf(spec: PipelineSpec): readonly Problem[] {
  const { executors = {} } = spec.deploymentSpec;
  return stepsOf(spec).flatMap(({ path, executor }) => {
    const { container, importer } = executors[executor] ?? {};
    if (importer) {
      const uri = textAt(importer, "artifactUri", "constant") ?? "an artifact";
      return [{ path, message: `found an import of ${uri}: only Python steps run here, run it on the platform` }];
    }
    const { command } = container ?? {};
    if (Array.isArray(command) && command.some((word) => String(word).includes(RUNS_PYTHON))) return [];
    const image = textAt(container, "image") ?? "no image";
    return [{ path, message: `found a container of ${image}: only Python steps run here, run it on the platform` }];
  });
}

/** What steps ask for that is not there on this machine, in words: they run without it. */
export function leftOut({ pipelineSpec, platformSpec }: Compiled): readonly string[] {
  const { executors = {} } = pipelineSpec.deploymentSpec;
  const settings = objectAt(platformSpec, "platforms", "kubernetes", "deploymentSpec", "executors");
  return stepsOf(pipelineSpec).flatMap(({ path, executor }) => {
    const kubernetes = Object.keys(objectAt(settings, executor));
    const own = executors[executor]?.container?.["resources"] === undefined ? [] : ["resources"];
    const all = [...own, ...kubernetes];
    return all.length === 0 ? [] : [`${path}: ${all.join(", ")}`];
  });
}
