import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { App, Chart } from "cdk8s";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type JsonObject, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import { render } from "../../../constructs/kernel/render.ts";
import { type CompiledPipeline, PipelineRelease } from "../../../constructs/kubeflow/index.ts";
import { compile, type Pipeline } from "../../../pipelines/index.ts";
import { documentsOf } from "../../pipelines/support/vectors.ts";
import { KFP_IR, layers as quick } from "../../support/layers.ts";
import { conditionOf, type KubeObject } from "../control-plane/client.ts";
import { ControlPlane } from "../control-plane/control-plane.ts";
import { CRDS, layers } from "../layers.ts";
import { samples } from "../pipeline-run/samples.ts";
import * as control from "../pipelines/own/control.ts";
import * as data from "../pipelines/own/data.ts";
import * as groups from "../pipelines/own/groups.ts";
import * as kubernetes from "../pipelines/own/kubernetes.ts";
import { skipped } from "../prepared.ts";

const { skip, title } = skipped(layers.releases);
const NAMESPACE = "kubeflow";
const artifacts = samples["artifacts"]?.pipeline ?? control.branches;
const own: readonly Pipeline[] = [
  ...[data, control, groups, kubernetes].flatMap((module) => Object.values(module)),
  ...Object.values(samples).map(({ pipeline }) => pipeline),
];

describe.skipIf(skip)(title, () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await ControlPlane.start();
    const folder = join(CRDS, "kubeflow-pipelines");
    for (const file of readdirSync(folder).filter((name) => name.includes("pipelines.kubeflow.org"))) {
      const definition = objectOf(JSON.parse(readFileSync(join(folder, file), "utf8")));
      await plane.client.apply(definition);
      await plane.until(
        "kube-apiserver",
        "served",
        definition,
        (found) => conditionOf(found, "Established") === "True",
      );
    }
    await plane.client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  });
  afterAll(() => plane.stop());

  test("every pipeline of the tests is taken strictly, and kept to the letter", async () => {
    for (const pipeline of own) await releasedAs(plane, compile(pipeline));
    expect(own.length).toBeGreaterThanOrEqual(40);
  });

  test.skipIf(quick.kfpIr.missing)("so is every file that KFP's own SDK compiled", async () => {
    const files = readdirSync(KFP_IR).filter((file) => file.endsWith(".yaml"));
    for (const file of files) {
      const [pipelineSpec = {}, platformSpec] = documentsOf(readFileSync(join(KFP_IR, file), "utf8"));
      await releasedAs(plane, { pipelineSpec: { ...pipelineSpec, pipelineInfo: infoOf(pipelineSpec) }, platformSpec });
    }
    expect(files).toHaveLength(90);
  });

  test("an unchanged pipeline changes nothing, a changed one is another version beside the first", async () => {
    const made = compile(artifacts);
    const [first, again] = [await releasedAs(plane, made), await releasedAs(plane, made)];
    expect(textAt(again, "metadata", "resourceVersion")).toBe(textAt(first, "metadata", "resourceVersion"));
    const otherSpec = { ...made.pipelineSpec, sdkVersion: "kfp-0" };
    const changed = await releasedAs(plane, { ...made, pipelineSpec: otherSpec });
    const names = (await plane.client.list("pipelines.kubeflow.org/v2beta1", "PipelineVersion", NAMESPACE)).map(
      (each) => textAt(each, "metadata", "name"),
    );
    expect(names).toEqual(expect.arrayContaining([first, changed].map((each) => textAt(each, "metadata", "name"))));
    expect(textAt(changed, "metadata", "name")).not.toBe(textAt(first, "metadata", "name"));
  });

  test("recurring runs' Job, its rights and its token are taken strictly", async () => {
    for (const multiUser of [false, true]) {
      const recurringRuns = {
        runs: [{ name: "nightly", schedule: { kind: "cron", cron: "0 3 * * *" } }],
        image: { reference: "recurring-runs:1" },
        server: { multiUser },
      } as const;
      const release = new PipelineRelease(new Chart(new App(), "test"), "release", {
        pipeline: compile(artifacts),
        namespace: NAMESPACE,
        recurringRuns,
      });
      const manifests = render(release).map(({ manifest }) => manifest);
      for (const manifest of manifests) await plane.client.apply(objectOf(manifest));
      expect(manifests.some(({ kind }) => kind === "Role")).toBe(multiUser);
    }
  });

  test("a misspelt field is refused", async () => {
    const wrong = {
      apiVersion: "pipelines.kubeflow.org/v2beta1",
      kind: "PipelineVersion",
      metadata: { name: "wrong", namespace: NAMESPACE },
      spec: { pipelineNam: "wrong", pipelineSpec: {} },
    };
    await expect(plane.client.apply(wrong)).rejects.toThrow(".spec.pipelineNam: field not declared in schema");
  });
});

/** Applies a release, and expects that the version holds what it was given. */
async function releasedAs({ client }: ControlPlane, pipeline: CompiledPipeline): Promise<JsonObject> {
  const release = new PipelineRelease(new Chart(new App(), "test"), "release", { pipeline, namespace: NAMESPACE });
  let last: JsonObject = {};
  for (const { manifest } of render(release)) last = (await client.apply(objectOf(manifest))).object;
  const { pipelineSpec, platformSpec } = objectAt(last, "spec");
  const given: JsonObject = JSON.parse(JSON.stringify(pipeline));
  expect({ pipelineSpec, platformSpec }).toEqual({
    pipelineSpec: given["pipelineSpec"],
    platformSpec: given["platformSpec"],
  });
  return last;
}

function infoOf(pipelineSpec: JsonObject): CompiledPipeline["pipelineSpec"]["pipelineInfo"] {
  const text = (key: string) => textAt(pipelineSpec, "pipelineInfo", key);
  const [name = "", displayName, description] = [text("name"), text("displayName"), text("description")];
  return { name, ...(displayName !== undefined && { displayName }), ...(description !== undefined && { description }) };
}

function objectOf(manifest: JsonObject): KubeObject {
  const metadata = objectAt(manifest, "metadata");
  const { name, namespace } = { name: textAt(metadata, "name") ?? "", namespace: textAt(metadata, "namespace") };
  return {
    ...manifest,
    apiVersion: textAt(manifest, "apiVersion") ?? "",
    kind: textAt(manifest, "kind") ?? "",
    metadata: { ...metadata, name, ...(namespace !== undefined && { namespace }) },
  };
}
