import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { FilieraError, messageOf } from "../../constructs/kernel/errors.ts";
import { cached, cacheError } from "../cache.ts";
import { findPython, type Python, type PythonRange } from "./find.ts";
import { isSound } from "./sound.ts";

/** A lock of Python packages, each pinned by hash: `requirements.txt` of one of our images. */
export interface PythonLock {
  /** What it is for, such as `mlflow`. */
  readonly name: string;
  /** Path of the file. */
  readonly requirements: string;
  readonly python: PythonRange;
  /** About how much is downloaded, and how much that is on the disk. @default - unknown: a lock of the user's */
  readonly megabytes?: { readonly download: number; readonly disk: number };
  /** Packages that nobody publishes built: they are built here. @default - none */
  readonly sources?: readonly string[];
  /** Whether the lock is taken at its word: it leaves out what another of its packages stands for. @default false */
  readonly whole?: boolean;
}

/** A virtual environment with exactly the packages of a lock. */
export interface PythonEnvironment {
  readonly folder: string;
  /** Its `bin`, for PATH. */
  readonly bin: string;
  /** Its interpreter. */
  readonly python: string;
  /** Such as `3.11.7`. */
  readonly version: string;
  /** Whether it was made just now. */
  readonly made: boolean;
}

/** Raised when environments are made in another way. */
const RECIPE = "1";

/**
 * The virtual environment of a lock, made once for all projects on this machine: by uv where it is on PATH, else by
 * pip. One that is broken is made anew.
 *
 * @param progress - is told what happens, in lines for people: sizes before anything is downloaded
 * @param signal - ends an installation, and what it began is removed
 * @throws FilieraError without a Python, for a lock that cannot be installed, a cache that cannot be written
 */
export async function pythonEnvironment(
  lock: PythonLock,
  { progress = () => {}, signal }: { readonly progress?: (line: string) => void; readonly signal?: AbortSignal } = {},
): Promise<PythonEnvironment> {
  const text = readLock(lock);
  const python = await findPython(lock.python);
  const key = createHash("sha256").update([RECIPE, python.platform, python.program, text].join("\n")).digest("hex");
  let broken = false;
  const { folder, made } = await cached(
    "python",
    `${lock.name}-${key.slice(0, 16)}`,
    async (place) => {
      if (broken) progress(`python packages of ${lock.name}: what is in the cache is broken, and is made anew`);
      await install(lock, python, place, progress, signal);
    },
    {
      isSound: async (place) => {
        const sound = await isSound(place);
        broken ||= !sound;
        return sound;
      },
      waiting: () => progress(`python packages of ${lock.name}: another process installs them, waiting for it`),
    },
  );
  const bin = join(folder, "bin");
  return { folder, bin, python: join(bin, "python"), version: python.version, made };
}

function readLock({ requirements }: PythonLock): string {
  try {
    return readFileSync(requirements, "utf8");
  } catch (error) {
    throw FilieraError.at(
      requirements,
      `cannot be read (${messageOf(error).split(",", 1)[0]}): it locks the packages to install`,
    );
  }
}

async function install(
  lock: PythonLock,
  python: Python,
  folder: string,
  progress: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const uv = await hasUv();
  const size = lock.megabytes && `about ${lock.megabytes.download} MB to download, ${lock.megabytes.disk} MB on disk, `;
  progress(
    `python packages of ${lock.name}: ${size ?? "installed "}with ${uv ? "uv" : "pip"} for Python ${python.version}`,
  );
  await makeVenv(python, folder, uv);
  const own = join(folder, "bin/python");
  const sources = lock.sources ?? [];
  // uv builds nothing at all where it may take built packages only
  const built = uv && sources.length > 0 ? [] : ["--only-binary", ":all:"];
  const what = [
    "--require-hashes",
    ...(lock.whole ? ["--no-deps"] : []),
    // links would lead into uv's own cache, whose files would break with these
    ...(uv ? ["--link-mode", "copy"] : []),
    ...built,
    ...sources.flatMap((name) => ["--no-binary", name]),
    "-r",
    lock.requirements,
  ];
  const command = uv
    ? ["uv", "pip", "install", "--python", own, ...what]
    : [
        own,
        "-m",
        "pip",
        "install",
        "--no-input",
        "--no-compile",
        "--progress-bar",
        "off",
        "--disable-pip-version-check",
        ...what,
      ];
  const [program = "", ...args] = command;
  const installing = execa(program, args, {
    all: true,
    reject: false,
    stdin: "ignore",
    maxBuffer: 50e6,
    cancelSignal: signal,
  });
  // both say what they download and how large it is
  for await (const line of installing.iterable({ from: "all" })) {
    const loaded = /^\s*Downloading (\S+) \(([\d.]+ ?[kMG]i?B)\)/.exec(line);
    const unpacks = /^(?:Installing collected packages: |Prepared )(.*)/.exec(line)?.[1];
    if (unpacks) progress(`python packages of ${lock.name}: all are there, and are unpacked`);
    if (loaded && /M|G/.test(loaded[2] ?? "")) progress(`python packages of ${lock.name}: ${loaded[1]}, ${loaded[2]}`);
  }
  const { failed, all } = await installing;
  if (!failed) return;
  signal?.throwIfAborted();
  if (/No space left on device|Read-only file system|Permission denied/.test(all)) {
    const error = cacheError(
      new Error(all.replace("Read-only file system", "EROFS").replace("Permission denied", "EACCES")),
    );
    throw error;
  }
  throw FilieraError.at(
    lock.requirements,
    `cannot be installed for Python ${python.version}: ${reasonOf(all)}; lock it anew for this Python, or check that the package index can be reached`,
  );
}

async function makeVenv(python: Python, folder: string, uv: boolean): Promise<void> {
  const [program, args] = uv
    ? (["uv", ["venv", "--quiet", "--allow-existing", "--python", python.program, folder]] as const)
    : ([python.program, ["-m", "venv", folder]] as const);
  const { failed, all } = await execa(program, args, { all: true, reject: false, stdin: "ignore" });
  if (!failed && existsSync(join(folder, "bin/python"))) return;
  if (/No space left on device|ENOSPC/.test(all)) throw cacheError(new Error("ENOSPC"));
  throw FilieraError.at(
    python.program,
    `cannot make a virtual environment (${reasonOf(all)}): install its venv module (apt-get install python3-venv), or uv`,
  );
}

async function hasUv(): Promise<boolean> {
  const { failed } = await execa("uv", ["--version"], { reject: false, stdin: "ignore" });
  return !failed;
}

/** What pip and uv say went wrong, without what they say besides. */
function reasonOf(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const told = lines.findLastIndex((line) => /^(?:ERROR:|error:|×|Error:)/.test(line));
  if (told < 0) return lines.filter((line) => line !== "").at(-1) ?? "no reason was given";
  // uv tells the cause below
  const causes = lines.slice(told + 1).filter((line) => /^(?:cause:|[├╰]─▶)/.test(line));
  const reasons = [lines[told] ?? "", ...causes].map((line) =>
    line.replace(/^(?:ERROR:|error:|×|Error:|cause:|[├╰]─▶)\s*/, ""),
  );
  return reasons.join(": ").slice(0, 300);
}
