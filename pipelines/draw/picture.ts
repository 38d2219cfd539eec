import { textAt } from "../../constructs/kernel/json.ts";
import type { ComponentSpec, PipelineSpec, TaskSpec } from "../compile/ir.ts";

/** A task in a picture: a step, or a group with tasks in it. */
export interface PictureNode {
  /** Such as `for-loop-1/train`. */
  readonly path: string;
  readonly title: string;
  /** What it is, in a few words. */
  readonly note: string;
  /** What is in it; a step has nothing. */
  readonly inside: Picture | undefined;
}

/** Tasks of one DAG, and which comes after which. */
export interface Picture {
  readonly nodes: readonly PictureNode[];
  readonly edges: readonly Edge[];
}

/** One task comes after another. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  /** Whether it runs however the other ended. */
  readonly always: boolean;
}

/** What there is to draw of a compiled pipeline. */
export function pictureOf(spec: PipelineSpec): Picture {
  return dagOf(spec, spec.root, "");
}

function dagOf(spec: PipelineSpec, component: ComponentSpec, prefix: string): Picture {
  const tasks = Object.entries(component.dag?.tasks ?? {});
  const names = new Set(tasks.map(([name]) => name));
  return {
    nodes: tasks.map(([name, task]) => nodeOf(spec, name, task, `${prefix}${name}`)),
    edges: tasks.flatMap(([name, { dependentTasks = [], triggerPolicy }]) =>
      dependentTasks
        .filter((before) => names.has(before))
        .map((before) => ({
          from: `${prefix}${before}`,
          to: `${prefix}${name}`,
          always: triggerPolicy?.strategy === "ALL_UPSTREAM_TASKS_COMPLETED",
        })),
    ),
  };
}

function nodeOf(spec: PipelineSpec, name: string, task: TaskSpec, path: string): PictureNode {
  const component = spec.components?.[task.componentRef.name] ?? {};
  const title = task.taskInfo.name;
  if (!component.dag) return { path, title, note: stepNote(spec, component), inside: undefined };
  return {
    path,
    title: title === name ? "" : title,
    note: groupNote(name, task),
    inside: dagOf(spec, component, `${path}/`),
  };
}

function stepNote({ deploymentSpec }: PipelineSpec, { executorLabel = "" }: ComponentSpec): string {
  const { container, importer } = deploymentSpec.executors?.[executorLabel] ?? {};
  if (importer) return `import of ${textAt(importer, "artifactUri", "constant") ?? "an artifact"}`;
  const image = textAt(container, "image") ?? "";
  // of a long reference the end says most
  return image.length > 34 ? `…${image.slice(-33)}` : image;
}

function groupNote(name: string, { triggerPolicy, parameterIterator, artifactIterator }: TaskSpec): string {
  if (triggerPolicy?.condition !== undefined) return `if ${plain(triggerPolicy.condition)}`;
  if (artifactIterator) return `for each of ${channel(artifactIterator.items.inputArtifact)}`;
  if (parameterIterator) {
    const { raw, inputParameter } = parameterIterator.items;
    return `for each of ${inputParameter === undefined ? shortened(raw ?? "") : channel(inputParameter)}`;
  }
  if (name.startsWith("condition-branches-")) return "one of";
  return name.startsWith("exit-handler-") ? "watched" : name;
}

/** A condition as people write it. */
function plain(condition: string): string {
  const read = condition
    .replaceAll(/inputs\.parameter_values\['([^']+)'\]/g, (_, name: string) => channel(name))
    .replaceAll(/(?<!\w)(?:int|double|string)\(([\w. -]+)\)/g, "$1");
  return shortened(
    read
      .replaceAll("&&", "and")
      .replaceAll("||", "or")
      .replaceAll(/!\(([^()]*)\)/g, "not ($1)"),
  );
}

function channel(name: string): string {
  return name.replaceAll("pipelinechannel--", "");
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
