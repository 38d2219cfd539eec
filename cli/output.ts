import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { FilieraError } from "../constructs/kernel/errors.ts";

/** Marks a folder as written by this program, which may then replace it. */
const MARK = ".filiera";

/**
 * Writes a folder of files as one: either all of them are there, or what was there before.
 *
 * @throws FilieraError where the folder cannot be written, or holds files of somebody else
 */
export function writeFolder(folder: string, files: ReadonlyMap<string, string>): void {
  const target = resolve(folder);
  let staging: string | undefined;
  try {
    if (existsSync(target) && !existsSync(join(target, MARK)) && readdirSync(target).length > 0)
      throw new Error("it holds files that filiera did not write");
    mkdirSync(dirname(target), { recursive: true });
    staging = mkdtempSync(join(dirname(target), `.${basename(target)}-`));
    for (const [name, text] of new Map([
      [MARK, "written by filiera, which replaces this folder as a whole\n"],
      ...files,
    ])) {
      const path = join(staging, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    rmSync(target, { recursive: true, force: true });
    renameSync(staging, target);
  } catch (error) {
    if (staging) rmSync(staging, { recursive: true, force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw FilieraError.at(folder, `cannot be written (${reason}): name another folder with --out`);
  }
}
