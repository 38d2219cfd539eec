import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { RunFolder } from "../../local/index.ts";
import { findCommand, searchPath } from "../../local/programs/find.ts";
import { postgresFolder } from "../../local/programs/postgres.ts";
import { findPython } from "../../local/python/find.ts";
import { filiera, folder, PLATFORM_ALONE, project, write } from "../support/filiera.ts";
import { layers } from "../support/layers.ts";
import { mayMount, mounted } from "../support/mounted.ts";
import { left } from "../support/running.ts";

/** A project, and a PATH on which there is only what this machine's PostgreSQL needs. */
function bare() {
  const cwd = project({ local: PLATFORM_ALONE });
  const bin = join(folder(), "bin");
  mkdirSync(bin);
  for (const program of ["setpriv", "sh", "unshare", "mount"]) {
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

describe.skipIf(postgresFolder() === undefined)(
  "filiera run says in one line what is in its way, and nothing is left running",
  () => {
    /** Runs it, and gives what it says is wrong. */
    async function refused(options: { cwd: string; env: Record<string, string>; disk?: readonly [string, string] }) {
      const { cwd, env, disk } = options;
      if (disk) mkdirSync(disk[0], { recursive: true });
      const through = disk && ((command: readonly string[]) => mounted(disk[0], disk[1], command));
      const { code, stderr } = await filiera(["run", "local"], { cwd, env, ...(through && { through }) });
      expect(code).toBe(1);
      expect(left(new RunFolder(cwd, "local"))).toEqual([]);
      return stderr;
    }
    const outcome = "nothing is left running";

    test("a port that another program has, before anything is downloaded", async () => {
      const { cwd, env } = bare();
      const other = createServer();
      await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
      const address = other.address();
      const port = typeof address === "object" && address ? address.port : 0;
      const args = ["run", "local", "--port", `mlflow/mlflow:5000=${port}`];
      const { code, stderr } = await filiera(args, { cwd, env });
      other.close();
      expect([code, stderr]).toEqual([
        1,
        one(
          `apps/Deployment/mlflow/mlflow: cannot listen on port ${port}, which another program has: end that, or choose another port with --port mlflow/mlflow:5000=<number>`,
          outcome,
        ),
      ]);
      expect(existsSync(env.XDG_CACHE_HOME)).toBe(false);
    });

    test.runIf(mayMount)("a disk that is full, for the page", async () => {
      const { cwd, env } = bare();
      expect(await refused({ cwd, env, disk: [join(cwd, "dist"), "size=64k"] })).toBe(
        one("dist/local: cannot be written (the disk is full): make room, or run it in another folder"),
      );
    });

    test.runIf(mayMount)("a disk that is full, for its state", async () => {
      const { cwd, env } = bare();
      expect(await refused({ cwd, env, disk: [join(cwd, ".filiera"), "size=4k"] })).toBe(
        one(
          `${cwd}/.filiera/local: is on a disk that is full (0 MB are left): make room, or run it in another folder`,
          outcome,
        ),
      );
    });

    test.runIf(mayMount)("a folder that is read-only, for its state", async () => {
      const { cwd, env } = bare();
      expect(await refused({ cwd, env, disk: [join(cwd, ".filiera"), "ro"] })).toBe(
        one(
          `${cwd}/.filiera/local: cannot be written (EROFS), and a run keeps its state there: mend that, or run it in another folder`,
          outcome,
        ),
      );
    });

    describe.skipIf(layers.python.missing)("with a Python", () => {
      const range = { from: "3.10", below: "3.14" };

      test.runIf(mayMount)("a cache that is read-only", async () => {
        const { cwd, env } = bare();
        const { program } = await findPython(range);
        const cache = env.XDG_CACHE_HOME;
        expect(await refused({ cwd, env: { ...env, FILIERA_PYTHON: program }, disk: [cache, "ro"] })).toBe(
          one(
            `${cache}/filiera: cannot be written (EROFS), and downloads are kept there: set XDG_CACHE_HOME to a folder that you may write to`,
            outcome,
          ),
        );
      });

      test("a lock that does not resolve", async () => {
        const { cwd, env } = bare();
        const { program, version } = await findPython(range);
        const offline = { PIP_NO_INDEX: "1", PIP_FIND_LINKS: folder() };
        const said = await refused({ cwd, env: { ...env, ...offline, FILIERA_PYTHON: program } });
        const lock = resolve("images/mlflow/requirements.txt");
        expect(said).toMatch(
          new RegExp(
            `^1 problem, nothing is left running:\n  ${lock}: cannot be installed for Python ${version}: No matching distribution found for \\S+; lock it anew for this Python, or check that the package index can be reached\n$`,
          ),
        );
      });
    });

    test("a Python that cannot make a virtual environment", async () => {
      const { cwd, env } = bare();
      const python = join(env.PATH, "python3");
      const about = `echo ${python}; echo 3.11.2; echo cpython-3.11-linux-x86_64`;
      const broken = "echo 'ensurepip is not available' >&2; exit 1";
      writeFileSync(python, `#!/bin/sh\ncase "$*" in *venv*) ${broken};; esac\n${about}\n`, { mode: 0o755 });
      expect(await refused({ cwd, env })).toBe(
        one(
          `${python}: cannot make a virtual environment (ensurepip is not available): install its venv module (apt-get install python3-venv), or uv`,
          outcome,
        ),
      );
    });

    test("a PostgreSQL that does not run", async () => {
      const { cwd, env } = bare();
      const bin = folder();
      for (const program of ["initdb", "postgres"]) writeFileSync(join(bin, program), "no program\n");
      expect(await refused({ cwd, env: { ...env, FILIERA_POSTGRES: bin } })).toBe(
        one(
          `${bin}/postgres: does not run (spawn ${bin}/postgres EACCES): install PostgreSQL (such as apt-get install postgresql, or brew install postgresql@17), set FILIERA_POSTGRES to the folder with initdb and postgres, or to sqlite`,
          outcome,
        ),
      );
    });
  },
);

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
  [
    {},
    "found no pipeline in this project: export one from a module in its folder pipelines, or name another project by -C",
  ],
  [{ "pipelines/frauds.mjs": "frauds" }, "found no such pipeline; there are frauds; did you mean frauds?"],
  [
    { "pipelines/fraud.mjs": "fraud" },
    "found inputs without a default: rows; name a pipeline that needs none, such as one that runs this one with what it needs",
  ],
])("filiera run refuses, before all else, an environment whose pipeline cannot run: %j", async (files, problem) => {
  const cwd = project();
  const module = (name: string) => `
    import { integer, pipeline } from "filiera/pipelines";
    export default pipeline({ name: "${name}", inputs: { rows: integer() } }, () => {});`;
  write(cwd, Object.fromEntries(Object.entries(files).map(([file, name]) => [file, module(name)])));
  const { code, stdout, stderr } = await filiera(["run", "local"], { cwd });
  expect([code, stdout, stderr]).toEqual([1, "", one(`filiera:run.pipeline: ${problem}`)]);
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
