import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findCommand, searchPath } from "../../../local/programs/find.ts";
import { ownProgram } from "../../../local/programs/own.ts";
import type { Tool } from "../tools/tool.ts";

/** The API server of Kubeflow Pipelines 2.17, which is in no registry of packages: `/bin/apiserver` of its image. */
export const kfpServer = onPath("kfp-apiserver");

/** What it keeps recurring runs in. */
export const mariadb = onPath("mariadbd");

const LOCK = join(import.meta.dirname, "../../../images/recurring-runs/requirements.txt");

/** The packages of our image. */
export const recurringRuns: Tool = {
  name: "recurring-runs",
  cost: "the packages of its lock, about 2 MB to download and 20 MB on disk",
  sources: () => [readFileSync(LOCK, "utf8")],
  missing: () => undefined,
  make: async () => {
    await ownProgram("recurring-runs", (line) => process.stdout.write(`  ${line}\n`));
  },
};

function onPath(name: string): Tool {
  return {
    name,
    cost: "",
    sources: () => [],
    find: () => {
      const found = findCommand(name, searchPath());
      return found && dirname(found);
    },
    missing: () => `there is no ${name} on PATH`,
    make: () => Promise.reject(new Error(`${name} is installed, not made`)),
  };
}
