import { accessSync, constants, existsSync, readdirSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** The full path of a command: the first on the given folders that can be run. */
export function findCommand(command: string, folders: readonly string[]): string | undefined {
  if (command.includes("/")) return isAbsolute(command) && isProgram(command) ? command : undefined;
  return folders.map((folder) => join(folder, command)).find(isProgram);
}

/** The folders of PATH. */
export function searchPath(env: Readonly<Record<string, string | undefined>> = process.env): string[] {
  return (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
}

/** Folders `<parent>/<number>/bin`, the highest number first: where Debian and Homebrew put versions side by side. */
export function versionedFolders(parent: string, name: RegExp): string[] {
  if (!existsSync(parent)) return [];
  const numbered = readdirSync(parent).flatMap((entry) => {
    const number = Number(name.exec(entry)?.[1] ?? Number.NaN);
    return Number.isNaN(number) ? [] : [{ entry, number }];
  });
  return numbered.sort((a, b) => b.number - a.number).map(({ entry }) => join(parent, entry, "bin"));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
