import { join } from "node:path";
import { allInCache } from "../cache.ts";
import { findCommand, searchPath } from "./find.ts";
import { ownProgram } from "./own.ts";
import type { FolderInstead, Program } from "./program.ts";

/** What brings MinIO's buckets and users about, which a folder needs not. */
export function minioSetupProgram(progress: (line: string) => void): FolderInstead | Promise<Program> {
  const server = minioProgram();
  return "folder" in server
    ? { says: "nothing, as buckets are folders", folder: true }
    : ownProgram("minio-setup", progress);
}

/** MinIO where there is one: on PATH, or built into the cache. A folder otherwise: `$FILIERA_MINIO=folder` asks for it. */
export function minioProgram(env: NodeJS.ProcessEnv = process.env): Program | FolderInstead {
  // `npm run test:real` builds one
  const folders = [...searchPath(env), ...allInCache("tools", "minio-")];
  const found = env["FILIERA_MINIO"] === "folder" ? undefined : findCommand("minio", folders);
  if (!found)
    return { says: "a folder, as there is no minio here: artifacts go through MLflow's own proxy", folder: true };
  return { says: `MinIO, ${found}`, path: [join(found, "..")], env: {} };
}
