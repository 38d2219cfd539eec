import { type Environment, loadEnvironmentFile, parseEnvironment } from "../stacks/environment/index.ts";

/** Reads an environment of the project in the current folder, its secrets sealed. */
export function readEnvironment(name: string): Environment {
  return parseEnvironment(loadEnvironmentFile("environments", name), { secrets: "sealed", name });
}
