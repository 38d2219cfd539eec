import { join } from "node:path";
import { inCache } from "../cache.ts";
import { findCommand, searchPath } from "./find.ts";
import type { FolderInstead, Program } from "./program.ts";

/** Where `npm run test:real` leaves what it builds. */
export const MINIO_ENTRY = ["minio", "v0.0.0-20260212201848-7aac2a2c5b7c"] as const;

/** MinIO where there is one: on PATH, or built into the cache. A folder otherwise: `$FILIERA_MINIO=folder` asks for it. */
export function minioProgram(env: NodeJS.ProcessEnv = process.env): Program | FolderInstead {
  const built = inCache(...MINIO_ENTRY);
  const found =
    env["FILIERA_MINIO"] === "folder"
      ? undefined
      : findCommand("minio", [...searchPath(env), ...(built ? [built] : [])]);
  if (!found)
    return { says: "a folder, as there is no minio here: artifacts go through MLflow's own proxy", folder: true };
  return { says: `MinIO, ${found}`, path: [join(found, "..")], env: {} };
}
