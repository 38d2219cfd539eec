import { existsSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { execa } from "execa";
import { FilieraError, firstLine } from "../../constructs/kernel/errors.ts";
import { findCommand, searchPath, versionedFolders } from "./find.ts";
import { downloadedPostgres, INSTALL } from "./postgres-download.ts";
import type { FolderInstead, Program } from "./program.ts";

/** A user that owns nothing: what PostgreSQL runs as where this program runs as root, which it refuses. */
const NOBODY = "65534";

/** Value of `$FILIERA_POSTGRES` that asks for the one that is downloaded. */
const DOWNLOAD = "download";

/** The one that asks for files in its place. */
const SQLITE = "sqlite";

/**
 * A PostgreSQL of this machine: on PATH, where Debian or Homebrew keep theirs, or what `$FILIERA_POSTGRES` names; where
 * there is none, one that is downloaded; where none is built for this machine, files of SQLite.
 *
 * @throws FilieraError for one that does not run or cannot be downloaded, or where this is root and there is no `setpriv`
 */
export async function postgresProgram(
  image: string,
  progress: (line: string) => void,
  {
    env = process.env,
    find = postgresFolder,
    platform,
  }: {
    readonly env?: NodeJS.ProcessEnv;
    /** Finds what is installed. */
    readonly find?: typeof postgresFolder;
    readonly platform?: string;
  } = {},
): Promise<Program | FolderInstead> {
  const chosen = env["FILIERA_POSTGRES"];
  if (chosen === SQLITE) return sqlite("as FILIERA_POSTGRES asks for it");
  const installed = find(env);
  const folder =
    installed ?? (!chosen || chosen === DOWNLOAD ? await downloadedPostgres(progress, platform) : undefined);
  if (!folder && !chosen) return sqlite("as there is no PostgreSQL here, and none to download for this machine");
  if (!folder) throw FilieraError.at(image, `has nothing on this machine that could stand for it: ${INSTALL}`);
  const { stdout, stderr, failed, originalMessage } = await execa(`${folder}/postgres`, ["--version"], {
    reject: false,
  });
  // what is downloaded is built for one C library, and this machine may have another
  if (failed && !installed && !chosen) return sqlite("as the PostgreSQL that can be downloaded does not run here");
  if (failed) {
    const reason = firstLine(stderr ?? "") || originalMessage;
    throw FilieraError.at(`${folder}/postgres`, `does not run (${reason}): ${INSTALL}`);
  }
  return {
    says: `${stdout.replace("postgres (PostgreSQL)", "PostgreSQL").replace(/ \(.*\)$/, "")} of ${folder}`,
    path: [folder],
    env: {},
    // fast: it ends sessions, and does not wait until their clients do
    stopSignal: "SIGINT",
    ...(process.getuid?.() === 0 && { before: unprivileged(env) }),
  };
}

function sqlite(why: string): FolderInstead {
  return { says: `a folder with a file of SQLite for each database, ${why}`, folder: true };
}

/** The folder with `initdb` and `postgres`, if there is one. */
export function postgresFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const chosen = env["FILIERA_POSTGRES"];
  const onPath = findCommand("initdb", searchPath(env));
  const folders = chosen
    ? [chosen]
    : [
        // a link to the program, as Debian's wrappers are, would not find the files that belong to it
        ...(onPath ? [dirname(realpathSync(onPath))] : []),
        ...versionedFolders("/usr/lib/postgresql", /^(\d+)$/),
        ...versionedFolders("/opt/homebrew/opt", /^postgresql@(\d+)$/),
        ...versionedFolders("/usr/local/opt", /^postgresql@(\d+)$/),
      ];
  return folders.find((folder) => ["initdb", "postgres"].every((program) => existsSync(`${folder}/${program}`)));
}

/** It keeps the one right of root that it needs: to reach the run's folder, wherever that is. */
function unprivileged(env: NodeJS.ProcessEnv): readonly string[] {
  const setpriv = findCommand("setpriv", searchPath(env));
  if (!setpriv)
    throw FilieraError.at(
      "postgres",
      "refuses to run as root, and there is no setpriv here to run it as another user: run filiera as a user of your own, or install util-linux",
    );
  return [
    setpriv,
    `--reuid=${NOBODY}`,
    `--regid=${NOBODY}`,
    "--clear-groups",
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
    // the right counts too where a program asks whether it may, as PostgreSQL does of its own folder
    "--securebits=+no_setuid_fixup",
  ];
}
