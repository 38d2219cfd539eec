import {
  checkEnvironmentName,
  type Environment,
  loadEnvironmentFile,
  parseEnvironment,
} from "../stacks/environment/index.ts";

const FOLDER = "environments";

/** Refuses what is no name of an environment, where its file need not be there any more. */
export function checkName(name: string): void {
  checkEnvironmentName(FOLDER, name);
}

/** Reads an environment of the project in the current folder, its secrets sealed. */
export function readEnvironment(name: string): Environment {
  return parseEnvironment(loadEnvironmentFile(FOLDER, name), { secrets: "sealed", name });
}
