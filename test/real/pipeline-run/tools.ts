import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { libraryLock, OWN_LOCK } from "../../../local/pipeline/packages.ts";
import { ownImage } from "../../../local/programs/own.ts";
import { type PythonLock, pythonEnvironment } from "../../../local/python/environment.ts";
import type { Tool } from "../tools/tool.ts";

/** What steps need that need kfp alone. */
export const steps = pythonTool(OWN_LOCK);

/** What the example's steps need. */
export const IRIS: PythonLock = {
  ...OWN_LOCK,
  name: "project",
  requirements: join(import.meta.dirname, "../../../examples/iris/pipelines/requirements.txt"),
  megabytes: { download: 110, disk: 340 },
};

export const iris = pythonTool(IRIS);

/** What the step library's steps need. */
export const library = pythonTool(libraryLock());

/** What networks of Keras need besides. */
export const keras = pythonTool(ownImage("steps-keras").lock);

const withCuda = pythonTool(ownImage("steps-pytorch").lock);

/** What networks of PyTorch need: so much that it is asked for once, and then kept. */
export const pytorch: Tool = {
  ...withCuda,
  missing: () =>
    process.env["FILIERA_TEST_PYTORCH"]
      ? withCuda.missing()
      : `it takes ${withCuda.cost}: FILIERA_TEST_PYTORCH=1 has it installed, once`,
};

/** The virtual environment of a lock, kept where `filiera pipeline run` looks for it. */
export function pythonTool(lock: PythonLock): Tool {
  const { download, disk } = lock.megabytes ?? { download: 0, disk: 0 };
  return {
    name: `python-${lock.name}`,
    cost: `about ${download} MB to download, ${disk} MB on disk`,
    sources: () => [readFileSync(lock.requirements, "utf8")],
    missing: () => (hasPython() ? undefined : "there is no python3 on PATH"),
    make: async () => {
      await pythonEnvironment(lock);
    },
  };
}

function hasPython(): boolean {
  try {
    execFileSync("python3", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
