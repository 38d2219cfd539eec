import { examineDeployed } from "../stacks/status/index.ts";
import { show } from "./doctor.ts";
import { readEnvironment } from "./environment.ts";

/** `filiera status`. */
export async function status(name: string, options: { json?: boolean }): Promise<void> {
  show(await examineDeployed(name, readEnvironment(name)), options);
}
