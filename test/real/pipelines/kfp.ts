import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type PythonLock, pythonEnvironment } from "../../../local/python/environment.ts";
import { findPython } from "../../../local/python/find.ts";
import type { Tool } from "../tools/tool.ts";

/** Kubeflow's own SDK, with which pipelines are compared. */
export const KFP_LOCK: PythonLock = {
  name: "kfp",
  requirements: join(import.meta.dirname, "requirements.txt"),
  python: { from: "3.10", below: "3.14" },
  megabytes: { download: 25, disk: 130 },
  // the client of Kubeflow's API, which kfp wants, is published as sources alone
  sources: ["kfp-server-api"],
};

/** Its virtual environment is kept where those of the images are; the tool's own folder only says that it was made. */
export const kfp: Tool = {
  name: "kfp",
  cost: "Kubeflow's SDK from a Python package index: 25 MB, 130 MB on the disk",
  sources: () => [readFileSync(KFP_LOCK.requirements, "utf8")],
  missing: () => undefined,
  make: async () => {
    await findPython(KFP_LOCK.python);
    await pythonEnvironment(KFP_LOCK);
  },
};
