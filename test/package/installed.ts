import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../support/sources.ts";

const run = promisify(execFile);

/** What of a checkout is not in a clone, or has no business in a package. */
const LEFT_OUT = new Set([".cache", ".git", "dist", "lib", "node_modules"]);

const { dependencies, peerDependencies } = readPackage();
/** What npm puts beside the package: what it depends on, and its peers. */
export const INSTALLED: readonly string[] = [...Object.keys(dependencies), ...Object.keys(peerDependencies)];

/** What a command printed, and whether it worked. */
export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A tarball as npm would publish it. */
export interface Packed {
  readonly tarball: string;
  /** Paths of the files in it. */
  readonly files: readonly string[];
}

/** A temporary folder, and how to get rid of it. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), "filiera-package-"));

  /** Packs a copy of the checkout, by npm and the project's own scripts. */
  async pack(): Promise<Packed> {
    const copy = join(this.folder, "checkout");
    cpSync(ROOT, copy, { recursive: true, filter: (path) => path === ROOT || !LEFT_OUT.has(basename(path)) });
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
    const { stdout } = await run("npm", ["pack", "--json", "--loglevel=error"], { cwd: copy });
    // the build's own lines may stand before the answer
    const [packed]: readonly { readonly filename: string; readonly files: readonly { readonly path: string }[] }[] =
      JSON.parse(stdout.slice(stdout.indexOf("[\n")));
    if (!packed) throw new Error(`npm pack said ${stdout}`);
    return { tarball: join(copy, packed.filename), files: packed.files.map(({ path }) => path) };
  }

  /** An empty project that has installed the tarball: its dependencies and peers are this checkout's, by links. */
  async project(name: string, { tarball }: Packed, without: (peer: string) => boolean = () => false): Promise<string> {
    const folder = join(this.folder, name);
    const modules = join(folder, "node_modules");
    mkdirSync(join(modules, "filiera"), { recursive: true });
    await run("tar", ["-xzf", tarball, "--strip-components=1", "-C", join(modules, "filiera")]);
    for (const each of INSTALLED.filter((peer) => !without(peer))) {
      mkdirSync(dirname(join(modules, each)), { recursive: true });
      symlinkSync(join(ROOT, "node_modules", each), join(modules, each));
    }
    cpSync(join(import.meta.dirname, "project"), folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name, type: "module", private: true }));
    return folder;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** Runs Node in a project, as its user would. */
export async function node(project: string, ...args: readonly string[]): Promise<Ran> {
  try {
    const { stdout, stderr } = await run(process.execPath, args, { cwd: project, maxBuffer: 2 ** 26 });
    return { status: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = Object(error);
    return { status: Number(code), stdout: String(stdout), stderr: String(stderr) };
  }
}

function readPackage() {
  type Names = Readonly<Record<string, string>>;
  const read: { dependencies: Names; peerDependencies: Names } = JSON.parse(
    readFileSync(join(ROOT, "package.json"), "utf8"),
  );
  return read;
}
