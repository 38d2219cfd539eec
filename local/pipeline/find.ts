import { existsSync, globSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { closest } from "fastest-levenshtein";
import {
  FilieraError,
  firstLine,
  isFilieraError,
  messageOf,
  type Problem,
  throwProblems,
} from "../../constructs/kernel/errors.ts";
import { at } from "../../constructs/kernel/json.ts";
import type { Pipeline } from "../../pipelines/index.ts";

/** A pipeline of a project, and where it is. */
export interface FoundPipeline {
  readonly pipeline: Pipeline;
  /** The module that exports it, from the project's folder. */
  readonly module: string;
  /** The lock of the packages that its steps need, if the project has one. */
  readonly lock: string | undefined;
}

/** In a folder of pipelines: a module each, or a folder each with an `index`. */
const MODULES = ["*.{ts,mts,js,mjs}", "*/index.{ts,mts,js,mjs}"];
const LOCK = "requirements.txt";

/**
 * Where a project has its pipelines, as patterns: in `pipelines`, or as `filiera.pipelines` of its package.json says.
 *
 * @throws FilieraError for a package.json that is no JSON, or says no folders
 */
export function patternsOf(project: string): readonly string[] {
  const patterns = at(packageOf(project, project), "filiera", "pipelines");
  if (patterns === undefined) return ["pipelines"];
  if (Array.isArray(patterns) && patterns.every((each) => typeof each === "string")) return patterns;
  throw FilieraError.at(
    "package.json/filiera.pipelines",
    `found ${JSON.stringify(patterns)}: give it a list of folders, such as ["pipelines"]`,
  );
}

/** The folders that the patterns find. */
function foldersOf(project: string): readonly string[] {
  return globSync([...patternsOf(project)], { cwd: project }).sort();
}

/** The package.json of a folder of a project, or of one above it, if it has one. */
export function packageOf(folder: string, project: string): unknown {
  const file = join(folder, "package.json");
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw FilieraError.at(relative(project, file), `cannot be read as JSON: ${firstLine(messageOf(error))}`);
  }
}

/**
 * The pipelines that the modules of a project export, by their names.
 *
 * @throws FilieraError for modules that cannot be loaded, and two pipelines of one name
 */
export async function findPipelines(project: string): Promise<readonly FoundPipeline[]> {
  ownCopy();
  const found = new Map<string, FoundPipeline>();
  const problems: Problem[] = [];
  const modules = foldersOf(project).flatMap((folder) =>
    MODULES.flatMap((each) =>
      globSync(`${folder}/${each}`, { cwd: project, exclude: ["**/*.d.ts", "**/*.test.*"] }),
    ).map((module) => ({ module, folder })),
  );
  for (const { module, folder } of modules.sort((one, two) => (one.module < two.module ? -1 : 1))) {
    for (const pipeline of await load(project, module, problems)) {
      const other = found.get(pipeline.name);
      if (!other) found.set(pipeline.name, { pipeline, module, lock: lockOf(project, module, folder) });
      else if (other.pipeline !== pipeline) {
        const message = `found a pipeline named ${pipeline.name}, which ${other.module} has too: give it another name`;
        problems.push({ path: module, message });
      }
    }
  }
  throwProblems(problems);
  return [...found.values()].sort((one, two) => (one.pipeline.name < two.pipeline.name ? -1 : 1));
}

/**
 * The pipeline of that name.
 *
 * @throws FilieraError where there is none
 */
export async function findPipeline(project: string, name: string): Promise<FoundPipeline> {
  const all = await findPipelines(project);
  const found = all.find(({ pipeline }) => pipeline.name === name);
  if (found) return found;
  const names = all.map(({ pipeline }) => pipeline.name);
  throw FilieraError.at(
    name,
    names.length === 0
      ? "found no pipeline in this project: export one from a module in its folder pipelines, or name another project by -C"
      : `found no such pipeline; there are ${names.join(", ")}; did you mean ${closest(name, names)}?`,
  );
}

async function load(project: string, module: string, problems: Problem[]): Promise<readonly Pipeline[]> {
  try {
    const exported: unknown = await import(pathToFileURL(resolve(project, module)).href);
    return Object.values(Object(exported)).filter(isPipeline);
  } catch (error) {
    if (isFilieraError(error)) problems.push(...error.problems);
    else problems.push({ path: module, message: `cannot be loaded: ${firstLine(messageOf(error))}` });
    return [];
  }
}

/** By shape, as it may be made by another copy of the language. */
function isPipeline(value: unknown): value is Pipeline {
  return (
    typeof value === "object" && value !== null && "kind" in value && value.kind === "pipeline" && "describe" in value
  );
}

/** The lock beside the module, or the one of all pipelines. */
function lockOf(project: string, module: string, folder: string): string | undefined {
  return [...new Set([dirname(module), folder])]
    .map((each) => join(project, each, LOCK))
    .find((lock) => existsSync(lock));
}

let registered = false;

/** Leads `filiera/…` to the copy that runs: pipelines and their compiler must be of one, and a project may have none. */
function ownCopy(): void {
  if (registered) return;
  registered = true;
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  registerHooks({
    resolve(specifier, context, next) {
      const [, entry] = /^filiera\/(constructs|pipelines|stacks|testing)$/.exec(specifier) ?? [];
      if (entry === undefined) return next(specifier, context);
      return next(new URL(`../../${entry}/index.${extension}`, import.meta.url).href, context);
    },
  });
}
