import { FilieraError } from "../../constructs/kernel/errors.ts";
import { kafkaProgram } from "./kafka.ts";
import { minioProgram, minioSetupProgram } from "./minio.ts";
import { isOwn, ownProgram } from "./own.ts";
import { postgresProgram } from "./postgres.ts";
import { type FolderInstead, imageName, type Program } from "./program.ts";

export { type FolderInstead, imageName, type Program } from "./program.ts";

/** Images of others, and those of ours that only they need, and what stands for them here. */
const OTHERS: Readonly<
  Record<
    string,
    (image: string, progress: (line: string) => void) => Program | FolderInstead | Promise<Program | FolderInstead>
  >
> = {
  postgresql: (image, progress) => postgresProgram(image, progress),
  kafka: (_, progress) => kafkaProgram(progress),
  minio: () => minioProgram(),
  // Silo, a fork of MinIO
  silo: () => minioProgram(),
  "minio-setup": (_, progress) => minioSetupProgram(progress),
};

/** Finds what stands for an image on this machine, downloading or building it where needed. */
export async function programOf(reference: string, progress: (line: string) => void): Promise<Program | FolderInstead> {
  const name = imageName(reference);
  const other = OTHERS[name];
  if (other) return other(reference, progress);
  if (isOwn(name)) return ownProgram(name, progress);
  throw FilieraError.at(
    reference,
    `is an image that nothing stands for on this machine: known are ${Object.keys(OTHERS).join(", ")} and the folders of images/`,
  );
}
