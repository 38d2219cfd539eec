import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { FilieraError } from "../../constructs/kernel/errors.ts";

/** A Pulumi command line that runs here. */
export interface Engine {
  readonly command: string;
  /** What comes before Pulumi's own arguments. */
  readonly args: readonly string[];
  readonly version: string;
}

/** @see findEngine */
export interface FindOptions {
  readonly path: string;
  /** The project, whose packages may have one. */
  readonly project: string;
  /** How long the npm package may take to fetch its program. @default 10_000 */
  readonly patienceMs?: number;
}

const WAYS = "install it from https://www.pulumi.com/docs/install/, or run npm install --save-dev pulumi";

/**
 * Finds Pulumi on the PATH, or in the npm package `pulumi`, which fetches its program when it first runs.
 *
 * @throws FilieraError where there is none that runs
 */
export async function findEngine({ path, project, patienceMs = 10_000 }: FindOptions): Promise<Engine> {
  const onPath = path.split(delimiter).find((folder) => folder !== "" && existsSync(join(folder, "pulumi")));
  const packaged = packageIn(project);
  // npm puts a package's program on the PATH: that is the package all the same
  const isPackage = onPath !== undefined && packaged !== undefined && onPath.endsWith(join("node_modules", ".bin"));
  if (onPath !== undefined && !isPackage)
    return probe({ command: join(onPath, "pulumi"), args: [] }, patienceMs, "pulumi on PATH");
  if (packaged === undefined)
    throw FilieraError.at("pulumi", `is not on PATH, and the project has no npm package of it: ${WAYS}`);
  return probe({ command: process.execPath, args: [packaged] }, patienceMs, "npm's package pulumi");
}

function packageIn(project: string): string | undefined {
  try {
    return join(dirname(createRequire(join(project, "package.json")).resolve("pulumi/package.json")), "run.js");
  } catch {
    return undefined;
  }
}

async function probe(found: Omit<Engine, "version">, patienceMs: number, what: string): Promise<Engine> {
  const { command, args } = found;
  const { failed, timedOut, stdout, stderr, exitCode, shortMessage } = await execa(command, [...args, "version"], {
    timeout: patienceMs,
    reject: false,
    stdin: "ignore",
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  const version = /^v?(\d+\.\d+\.\S+)\s*$/m.exec(stdout ?? "")?.[1];
  if (!failed && version !== undefined) return { ...found, version };
  const last = stderr.trim().split("\n").at(-1);
  const why = timedOut
    ? `gave no answer within ${patienceMs / 1000} s`
    : `does not run (${last || (exitCode === undefined ? shortMessage : `exit status ${exitCode}`)})`;
  throw FilieraError.at(what, `${why}: ${WAYS}`);
}
