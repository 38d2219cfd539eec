import { join } from "node:path";
import type { PythonLock } from "../../../local/python/environment.ts";
import { pythonTool } from "../pipeline-run/tools.ts";

/** What the plugin's container runs. */
export const BARMAN: PythonLock = {
  name: "barman-cloud",
  requirements: join(import.meta.dirname, "requirements.txt"),
  python: { from: "3.10", below: "3.14" },
  megabytes: { download: 24, disk: 80 },
  whole: true,
};

export const barman = pythonTool(BARMAN);
