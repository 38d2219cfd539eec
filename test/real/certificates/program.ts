import { join } from "node:path";
import { goTool } from "../tools/go.ts";

/** cert-manager's controllers and webhook. */
export const program = goTool({
  name: "cert-manager",
  cost: "3 minutes on two cores, 70 MB",
  module: join(import.meta.dirname, "program"),
});
