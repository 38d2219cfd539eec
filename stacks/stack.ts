import * as pulumi from "@pulumi/pulumi";
import { configFromEngine, parseEnvironment } from "./environment/index.ts";
import { type Outputs, program } from "./program.ts";

/** What `pulumi up` runs: the stack's configuration is the environment file, as the engine hands it over. */
export default (): Promise<Outputs> =>
  program(parseEnvironment(configFromEngine(pulumi.runtime.allConfig()), { secrets: "open", name: pulumi.getStack() }));
