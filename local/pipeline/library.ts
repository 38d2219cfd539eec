import { execFileSync } from "node:child_process";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { existsSync, globSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { codeOf, FilieraError, messageOf } from "../../constructs/kernel/errors.ts";
import { listAt, objectAt, textAt } from "../../constructs/kernel/json.ts";
import type { Compiled } from "../../pipelines/index.ts";
import { ownImage } from "../programs/own.ts";
import type { TrackedSteps } from "./driver.ts";
import type { LibraryImage } from "./packages.ts";

/** What steps of the library find on this machine. */
export interface LibraryHere {
  /** What all steps have in their environment: our image's Python, the keys, the commit and the run. */
  readonly env: Readonly<Record<string, string>>;
  /** What of it makes a result another: the Python that steps share. */
  readonly content: string;
  /** What those have that are to reach MLflow, and what tells it from any other. */
  readonly tracking: Omit<TrackedSteps, "executors">;
}

/** Where steps find MLflow. */
const ADDRESS = "MLFLOW_TRACKING_URI";

/** The executors whose steps are given MLflow's address on the platform, as `tracked` does. */
export function trackedExecutors({ platformSpec }: Compiled): readonly string[] {
  const settings = objectAt(platformSpec, "platforms", "kubernetes", "deploymentSpec", "executors");
  return Object.keys(settings).filter((executor) =>
    listAt(settings, executor, "secretAsEnv").some((secret) =>
      listAt(secret, "keyToEnv").some((key) => textAt(key, "envVar") === ADDRESS),
    ),
  );
}

/** Where models are registered. */
export interface TrackingHere {
  readonly address: string;
  /** What tells the place from any other, such as one that was removed and made anew. */
  readonly identity: string;
  /** The place in words. */
  readonly shown: string;
  /** Who signs in there. @default - nobody, or what the address says */
  readonly signIn?: { readonly user: string; readonly password: string };
}

/**
 * The environment of steps of the library. MLflow is the one that is given; else the one that `MLFLOW_TRACKING_URI`
 * names, or a store of the project's in `.filiera/mlflow`: a database in a file, and a folder for artifacts. The keys
 * of people are where `FILIERA_KEYS` says, or else in `.filiera/keys`; serving requests go where `FILIERA_SERVING` says, or
 * else below `.filiera/serving`.
 *
 * @throws FilieraError where one of these stores cannot be written
 */
export function libraryHere(
  project: string,
  run: string,
  say: (line: string) => void,
  name: LibraryImage = "steps",
  given?: TrackingHere,
): LibraryHere {
  const image = ownImage(name);
  const { address, identity, shown, signIn } = given ?? tracking(project);
  say(`models go to MLflow: ${shown}`);
  const sources = globSync("**/*.py", { cwd: image.programs }).sort();
  const content = createHash("sha256");
  for (const each of sources) content.update(`${each}\n`).update(readFileSync(join(image.programs, each)));
  return {
    env: {
      ...image.env,
      // that of the shell is for those alone, too
      [ADDRESS]: "",
      FILIERA_KEYS: keyStore(project),
      FILIERA_SERVING: process.env["FILIERA_SERVING"] || servingRequests(project, identity),
      FILIERA_RUN: run,
      FILIERA_COMMIT: commitOf(project),
    },
    content: content.digest("hex"),
    tracking: {
      env: {
        [ADDRESS]: address,
        ...(signIn && { MLFLOW_TRACKING_USERNAME: signIn.user, MLFLOW_TRACKING_PASSWORD: signIn.password }),
        ...(given && besideProxies()),
      },
      identity,
    },
  };
}

/** Where models are registered if nothing else is said. */
function tracking(project: string): TrackingHere {
  const given = process.env[ADDRESS];
  if (given) {
    const bare = given.replace(/\/\/[^/@]*@/, "//");
    return { address: given, identity: bare, shown: `${bare}, as MLFLOW_TRACKING_URI says` };
  }
  const folder = join(project, ".filiera/mlflow");
  const name = join(folder, "identity");
  try {
    mkdirSync(folder, { recursive: true });
    writeOnce(name, randomUUID());
  } catch (error) {
    throw FilieraError.at(
      folder,
      `cannot be written (${messageOf(error).split(",", 1)[0]}): models are registered there, or set MLFLOW_TRACKING_URI`,
    );
  }
  return {
    address: `sqlite:///${join(folder, "mlflow.db")}`,
    identity: readFileSync(name, "utf8"),
    shown: `${relative(project, dirname(name))}, a store of this project's; MLFLOW_TRACKING_URI names a server`,
  };
}

/** What runs here is not asked through a proxy of the machine's. */
function besideProxies(): Readonly<Record<string, string>> {
  const without = [process.env["no_proxy"] || process.env["NO_PROXY"], "127.0.0.1"].filter(Boolean).join(",");
  return { NO_PROXY: without, no_proxy: without };
}

/** The key store: a folder is one by its salt, of 32 bytes, and the steps' Python does the rest. */
function keyStore(project: string): string {
  const given = process.env["FILIERA_KEYS"];
  if (given) return given;
  const folder = join(project, ".filiera/keys");
  const salt = join(folder, "salt");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeOnce(salt, randomBytes(32));
  } catch (error) {
    throw FilieraError.at(
      folder,
      `cannot be written (${messageOf(error).split(",", 1)[0]}): the keys of people are there, or set FILIERA_KEYS`,
    );
  }
  return folder;
}

/** A folder for each store of models: one that is made anew counts versions anew, and no request is ever replaced. */
function servingRequests(project: string, identity: string): string {
  return join(project, ".filiera/serving", createHash("sha256").update(identity).digest("hex").slice(0, 12));
}

/** Writes a file, readable by its owner alone, that is not there yet: of several at once the first, and whole. */
function writeOnce(file: string, content: string | Uint8Array): void {
  if (existsSync(file)) return;
  const staged = `${file}.${process.pid}.new`;
  try {
    writeFileSync(staged, content, { mode: 0o600 });
    linkSync(staged, file);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  } finally {
    rmSync(staged, { force: true });
  }
}

/** The commit of the project, with a mark where files differ from it; empty without git. */
function commitOf(project: string): string {
  const git = (...args: readonly string[]) =>
    execFileSync("git", args, { cwd: project, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    return `${git("rev-parse", "HEAD")}${git("status", "--porcelain", "--untracked-files=no") === "" ? "" : "+changed"}`;
  } catch {
    // no repository, or no git: the model then has no such tag
    return "";
  }
}
