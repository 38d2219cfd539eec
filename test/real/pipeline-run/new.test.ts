import { readdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { cacheFolder } from "../../../local/cache.ts";
import { OWN_LOCK } from "../../../local/pipeline/packages.ts";
import { readRun } from "../../../local/pipeline/record.ts";
import { pythonEnvironment } from "../../../local/python/environment.ts";
import { filiera, folder, write } from "../../support/filiera.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";
import { LOOKERS } from "../python/tools.ts";

const { skip, title } = skipped(layers.newPipelines);

describe.skipIf(skip)(title, () => {
  test("one runs as it is, and the Python tests of two of them pass in one go, each on its own steps", async () => {
    const cwd = folder();
    write(cwd, { "package.json": '{ "type": "module" }' });
    for (const name of ["churn", "card-fraud"])
      expect(await filiera(["pipeline", "new", name], { cwd })).toMatchObject({ code: 0 });

    const { code, stdout, stderr } = await filiera(["pipeline", "run", "churn", "--param", "rows=100"], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [, error = "", baseline = ""] = / error = (\S+)\n {2}baseline = (\S+)\n/.exec(stdout) ?? [];
    expect(Number(error)).toBeGreaterThan(0.5);
    expect(Number(error)).toBeLessThan(Number(baseline) / 3);
    const { state, tasks } = readRun(cwd, "churn", "last");
    expect({ state, tasks: Object.keys(tasks) }).toEqual({
      state: "succeeded",
      tasks: ["prepare", "train", "evaluate"],
    });

    expect(await pytest(cwd)).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^16 passed/m) });
    // it could fail: a step that is another's would not be noticed otherwise
    write(cwd, { "pipelines/churn/train.py": "def train(data, model):\n    raise ValueError('no line')\n" });
    expect(await pytest(cwd)).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^2 failed, 14 passed/m) });
  });
});

async function pytest(cwd: string) {
  const [{ bin }, { folder: own }] = [await pythonEnvironment(OWN_LOCK), await pythonEnvironment(LOOKERS)];
  const [python = ""] = readdirSync(join(own, "lib"));
  return execa(join(bin, "python"), ["-m", "pytest", "-q", "-p", "no:cacheprovider", "pipelines"], {
    cwd,
    reject: false,
    env: {
      PYTHONPATH: join(own, "lib", python, "site-packages"),
      PYTHONPYCACHEPREFIX: join(cacheFolder(), "python-compiled"),
    },
  });
}
