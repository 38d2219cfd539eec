import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FilieraError } from "../../constructs/kernel/errors.ts";
import { cacheFolder } from "../cache.ts";
import { type PythonLock, pythonEnvironment } from "../python/environment.ts";
import type { PythonRange } from "../python/find.ts";
import { readJson } from "../run/folder.ts";
import type { Program } from "./program.ts";

/** `image.json` of one of our images: what its Dockerfile says, as data. */
interface OwnImage {
  /** The image of ours that it is made from: its programs are there, too, and its packages if it has no lock. @default - none */
  readonly from?: string;
  readonly python: PythonRange;
  /** Packages that are published as sources alone. @default - none */
  readonly sources?: readonly string[];
  /** Of its packages. @default - it has no lock of its own */
  readonly megabytes?: { readonly download: number; readonly disk: number };
  readonly env: Readonly<Record<string, string>>;
}

// in a clone this file is two folders deep, in the published package three
const IMAGES = ["../../images", "../../../images"]
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .find((path) => existsSync(path));

/** Whether filiera builds the image: it has a folder in `images/`. */
export function isOwn(name: string): boolean {
  return IMAGES !== undefined && existsSync(join(IMAGES, name, "image.json"));
}

/** Where one of our images is, its lock, and what its programs have in their environment. */
export function ownImage(name: string): {
  readonly folder: string;
  readonly lock: PythonLock;
  /** Where the Python is that steps share: in its own folder, or in that of the image that it is made from. */
  readonly programs: string;
  readonly env: Readonly<Record<string, string>>;
} {
  const folder = join(IMAGES ?? "", name);
  const image = readJson<OwnImage>(join(folder, "image.json"));
  if (!image) throw FilieraError.at(join(folder, "image.json"), "cannot be read: it says what the image needs");
  const { from, python, megabytes, env, sources = [] } = image;
  const base = from === undefined ? undefined : ownImage(from);
  const own = {
    name,
    requirements: join(folder, "requirements.txt"),
    python,
    sources,
    ...(megabytes && { megabytes }),
  };
  const programs = [base?.programs, join(folder, "programs")].filter((path) => path !== undefined && existsSync(path));
  return {
    folder,
    lock: base && !existsSync(own.requirements) ? { ...base.lock, python } : own,
    programs: programs[0] ?? "",
    env: {
      ...base?.env,
      ...env,
      PYTHONPATH: programs.join(":"),
      // compiled once for all, and not into folders that others own
      PYTHONPYCACHEPREFIX: join(cacheFolder(), "python-compiled"),
    },
  };
}

/** The packages and programs of one of our images, in a virtual environment of its lock. */
export async function ownProgram(name: string, progress: (line: string) => void): Promise<Program> {
  const { lock, env } = ownImage(name);
  const { bin, version } = await pythonEnvironment(lock, { progress });
  return { says: `the packages of images/${name}, on Python ${version}`, path: [bin], env };
}
