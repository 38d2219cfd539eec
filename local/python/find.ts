import { execa } from "execa";
import { FilieraError } from "../../constructs/kernel/errors.ts";

/** Which versions of Python a lock was made for, such as `{ from: "3.10", below: "3.14" }`. */
export interface PythonRange {
  readonly from: string;
  readonly below: string;
}

/** A Python on this machine. */
export interface Python {
  /** The program itself, not a shim in front of it. */
  readonly program: string;
  /** Such as `3.11.7`. */
  readonly version: string;
  /** Interpreter, version without its last part, and machine: what compiled packages are made for. */
  readonly platform: string;
}

const ABOUT = [
  "import sys, sysconfig, platform",
  "v = sys.version_info",
  "print(sys.executable)",
  "print('%d.%d.%d' % v[:3])",
  "print('%s-%d.%d-%s' % (sys.implementation.name, v[0], v[1], sysconfig.get_platform()))",
].join("\n");

/**
 * A Python of the range: `$FILIERA_PYTHON` if set, else the first on PATH that is one.
 *
 * @throws FilieraError where there is none, with what was found instead
 */
export async function findPython(range: PythonRange, env: NodeJS.ProcessEnv = process.env): Promise<Python> {
  const chosen = env["FILIERA_PYTHON"];
  const found: string[] = [];
  for (const name of chosen ? [chosen] : candidates(range)) {
    const python = await ask(name, env);
    if (!python) continue;
    if (isWithin(python.version, range)) return python;
    found.push(`${name} is ${python.version}`);
  }
  const allowed = `Python ${range.from} or newer, below ${range.below}`;
  if (chosen)
    throw FilieraError.at(
      "FILIERA_PYTHON",
      `found "${chosen}", which ${found.length > 0 ? found.join(", ").replace(/^.* is /, "is ") : "does not run"}; allowed: the path of a ${allowed}`,
    );
  throw FilieraError.at(
    "python",
    `found ${found.length > 0 ? found.join(", ") : "none on PATH"}; needed: ${allowed}: install one (such as apt-get install python3 python3-venv, or brew install python@3.12), or set FILIERA_PYTHON to its path`,
  );
}

/** Commands to try: `python3`, then each version of the range, the newest last tried packages first. */
function candidates({ from, below }: PythonRange): string[] {
  const [lowest, highest] = [minorOf(from), minorOf(below)];
  const versions = Array.from({ length: Math.max(0, highest - lowest) }, (_, i) => `python3.${highest - 1 - i}`);
  return ["python3", ...versions, "python"];
}

async function ask(name: string, env: NodeJS.ProcessEnv): Promise<Python | undefined> {
  const { stdout, failed } = await execa(name, ["-I", "-c", ABOUT], {
    env,
    extendEnv: false,
    reject: false,
    timeout: 20_000,
    stdin: "ignore",
  });
  const [program, version, platform] = stdout?.split("\n") ?? [];
  return failed || !program || !version || !platform ? undefined : { program, version, platform };
}

function isWithin(version: string, { from, below }: PythonRange): boolean {
  return version.startsWith("3.") && minorOf(version) >= minorOf(from) && minorOf(version) < minorOf(below);
}

function minorOf(version: string): number {
  return Number(version.split(".")[1]);
}
