import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { satisfies } from "@renovatebot/pep440";
import { FilieraError, messageOf, type Problem } from "../../constructs/kernel/errors.ts";
import type { Pipeline } from "../../pipelines/index.ts";
import type { PythonStep } from "../../pipelines/language/python-step.ts";
import { KFP } from "../../pipelines/python/boot.ts";
import { isLibraryStep } from "../../pipelines/steps/library.ts";
import { type FrameworkImage, frameworkOf } from "../../pipelines/steps/networks/steps.ts";
import { ownImage } from "../programs/own.ts";
import type { PythonLock } from "../python/environment.ts";

/** The Pythons that kfp and what it needs have compiled packages for. */
const PYTHON = { from: "3.10", below: "3.14" } as const;
const ROOT = dirname(createRequire(import.meta.url).resolve("filiera/package.json"));

/** The client of Kubeflow's API, which kfp wants, is published as sources alone. */
const SOURCES = ["kfp-server-api"];

/** The lock of ours: what kfp needs, and nothing else. */
export const OWN_LOCK: PythonLock = {
  name: "pipelines",
  requirements: join(ROOT, "local/pipeline/python/requirements.txt"),
  python: PYTHON,
  megabytes: { download: 25, disk: 130 },
  sources: SOURCES,
};

/** The lock that a pipeline's steps run with: the project's, or ours of the step library where it has steps of that. */
export function lockFor(pipeline: Pipeline, lock: string | undefined): PythonLock {
  // of one name for all pipelines: those that share a lock share what is installed
  if (lock !== undefined) return { name: "project", requirements: lock, python: PYTHON, sources: SOURCES };
  const image = libraryImage(pipeline);
  return image ? ownImage(image).lock : OWN_LOCK;
}

/** An image of ours that has what steps of the library run with. */
export type LibraryImage = "steps" | FrameworkImage;

/**
 * The image of ours that a pipeline's steps of the library need; undefined where it has none.
 *
 * @throws FilieraError where they need two frameworks: all steps of a pipeline run with one lock
 */
export function libraryImage(pipeline: Pipeline): LibraryImage | undefined {
  const ours = pythonSteps(pipeline, pipeline.name).filter(({ step }) => isLibraryStep(step));
  if (ours.length === 0) return undefined;
  const [image, other] = new Set(ours.map(({ step }) => frameworkOf(step)).filter((each) => each !== undefined));
  if (image && other)
    throw FilieraError.at(
      pipeline.name,
      `found steps of ${image} and of ${other}: here all steps of a pipeline run with the packages of one image, make it two pipelines`,
    );
  return image ?? "steps";
}

/** The lock of our image `steps`. */
export function libraryLock(): PythonLock {
  return ownImage("steps").lock;
}

/**
 * What steps need that the lock does not have. Nothing is installed when a step starts here: all steps of a pipeline
 * run with one lock, and so the same each time, with or without a network.
 */
export function missingPackages(pipeline: Pipeline, lock: PythonLock, project: string): readonly Problem[] {
  const locked = packagesOf(lock.requirements);
  const image = libraryImage(pipeline);
  const ours = [OWN_LOCK, lockFor(pipeline, undefined)].some((each) => each.requirements === lock.requirements);
  const shown = ours ? undefined : relative(project, lock.requirements);
  const kfp = `kfp==${KFP}`;
  if (shown !== undefined && !isIn(locked, kfp))
    return [{ path: shown, message: `found no ${kfp}, which runs the steps: add it to what is locked, and lock anew` }];
  return pythonSteps(pipeline, pipeline.name).flatMap(({ path, step }) => {
    const wanted = [...(step.packages ?? []), ...(image && isLibraryStep(step) ? libraryPackages(image) : [])];
    const missing = wanted.filter((each) => !isIn(locked, each));
    if (missing.length === 0) return [];
    const message = shown
      ? `found packages that ${shown} does not lock: ${missing.join(", ")}; add them to what is locked, and lock anew`
      : `found packages and no lock for them: ${missing.join(", ")}; lock them with ${kfp} in pipelines/requirements.txt: uv pip compile --universal --generate-hashes`;
    return [{ path, message }];
  });
}

/** What steps of the library import, as our image is told; what hangs on the machine is left out. */
function libraryPackages(image: LibraryImage): readonly string[] {
  const { folder } = ownImage(image);
  const lines = read(join(folder, "requirements.in")).split("\n");
  const base = lines.some((line) => line.startsWith("-r ../steps/")) ? libraryPackages("steps") : [];
  return [...base, ...lines.filter((line) => /^\w/.test(line) && !line.includes(";"))];
}

/** The Python steps of a pipeline, and of those in it. */
function pythonSteps(
  pipeline: Pipeline,
  path: string,
): readonly { readonly path: string; readonly step: PythonStep }[] {
  return [...pipeline.describe().tasks.values()].flatMap(({ name, step }) => {
    if (step.kind === "pipeline") return pythonSteps(step, `${path}/${name}`);
    return step.kind === "python" ? [{ path: `${path}/${name}`, step }] : [];
  });
}

/** The versions that a lock has of each package: several where they hang on the Python. */
function packagesOf(file: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [, name = "", version = ""] of read(file).matchAll(/^([\w.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)/gm)) {
    const versions = found.get(normal(name)) ?? [];
    found.set(normal(name), [...versions, version]);
  }
  return found;
}

function isIn(locked: ReadonlyMap<string, readonly string[]>, requirement: string): boolean {
  const [, name = "", specifier = ""] =
    /^\s*([\w.-]+)\s*(?:\[[^\]]*\])?\s*\(?((?:[<>=!~][^;]*?)?)\)?\s*(?:@[^;]*)?(?:;.*)?$/.exec(requirement) ?? [];
  const versions = locked.get(normal(name)) ?? [];
  return versions.some((version) => specifier === "" || satisfies(version, specifier));
}

/** https://packaging.python.org/en/latest/specifications/name-normalization/ */
function normal(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, "-");
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw FilieraError.at(
      file,
      `cannot be read (${messageOf(error).split(",", 1)[0]}): it locks the packages of steps`,
    );
  }
}
