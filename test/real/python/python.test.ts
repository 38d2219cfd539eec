import { readdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { cacheFolder } from "../../../local/cache.ts";
import { OWN_LOCK } from "../../../local/pipeline/packages.ts";
import { ownProgram } from "../../../local/programs/own.ts";
import { pythonEnvironment } from "../../../local/python/environment.ts";
import { layers } from "../layers.ts";
import { IRIS } from "../pipeline-run/tools.ts";
import { skipped } from "../prepared.ts";
import { LOOKERS } from "./tools.ts";

const { skip, title } = skipped(layers.python);
const ROOT = join(import.meta.dirname, "../../..");

/** Every folder of tests in Python, and what runs them: an image's packages or a pipeline's. */
const suites: Readonly<Record<string, () => Promise<string>>> = {
  "examples/iris/tests": async () => (await pythonEnvironment(IRIS)).bin,
  "examples/fraud/tests": () => imageOf("steps"),
  "examples/imaging/tests": () => imageOf("steps"),
  "examples/maintenance/tests": () => imageOf("steps"),
  "examples/shop/tests": () => imageOf("steps"),
  "templates/pipeline/tests": async () => (await pythonEnvironment(OWN_LOCK)).bin,
  "test/local/pipeline": async () => (await pythonEnvironment(OWN_LOCK)).bin,
  "test/images/ingestion": () => imageOf("ingestion"),
  "test/images/backup": () => imageOf("backup"),
  "test/images/minio-setup": () => imageOf("minio-setup"),
  "test/images/mlflow": () => imageOf("mlflow"),
  "test/images/recurring-runs": () => imageOf("recurring-runs"),
  "test/images/steps": () => imageOf("steps"),
};

/** Those that need a framework, each a layer of its own. */
const frameworks = [
  { layer: layers.keras, folder: "test/images/steps-keras", image: "steps-keras" },
  { layer: layers.pytorch, folder: "test/images/steps-pytorch", image: "steps-pytorch" },
];

async function imageOf(name: string): Promise<string> {
  const { path } = await ownProgram(name, () => {});
  return path[0] ?? "";
}

async function pytest(folder: string, bin: string): Promise<void> {
  const { folder: own } = await pythonEnvironment(LOOKERS);
  const [python = ""] = readdirSync(join(own, "lib"));
  const { exitCode, all } = await execa(join(bin, "python"), ["-m", "pytest", "-q", "-p", "no:cacheprovider", folder], {
    cwd: ROOT,
    reject: false,
    all: true,
    // pytest from elsewhere: what the programs run with is their lock's, and nothing is added to it
    env: {
      PYTHONPATH: join(own, "lib", python, "site-packages"),
      PYTHONPYCACHEPREFIX: join(cacheFolder(), "python-compiled"),
    },
  });
  expect({ exitCode, all }).toEqual({ exitCode: 0, all: expect.stringMatching(/^\d+ passed/m) });
}

describe.skipIf(skip)(title, () => {
  test("ruff finds nothing, neither to mend nor to lay out anew", async () => {
    const { bin } = await pythonEnvironment(LOOKERS);
    const ruff = (...args: readonly string[]) =>
      execa(join(bin, "ruff"), [...args, "--no-cache", "."], { cwd: ROOT, reject: false, all: true });
    for (const args of [["check"], ["format", "--check"]]) {
      const { exitCode, all } = await ruff(...args);
      expect({ exitCode, all }).toEqual({ exitCode: 0, all: expect.any(String) });
    }
    // it could find something: what is not sound is a finding
    const { exitCode, stdout } = await execa(join(bin, "ruff"), ["check", "--no-cache", "-"], {
      cwd: ROOT,
      reject: false,
      input: "import os\n",
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: expect.stringContaining("F401") });
  });

  test.each(Object.entries(suites))("pytest %s", async (folder, binOf) => pytest(folder, await binOf()));

  test("no folder of tests is left out", async () => {
    const { stdout } = await execa("git", ["ls-files", "--", "*test_*.py"], { cwd: ROOT });
    const folders = new Set(stdout.split("\n").map((file) => file.slice(0, file.lastIndexOf("/"))));
    expect([...folders].sort()).toEqual([...Object.keys(suites), ...frameworks.map(({ folder }) => folder)].sort());
  });
});

for (const { layer, folder, image } of frameworks) {
  const { skip, title } = skipped(layer);
  describe.skipIf(skip)(title, () => {
    test(`pytest ${folder}`, async () => pytest(folder, await imageOf(image)));
  });
}
