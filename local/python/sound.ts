import { existsSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";

/**
 * No file that a package brought is missing or cut: what the `RECORD` of each says. Larger ones are somebody's
 * doing: some machines add authorities of their own to bundles of certificates.
 */
const CHECK = `
import csv, os, sys, sysconfig
site = sysconfig.get_path("purelib")
for entry in os.listdir(site):
    if entry.endswith(".dist-info"):
        with open(os.path.join(site, entry, "RECORD"), newline="") as record:
            for path, digest, size in csv.reader(record):
                if size and os.stat(os.path.join(site, path)).st_size < int(size):
                    sys.exit(path + " was cut")
`;

/** Whether a virtual environment still works: its interpreter starts, and its packages are whole. */
export async function isSound(folder: string): Promise<boolean> {
  const python = join(folder, "bin/python");
  if (!existsSync(python)) return false;
  const { failed } = await execa(python, ["-I", "-c", CHECK], {
    reject: false,
    stdin: "ignore",
    timeout: 60_000,
  });
  return !failed;
}
