import { dirname } from "node:path";
import { findCommand, searchPath } from "../../../local/programs/find.ts";
import type { Tool } from "../tools/tool.ts";

/** The API server of Kubeflow Pipelines 2.17, which is in no registry of packages: `/bin/apiserver` of its image. */
export const kfpServer = onPath("kfp-apiserver");

/** What it keeps recurring runs in. */
export const mariadb = onPath("mariadbd");

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
