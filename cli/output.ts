import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { codeOf, FilieraError, messageOf } from "../constructs/kernel/errors.ts";

/** Marks a folder as written by this program, and lists what it wrote there: that much it may replace. */
const MARK = ".filiera";
const HEADING = "written by filiera, which replaces all of this folder:";

/**
 * Writes a folder of files as one: either all of them are there, or what was there before. A link to a folder stays.
 *
 * @param way - what to do where it cannot be written
 * @throws FilieraError where the folder cannot be written, or holds files of somebody else
 */
export function writeFolder(
  folder: string,
  files: ReadonlyMap<string, string>,
  way = "name another folder with --out",
): void {
  let staging: string | undefined;
  try {
    const target = placeOf(folder);
    const foreign = foreignFile(target);
    if (foreign !== undefined) throw new Error(`it holds ${foreign}, which filiera did not write`);
    mkdirSync(dirname(target), { recursive: true });
    staging = mkdtempSync(join(dirname(target), `.${basename(target)}-`));
    // others may read what is written, unlike most temporary folders
    chmodSync(staging, 0o777 & ~process.umask());
    for (const [name, text] of new Map([...files, [MARK, markOf([...files.keys()])]])) {
      const path = join(staging, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    replace(target, staging);
  } catch (error) {
    const isFull = codeOf(error) === "ENOSPC";
    throw FilieraError.at(
      folder || "--out",
      `cannot be written (${isFull ? "the disk is full" : messageOf(error)}): ${isFull ? "make room, or " : ""}${way}`,
    );
  } finally {
    if (staging) for (const left of [staging, setAside(staging)]) rmSync(left, { recursive: true, force: true });
  }
}

/** The folder itself, where a link leads to it. */
function placeOf(folder: string): string {
  if (folder === "") throw new Error("its name is empty");
  const path = resolve(folder);
  return lstatSync(path, { throwIfNoEntry: false }) ? realpathSync(path) : path;
}

/** Something in the folder that this program did not write, if there is anything. */
function foreignFile(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  const marked = existsSync(join(folder, MARK));
  if (!marked) return readdirSync(folder)[0];
  const written = new Set([MARK, ...readFileSync(join(folder, MARK), "utf8").split("\n").slice(1)]);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort()
    .find((path) => !written.has(path));
}

function markOf(files: readonly string[]): string {
  return `${[HEADING, ...[...files].sort()].join("\n")}\n`;
}

function setAside(staging: string): string {
  return `${staging}-before`;
}

/** Puts a folder in the place of another; whoever does the same at the same time may come last. */
function replace(target: string, staging: string): void {
  for (let tries = 0; ; tries += 1) {
    rmSync(setAside(staging), { recursive: true, force: true });
    if (existsSync(target)) ignoring("ENOENT", () => renameSync(target, setAside(staging)));
    try {
      renameSync(staging, target);
      return;
    } catch (error) {
      if (tries < 20 && ["ENOTEMPTY", "EEXIST"].includes(codeOf(error) ?? "")) continue;
      if (!existsSync(target)) ignoring("ENOENT", () => renameSync(setAside(staging), target));
      throw error;
    }
  }
}

function ignoring(code: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (codeOf(error) !== code) throw error;
  }
}
