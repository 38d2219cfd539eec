import type { JsonObject } from "../../constructs/kernel/json.ts";
import type { TaskNode } from "../graph/graph.ts";
import type { Container } from "../language/container-step.ts";
import type { Importer } from "../language/importer.ts";
import { Concatenation, IfPresent, Placeholder, type Word } from "../language/placeholders.ts";
import { Ref } from "../language/refs.ts";
import type { Resources } from "../language/settings.ts";
import { defined, ifAny, schemaOf } from "./definitions.ts";
import type { Executor } from "./ir.ts";
import { late, pythonJson, resourceValues } from "./task-spec.ts";
import { coresOf, gigabytesOf } from "./units.ts";

/** The container of a task, with what its settings say of it. */
export function containerExecutor(task: TaskNode, { image, command, args, env }: Container): Executor {
  const { settings } = task;
  const variables = Object.entries({ ...env, ...settings.env }).map(([name, value]) => ({
    name,
    // protobuf leaves out an empty text
    ...(value === "" ? {} : { value }),
  }));
  return {
    container: defined({
      image: late(settings.image ?? image, task),
      command: some(command?.map(wordText)),
      args: some(args?.map(wordText)),
      env: some(variables),
      resources: settings.resources && resources(settings.resources, task),
    }),
  };
}

/** What imports an artifact. */
export function importerExecutor(task: TaskNode, importer: Importer): Executor {
  const { uri } = task.arguments;
  return {
    importer: defined({
      artifactUri: typeof uri === "string" ? { constant: uri } : { runtimeParameter: "uri" },
      typeSchema: { ...schemaOf(importer.type) },
      reimport: importer.again || undefined,
      metadata: importer.metadata,
      downloadToWorkspace: importer.toWorkspace || undefined,
    }),
  };
}

function resources(given: Resources, task: TaskNode): JsonObject | undefined {
  const values = resourceValues(given);
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === "string" || value instanceof Ref ? late(value, task) : undefined;
  };
  // the fields that are numbers are those of older servers, which know no value that comes later
  const number = (name: string, of: (text: string) => number): number | undefined => {
    const value = values[name];
    return typeof value === "string" ? of(value) : undefined;
  };
  return ifAny({
    resourceCpuRequest: text("cpu_request"),
    cpuRequest: number("cpu_request", coresOf),
    resourceCpuLimit: text("cpu_limit"),
    cpuLimit: number("cpu_limit", coresOf),
    resourceMemoryRequest: text("memory_request"),
    memoryRequest: number("memory_request", gigabytesOf),
    resourceMemoryLimit: text("memory_limit"),
    memoryLimit: number("memory_limit", gigabytesOf),
    accelerator: given.accelerator && {
      ...ifAny({
        resourceType: text("accelerator_type"),
        type: typeof values["accelerator_type"] === "string" ? values["accelerator_type"] : undefined,
        resourceCount: text("accelerator_count"),
        count: typeof values["accelerator_count"] === "string" ? values["accelerator_count"] : undefined,
      }),
    },
  });
}

/** A word of a command as Kubeflow reads it: one that is put together at run time is a text of JSON. */
export function wordText(word: Word): string {
  return word instanceof Concatenation || word instanceof IfPresent ? pythonJson(structure(word)) : String(word);
}

function structure(word: Word): string | JsonObject {
  if (word instanceof Concatenation) return { Concat: word.words.map(structure) };
  if (!(word instanceof IfPresent)) return String(word instanceof Placeholder ? word.toString() : word);
  const words = (of: Word | readonly Word[]) => (isWords(of) ? of.map(structure) : structure(of));
  return {
    IfPresent: {
      InputName: word.input,
      Then: words(word.words),
      ...(word.otherwise === undefined ? {} : { Else: words(word.otherwise) }),
    },
  };
}

function isWords(of: Word | readonly Word[]): of is readonly Word[] {
  return Array.isArray(of);
}

function some<Value>(list: readonly Value[] | undefined): readonly Value[] | undefined {
  return list && list.length > 0 ? list : undefined;
}
