import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { FilieraError, firstLine, messageOf } from "../../constructs/kernel/errors.ts";
import { at } from "../../constructs/kernel/json.ts";
import { processOf } from "../process/table.ts";
import { findPipelines, packageOf, patternsOf } from "./find.ts";

/** A pipeline that was written. */
export interface Scaffolded {
  /** Its folder, from the project's. */
  readonly folder: string;
  /** Its files, from the project's folder. */
  readonly files: readonly string[];
}

/** A pipeline that works as it is; its name stands for the new one's. */
const TEMPLATE = join(dirname(createRequire(import.meta.url).resolve("filiera/package.json")), "templates/pipeline");
const STARTER = "starter";

/** So that Kubernetes takes it too, in the names of what is made of it. */
const LONGEST = 40;

/**
 * Writes a new pipeline into the project: all of its files, or none.
 *
 * @param name - lower-case letters, digits and single dashes, from a letter on, at most 40
 * @throws FilieraError for another name, one that a pipeline or a file has already, a project whose other pipelines cannot
 * be loaded, one of CommonJS, and a folder that cannot be written to
 */
export async function scaffold(project: string, name: string): Promise<Scaffolded> {
  checkName(name);
  const folder = join(folderFor(project, name), name);
  checkModules(project, folder);
  if (existsSync(join(project, folder)))
    throw FilieraError.at(folder, "is there already, and nothing is written over: give the pipeline another name");
  const other = (await findPipelines(project)).find(({ pipeline }) => pipeline.name === name);
  if (other) throw FilieraError.at(other.module, `has a pipeline named ${name} already: give the new one another name`);
  return { folder, files: place(project, folder, filesFor(name, folder)) };
}

function checkName(name: string): void {
  if (/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name) && name.length <= LONGEST) return;
  const fit = name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, LONGEST)
    .replace(/-+$/, "");
  const meant = fit === "" ? "such as churn" : `such as ${fit}`;
  const rule = `lower-case letters, digits and single dashes between them, the first a letter, at most ${LONGEST}`;
  throw FilieraError.at("<name>", `found "${name}": give it ${rule}, ${meant}`);
}

/** In the first of the project's folders of pipelines; where a whole part of it is a wildcard, that is the name. */
function folderFor(project: string, name: string): string {
  const patterns = patternsOf(project);
  const [first] = patterns.map((pattern) =>
    pattern
      .split("/")
      .map((part) => (part === "*" ? name : part))
      .join("/"),
  );
  if (first !== undefined && !/[*?[\]{}()!]/.test(first)) return first;
  const found = patterns.length === 0 ? "no folder" : `"${patterns[0]}"`;
  throw FilieraError.at(
    "package.json/filiera.pipelines",
    `found ${found}, which does not say where a new pipeline goes: put a folder first, or name one by -C, in whose pipelines it is written`,
  );
}

/** Node takes what it finds in .ts for what the nearest package.json says, and a pipeline has imports. */
function checkModules(project: string, folder: string): void {
  const target = join(project, folder);
  const nearest = above(target).find((each) => existsSync(join(each, "package.json")));
  if (nearest === undefined || at(packageOf(nearest, project), "type") !== "commonjs") return;
  throw FilieraError.at(
    relative(project, join(nearest, "package.json")),
    'found "type": "commonjs", and pipelines are ES modules: npm pkg set type=module',
  );
}

/** A folder, and those that it is in. */
function above(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...above(parent)];
}

/** The template's files, by their paths in the new folder, with the new name. */
function filesFor(name: string, folder: string): ReadonlyMap<string, string> {
  const names: Readonly<Record<string, string>> = {
    [`pipelines/${STARTER}`]: folder,
    [`${STARTER}Pipeline`]: `${camel(name)}Pipeline`,
    [`test_${STARTER}`]: `test_${name.replaceAll("-", "_")}`,
    [STARTER]: name,
  };
  // all at once, as a name may hold another
  const old = new RegExp(Object.keys(names).join("|"), "g");
  const named = (text: string) => text.replace(old, (found) => names[found] ?? found);
  const files = globSync("**/*.{ts,py,md}", { cwd: TEMPLATE }).sort();
  return new Map(files.map((file) => [named(file), named(readFileSync(join(TEMPLATE, file), "utf8"))]));
}

function camel(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Marks a folder of files that are not all there yet; the number of the process that writes it follows. */
const ASIDE = ".filiera-";

/** Removes what was left by one that was killed. */
function clearLeft(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = new RegExp(`^\\..+\\${ASIDE}(\\d+)$`).exec(name)?.[1];
    if (pid !== undefined && !processOf(Number(pid))) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

/** Writes the files aside, and gives their folder its name when all of them are there. */
function place(project: string, folder: string, files: ReadonlyMap<string, string>): readonly string[] {
  const target = join(project, folder);
  const parent = dirname(target);
  const aside = join(parent, `.${basename(target)}${ASIDE}${process.pid}`);
  let first: string | undefined;
  try {
    first = mkdirSync(parent, { recursive: true });
    clearLeft(parent);
    for (const [file, text] of files) {
      mkdirSync(dirname(join(aside, file)), { recursive: true });
      writeFileSync(join(aside, file), text);
    }
    renameSync(aside, target);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    if (first !== undefined) removeEmpty(parent, first);
    throw FilieraError.at(folder, `cannot be written (${firstLine(messageOf(error)).split(",", 1)[0]})`);
  }
  return [...files.keys()].map((file) => join(folder, file));
}

/** Removes folders, from one to the one above it that was made first, as long as nobody else put anything there. */
function removeEmpty(folder: string, first: string): void {
  for (const each of above(folder)) {
    try {
      rmdirSync(each);
    } catch {
      return;
    }
    if (each === first) return;
  }
}
