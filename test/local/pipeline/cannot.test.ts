import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { Problem } from "../../../constructs/kernel/errors.ts";
import { leftOut, obstaclesOf } from "../../../local/pipeline/obstacles.ts";
import { lockFor, missingPackages, OWN_LOCK } from "../../../local/pipeline/packages.ts";
import { compile, containerStep, dataset, type Pipeline, pipeline, pythonStep } from "../../../pipelines/index.ts";
import { folder, write } from "../../support/filiera.ts";

const here = folder();
beforeAll(() => write(here, { "train.py": "def train():\n    pass\n" }));

const file = join(here, "train.py");
const count = containerStep({ name: "count", inputs: { table: dataset() }, container: { image: "busybox:1.37" } });
const train = (packages: readonly string[]) => pythonStep({ file, packages });

test("containers and imports are told by where they are, in groups and in pipelines too", () => {
  const inner = pipeline({ name: "inner" }, (steps) => {
    steps.forEach([1, 2], (round) => {
      const table = round.import({ uri: "s3://data/table.csv", type: dataset() }).output;
      round.run(count, { table });
      round.run(train([]), {});
    });
  });
  const outer = pipeline({ name: "outer" }, (steps) => {
    steps.run(inner, {});
    steps.run(train([]), {});
  });
  expect(texts(obstaclesOf(compile(outer).pipelineSpec))).toEqual([
    "outer/inner/for-loop-2/importer: found an import of s3://data/table.csv: only Python steps run here, run it on the platform",
    "outer/inner/for-loop-2/count: found a container of busybox:1.37: only Python steps run here, run it on the platform",
  ]);
});

test("what only a cluster has is said, and left out", () => {
  const cluster = pipeline({ name: "cluster" }, (steps) => {
    steps.run(train([]), {}, { resources: { cpuLimit: 2 } });
    steps.run(train([]), {}, { kubernetes: { nodeSelector: { gpu: "yes" } }, resources: { memoryLimit: "1Gi" } });
    steps.run(train([]), {}, { retry: { times: 1 } });
  });
  expect(leftOut(compile(cluster))).toEqual(["cluster/train: resources", "cluster/train-2: resources, nodeSelector"]);
});

const locked = [
  "kfp==2.17.0 \\",
  "    --hash=sha256:0",
  "scikit_learn==1.7.2 \\",
  "numpy==2.2.6 ; python_full_version < '3.11' \\",
  "numpy==2.4.6 ; python_full_version >= '3.11' \\",
].join("\n");

test.each([
  ["scikit-learn"],
  ["scikit-learn==1.7.2"],
  ["Scikit.Learn >=1.7,<2"],
  ["scikit-learn[docs]~=1.7.0"],
  ["numpy>2.3; python_version > '3.8'"],
])("a lock that has it satisfies %s", (requirement) => {
  expect(missing(locked, [requirement])).toEqual([]);
});

test.each([["pandas"], ["scikit-learn==1.7.3"], ["numpy<2"], ["scikit-learn @ https://example.com/learn.whl"]])(
  "%s is no part of it",
  (requirement) => {
    const all = requirement.includes("@") ? [] : [requirement];
    expect(missing(locked, all)).toEqual(
      all.map(
        (each) =>
          `p/train: found packages that requirements.txt does not lock: ${each}; add them to what is locked, and lock anew`,
      ),
    );
  },
);

test("a lock without kfp, and packages without a lock", () => {
  expect(missing("numpy==2.4.6\n", [])).toEqual([
    "requirements.txt: found no kfp==2.17.0, which runs the steps: add it to what is locked, and lock anew",
  ]);
  const outer = pipeline({ name: "outer" }, (steps) => {
    steps.run(training(["pandas==2.3.3", "torch"]), {});
  });
  expect(texts(missingPackages(outer, OWN_LOCK, here))).toEqual([
    "outer/p/train: found packages and no lock for them: pandas==2.3.3, torch; lock them with kfp==2.17.0 in pipelines/requirements.txt: uv pip compile --universal --generate-hashes",
  ]);
});

function training(packages: readonly string[]): Pipeline {
  return pipeline({ name: "p" }, (steps) => {
    steps.run(train(packages), {});
  });
}

function missing(lock: string, packages: readonly string[]): readonly string[] {
  write(here, { "requirements.txt": lock });
  const made = training(packages);
  return texts(missingPackages(made, lockFor(made, join(here, "requirements.txt")), here));
}

function texts(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ path, message }) => `${path}: ${message}`);
}
