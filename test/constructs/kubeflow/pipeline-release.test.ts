import { describe, expect, test } from "vitest";
import { Options } from "../../../constructs/kernel/options.ts";
import { render } from "../../../constructs/kernel/render.ts";
import { PipelineRelease, type PipelineReleaseProps } from "../../../constructs/kubeflow/index.ts";
import { compile, containerStep, type Pipeline, pipeline } from "../../../pipelines/index.ts";
import { chart } from "../../support/chart.ts";
import { CustomResources } from "../../support/crds.ts";
import { complaint } from "../../support/errors.ts";
import { layers } from "../../support/layers.ts";

function training(args: readonly string[], name = "training"): Pipeline {
  const train = containerStep({ name: "train", container: { image: "python:3.11", args } });
  return pipeline({ name, displayName: "Training", description: "Trains.", storage: "s3://runs" }, (steps) => {
    steps.run(train, {}, { cache: false, kubernetes: { nodeSelector: { gpu: "yes" } } });
  });
}

function released(made: Pipeline, more: Partial<PipelineReleaseProps> = {}) {
  const release = new PipelineRelease(chart(), "release", { pipeline: compile(made), namespace: "kubeflow", ...more });
  const rendered = render(release);
  return { release, rendered, objects: rendered.map(({ manifest }) => manifest) };
}

describe("a pipeline's release", () => {
  test("is a Pipeline, and after it a version that holds what was compiled, to the last empty object", () => {
    const compiled = compile(training(["yes"]));
    const { release, objects } = released(training(["yes"]), { tags: { team: "vision" } });
    const labels = { "app.kubernetes.io/part-of": "filiera" };
    expect(objects).toEqual([
      {
        apiVersion: "pipelines.kubeflow.org/v2beta1",
        kind: "Pipeline",
        metadata: { name: "training", namespace: "kubeflow", labels },
        spec: { displayName: "Training", description: "Trains.", tags: { team: "vision" } },
      },
      {
        apiVersion: "pipelines.kubeflow.org/v2beta1",
        kind: "PipelineVersion",
        metadata: { name: `training-${release.version}`, namespace: "kubeflow", labels },
        spec: {
          pipelineName: "training",
          versionName: release.version,
          pipelineSpec: compiled.pipelineSpec,
          platformSpec: compiled.platformSpec,
          tags: { team: "vision" },
        },
      },
    ]);
    expect(compiled.pipelineSpec.root.dag?.tasks["train"]?.cachingOptions).toEqual({});
  });

  test("is a new version where a step changed, and the same where none did, however its keys are ordered", () => {
    const { release } = released(training(["yes"]));
    expect(released(training(["yes"])).release.version).toBe(release.version);
    expect(released(training(["no"])).release.version).not.toBe(release.version);
    const { pipelineSpec, platformSpec } = compile(training(["yes"]));
    const turned = Object.fromEntries(Object.entries(pipelineSpec).reverse());
    const pipelineInfo = { description: "Trains.", displayName: "Training", name: "training" };
    const again = new PipelineRelease(chart(), "again", {
      pipeline: { pipelineSpec: { ...turned, pipelineInfo }, platformSpec },
      namespace: "kubeflow",
    });
    expect(again.version).toBe(release.version);
  });

  test("leaves a version in the cluster that the program does not have any more, and takes the pipeline with it", () => {
    const { release } = released(training(["yes"]));
    expect(Options.resolve(release.versionObject).retainOnDelete).toBe(true);
    expect(Options.resolve(release.pipelineObject).retainOnDelete).toBeUndefined();
  });

  test("refuses names that no object can have, and what is too large for one", () => {
    const named = (name: string) => complaint(() => released(training([], name)));
    const rule = "give it lower-case letters, digits and dashes, the first and last no dash, at most 63";
    expect(named("training-")).toBe(`[test/release] found a pipeline named "training-": ${rule}`);
    expect(named("a".repeat(64))).toBe(`[test/release] found a pipeline named "${"a".repeat(64)}": ${rule}`);
    expect(complaint(() => released(training(["x".repeat(1024 ** 2)])))).toBe(
      "[test/release] found a pipeline training of 1025 KiB, and an object has room for 1024: run parts of it as pipelines of their own, or put the code of its steps into an image",
    );
  });

  test.skipIf(layers.crds.missing)("fits the definitions of Kubeflow Pipelines", () => {
    const served = new CustomResources("kubeflow-pipelines");
    const problems = released(training(["yes"])).rendered.flatMap(({ object }) => served.problemsOf(object.manifest));
    expect(problems).toEqual([]);
  });
});
