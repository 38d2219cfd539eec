import { join } from "node:path";
import { execa } from "execa";
import { expect } from "vitest";
import { type RunRecord, readRun, type State } from "../../../local/pipeline/record.ts";
import { ownProgram } from "../../../local/programs/own.ts";
import { filiera } from "../../support/filiera.ts";

/** Whatever the machine that tests run on has set, models go to the project's store. */
export const env = { MLFLOW_TRACKING_URI: "", FILIERA_KEYS: "" };

/** Runs a pipeline with steps of the library to its end, and gives its record. */
export async function run(cwd: string, pipeline: string, ...options: readonly string[]): Promise<RunRecord> {
  const { code, stderr } = await filiera(["pipeline", "run", pipeline, ...options], { cwd, env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return readRun(cwd, pipeline, "last");
}

/** The steps of a run that ended so, without the name of a pipeline that they are in. */
export function those({ tasks }: RunRecord, state: State, within = ""): readonly string[] {
  const steps = Object.entries(tasks).filter(([, task]) => task.log !== undefined && task.state === state);
  return steps.map(([path]) => path.replace(within, "")).sort();
}

/** What a program beside this file prints, with the packages and stores of the steps. */
export async function ask(cwd: string, program: string, ...args: readonly string[]): Promise<unknown> {
  const { path, env: own } = await ownProgram("steps", () => {});
  const { stdout } = await execa(join(path[0] ?? "", "python"), [join(import.meta.dirname, program), ...args], {
    env: {
      ...own,
      MLFLOW_TRACKING_URI: `sqlite:///${join(cwd, ".filiera/mlflow/mlflow.db")}`,
      FILIERA_KEYS: join(cwd, ".filiera/keys"),
    },
  });
  return JSON.parse(stdout);
}
