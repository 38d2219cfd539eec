import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { at } from "../../../constructs/kernel/json.ts";
import { libraryHere } from "../../../local/pipeline/library.ts";
import { libraryImage, lockFor, missingPackages } from "../../../local/pipeline/packages.ts";
import { ownImage } from "../../../local/programs/own.ts";
import { dataset, pipeline, stepLibrary } from "../../../pipelines/index.ts";
import { filiera, folder, write } from "../../support/filiera.ts";

const { trainImages, trainSeries, evaluate } = stepLibrary({ image: "registry.example.com/filiera/steps-pytorch:1" });
const inputs = { data: dataset() };
const images = pipeline({ name: "images", inputs }, (steps, { data }) => {
  const model = steps.run(trainImages, { data, validation: data, parameters: { epochs: 2 } }).output;
  steps.run(evaluate, { model, data });
});
const series = pipeline({ name: "series", inputs }, (steps, { data }) => {
  steps.run(trainSeries, { data, validation: data });
});

test("the example takes a GPU of a pool in a cluster, for its network alone", async () => {
  const { stdout, stderr } = await filiera(["pipeline", "compile", "imaging"], { cwd: "." });
  expect(stderr).toBe("");
  const [spec, platform] = parseAllDocuments(stdout).map((document): unknown => document.toJS());
  const executors = Object.entries(Object(at(spec, "deploymentSpec", "executors")));
  const resources = executors.filter(([, executor]) => at(executor, "container", "resources") !== undefined);
  expect(resources.map(([name]) => name)).toEqual(["exec-train-images"]);
  expect(at(spec, "deploymentSpec", "executors", "exec-train-images", "container")).toMatchObject({
    image: "registry.example.com/filiera/steps-pytorch:1",
    resources: { accelerator: { resourceType: "nvidia.com/gpu", resourceCount: "1" } },
  });
  expect(at(platform, "platforms", "kubernetes", "deploymentSpec", "executors", "exec-train-images")).toEqual({
    nodeSelector: { labels: { "example.com/pool": "gpu" } },
    tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
  });
});

test("a pipeline runs here with the image of its network, whose Python is that of the image it is made from", () => {
  expect([libraryImage(images), libraryImage(series)]).toEqual(["steps-pytorch", "steps-keras"]);
  expect(lockFor(series, undefined)).toMatchObject({ name: "steps-keras", python: { from: "3.10", below: "3.14" } });
  expect(missingPackages(series, lockFor(series, undefined), folder())).toEqual([]);
  expect(missingPackages(images, lockFor(images, undefined), folder())).toEqual([]);
  expect(ownImage("steps-keras").env).toMatchObject({
    MLFLOW_DISABLE_TELEMETRY: "true",
    KERAS_BACKEND: "tensorflow",
    PYTHONPATH: join(ownImage("steps").folder, "programs"),
  });
});

test("steps of a network have the variables of its image, and others have none of them", () => {
  const project = folder();
  const here = (name: "steps" | "steps-keras") => libraryHere(project, "run", () => {}, name);
  expect(here("steps-keras").env).toMatchObject({ KERAS_BACKEND: "tensorflow" });
  expect(here("steps").env).not.toHaveProperty("KERAS_BACKEND");
});

test("two frameworks are not in one environment", () => {
  const both = pipeline({ name: "both", inputs }, (steps, { data }) => {
    steps.run(images, { data });
    steps.run(series, { data });
  });
  expect(() => lockFor(both, undefined)).toThrow(
    "[both] found steps of steps-pytorch and of steps-keras: here all steps of a pipeline run with the packages of one image, make it two pipelines",
  );
});

test("a lock of the project's may have PyTorch's builds without CUDA, and must have PyTorch", () => {
  const project = folder();
  const others =
    "kfp==2.17.0\nmlflow-skinny==3.17.2\nalembic==1\nsqlalchemy==2\nconfluent-kafka==2.16.1\nbotocore==1.44.8\nfairlearn==0.14\nopenlineage-python==1.1\n";
  const rest = "pandas==2.3.3\npyarrow==21\nscikit-learn==1.7.2\nskops==0.16.1\n";
  write(project, { "with.txt": `${others}${rest}torch==2.15.0+cpu\n`, "without.txt": `${others}${rest}` });
  const found = (file: string) => missingPackages(images, lockFor(images, join(project, file)), project);
  expect(found("with.txt")).toEqual([]);
  expect(found("without.txt").map(({ message }) => message)).toEqual(
    Array(2).fill(
      "found packages that without.txt does not lock: torch==2.15.*; add them to what is locked, and lock anew",
    ),
  );
});
