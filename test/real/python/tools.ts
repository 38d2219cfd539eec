import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ownProgram } from "../../../local/programs/own.ts";
import type { PythonLock } from "../../../local/python/environment.ts";
import { pythonTool } from "../pipeline-run/tools.ts";
import type { Tool } from "../tools/tool.ts";

/** What looks at our Python: pytest and ruff. */
export const LOOKERS: PythonLock = {
  name: "lookers",
  requirements: join(import.meta.dirname, "requirements.txt"),
  python: { from: "3.10", below: "3.14" },
  megabytes: { download: 14, disk: 45 },
};

export const lookers = pythonTool(LOOKERS);

/** The packages of an image of ours, where `filiera run` keeps them too. */
export function imagePackages(name: string, cost: string): Tool {
  const lock = join(import.meta.dirname, "../../../images", name, "requirements.txt");
  return {
    name,
    cost: `the packages of its lock, about ${cost}`,
    sources: () => [readFileSync(lock, "utf8")],
    missing: () => undefined,
    make: async () => {
      await ownProgram(name, (line) => process.stdout.write(`  ${line}\n`));
    },
  };
}

export const minioSetup = imagePackages("minio-setup", "10 MB to download and 40 MB on disk");
export const backup = imagePackages("backup", "10 MB to download and 40 MB on disk");
export const recurringRuns = imagePackages("recurring-runs", "2 MB to download and 20 MB on disk");
