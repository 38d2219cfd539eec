import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll } from "vitest";

const BIN = resolve("bin/filiera.js");

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as a process of its own, its output piped. */
export async function filiera(
  args: readonly string[],
  {
    cwd,
    env = {},
    through = (line) => line,
  }: {
    readonly cwd: string;
    readonly env?: Readonly<Record<string, string>>;
    /** The whole command from the command line's, such as one that runs it somewhere else. @default - as it is */
    readonly through?: (command: readonly string[]) => readonly string[];
  },
): Promise<Ended> {
  const [command = "", ...rest] = through([process.execPath, BIN, ...args]);
  return ended(command, rest, cwd, env);
}

/** Runs a line of shell in which `filiera` is the command line. */
export async function shell(line: string, { cwd }: { readonly cwd: string }): Promise<Ended> {
  return ended("sh", ["-c", `filiera() { '${process.execPath}' '${BIN}' "$@"; }; ${line}`], cwd, {});
}

function ended(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", fail);
    child.on("close", (code) =>
      done({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
  });
}

const folders: string[] = [];
afterAll(() => {
  for (const each of folders) rmSync(each, { recursive: true, force: true });
});

/** A folder that is gone after the tests of the file. */
export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "filiera-"));
  folders.push(made);
  return made;
}

/** A project with the committed environments, and others by their name and text. */
export function project(environments: Readonly<Record<string, string>> = {}): string {
  const made = folder();
  cpSync("environments", join(made, "environments"), { recursive: true });
  write(
    join(made, "environments"),
    Object.fromEntries(Object.entries(environments).map(([name, text]) => [`Pulumi.${name}.yaml`, text])),
  );
  return made;
}

/** The environment `local` without the pipeline that it runs, which only this project has. */
export const PLATFORM_ALONE = readFileSync("environments/Pulumi.local.yaml", "utf8").replace(
  /\n {2}filiera:run:[\s\S]*/,
  "\n",
);

/** Writes files into a folder. */
export function write(into: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(into, name, ".."), { recursive: true });
    writeFileSync(join(into, name), text);
  }
}

/** Every file below a folder with its bytes, and every empty folder. */
export function contents(of: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(of, { recursive: true, withFileTypes: true })
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(of.length + 1), textOf(path)]),
  );
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "a folder";
  }
}
