import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findCommand, searchPath } from "../../local/programs/find.ts";
import { postgresFolder } from "../../local/programs/postgres.ts";
import { filiera, folder, project } from "../support/filiera.ts";

/** A project, and a PATH on which there is only what this machine's PostgreSQL needs. */
function bare() {
  const cwd = project();
  const bin = join(folder(), "bin");
  mkdirSync(bin);
  for (const program of ["setpriv", "sh"]) {
    const found = findCommand(program, searchPath());
    if (found) symlinkSync(found, join(bin, program));
  }
  return { cwd, env: { PATH: bin, XDG_CACHE_HOME: join(cwd, "cache"), FILIERA_POSTGRES: postgresFolder() ?? "" } };
}

const one = (problem: string, outcome = "nothing was written") => `1 problem, ${outcome}:\n  ${problem}\n`;

describe.skipIf(postgresFolder() === undefined)("filiera run", () => {
  test("without a Python plans, writes the page, and says what is missing", async () => {
    const { cwd, env } = bare();
    const { code, stdout, stderr } = await filiera(["run", "local"], { cwd, env });
    expect([code, stderr]).toEqual([
      1,
      one(
        "python: found none on PATH; needed: Python 3.10 or newer, below 3.14: install one (such as apt-get install python3 python3-venv, or brew install python@3.12), or set FILIERA_PYTHON to its path",
        "nothing is left running",
      ),
    ]);
    expect(stdout).toMatch(
      /^planned: \d+ resources; the map of the platform is file:\/\/\S+\/dist\/local\/index\.html, and shows what runs at http:\/\/127\.0\.0\.1:\d+\/?\n/,
    );
    expect(existsSync(join(cwd, "dist/local/index.html"))).toBe(true);
    const logs = await filiera(["logs", "local", "nothing"], { cwd });
    expect([logs.code, logs.stderr]).toEqual([
      1,
      one("nothing: is no object with logs; there are none, as nothing was started"),
    ]);
    const stopped = await filiera(["stop", "local"], { cwd });
    expect(stopped).toEqual({ code: 0, stdout: "nothing of local runs\n", stderr: "" });
  });
});

test("filiera run refuses an environment of more pods than one machine runs", async () => {
  const { code, stderr } = await filiera(["run", "prod"], { cwd: project() });
  expect([code, stderr]).toEqual([
    1,
    one(
      "apps/StatefulSet/minio/minio: runs 4 pods, and one machine runs one of each: take an environment with filiera:profile laptop or small",
      "nothing is left running",
    ),
  ]);
});

test.each([
  [["stop", "local"], "local: was never run here: filiera run local runs it"],
  [["logs", "local"], "local: was never run here: filiera run local runs it"],
  [
    ["run", "local", "--port", "5000"],
    '--port: found "5000"; allowed: a pod\'s port and one of this machine, such as mlflow/mlflow:5000=5000',
  ],
  [
    ["run", "local", "--port", "mlflow/mlflow:5000=70000"],
    '--port: found "mlflow/mlflow:5000=70000"; allowed: a pod\'s port and one of this machine, such as mlflow/mlflow:5000=5000',
  ],
])("filiera %j says what is wrong", async (args, problem) => {
  const { code, stdout, stderr } = await filiera(args, { cwd: project() });
  expect([code, stdout, stderr]).toEqual([1, "", one(problem)]);
});
