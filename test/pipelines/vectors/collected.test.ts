import { describe } from "vitest";
import {
  artifact,
  artifactsOf,
  collected,
  dataset,
  integer,
  list,
  model,
  pipeline,
  string,
} from "../../../pipelines/index.ts";
import { vector } from "../support/vectors.ts";

describe("Collected", () => {
  vector("collected_artifacts", ({ step }) => {
    const splitChars = step("split-chars", { model_ids: string() }, { Output: list() });
    const splitIds = step("split-ids", { model_ids: string() }, { Output: list() });
    const createFile = step("create-file", { content: string() }, { file: artifact() });
    const createDataset = step("create-dataset", { content: string() }, { data: dataset() });
    const singleNodeDag = pipeline(
      { name: "single-node-dag", inputs: { char: string() }, outputs: { Output: dataset() } },
      (steps, inputs) => {
        const createDatasetTask = steps.run(createDataset, { content: inputs.char }, { cache: false });
        return { Output: createDatasetTask.output };
      },
    );
    const readSingleDatasetGenerateModel = step(
      "read-single-dataset-generate-model",
      { data: dataset(), id: string() },
      { results: model() },
    );
    const readDatasets = step("read-datasets", { data: artifactsOf(dataset()) }, { Output: string() });
    const readModels = step("read-models", { models: artifactsOf(model()) }, { Output: string() });
    const readSingleFile = step("read-single-file", { file: artifact() }, { Output: string() });
    const collectingArtifacts = pipeline(
      {
        name: "collecting-artifacts",
        inputs: { model_chars: string({ default: "" }), model_ids: string({ default: "" }) },
        outputs: { Output: artifactsOf(model()) },
      },
      (steps, inputs) => {
        const splitCharsTask = steps.run(splitChars, { model_ids: inputs.model_chars }, { cache: false });
        const splitIdsTask = steps.run(splitIds, { model_ids: inputs.model_ids }, { cache: false });
        const forLoop1 = steps.forEach(splitIdsTask.output, (steps, item1) => {
          const createFileTask = steps.run(createFile, { content: item1 }, { cache: false });
          const forLoop2 = steps.forEach(splitCharsTask.output, (steps, item2) => {
            const singleNodeDagTask = steps.run(singleNodeDag, { char: item2 }, { cache: false });
            const readSingleDatasetGenerateModelTask = steps.run(
              readSingleDatasetGenerateModel,
              { id: item1, data: singleNodeDagTask.output },
              { cache: false },
            );
            return {
              readSingleDatasetGenerateModel: readSingleDatasetGenerateModelTask,
              singleNodeDag: singleNodeDagTask,
            };
          });
          steps.run(readDatasets, { data: collected(forLoop2.singleNodeDag.output) }, { cache: false });
          steps.run(
            readModels,
            { models: collected(forLoop2.readSingleDatasetGenerateModel.output) },
            { cache: false },
          );
          steps.run(readSingleFile, { file: createFileTask.output }, { cache: false });
          return forLoop2;
        });
        return { Output: collected(forLoop1.readSingleDatasetGenerateModel.output) };
      },
    );
    return pipeline({ name: "collected-artifact-pipeline" }, (steps) => {
      const collectingArtifactsTask = steps.run(
        collectingArtifacts,
        { model_chars: "x,y,z", model_ids: "s1,s2,s3" },
        { cache: false },
      );
      steps.run(readModels, { models: collectingArtifactsTask.output }, { cache: false });
    });
  });

  vector("pipeline_with_collected_artifacts", ({ step }) => {
    const writeArtifact = step("write-artifact", { index: integer() }, { out: artifact() });
    const readAndJoin = step("read-and-join", { artifacts: artifactsOf(artifact()) }, { Output: string() });
    return pipeline({ name: "pipeline-with-collected-artifacts", outputs: { Output: string() } }, (steps) => {
      const forLoop2 = steps.forEach([0, 1, 2], (steps, item2) => {
        const writeArtifactTask = steps.run(writeArtifact, { index: item2 });
        return writeArtifactTask;
      });
      const readAndJoinTask = steps.run(readAndJoin, { artifacts: collected(forLoop2.output) });
      return { Output: readAndJoinTask.output };
    });
  });

  vector("pipeline_producer_consumer", ({ step }) => {
    const doubleStep = step("double", { num: integer() }, { Output: integer() });
    const doublePipeline = pipeline(
      { name: "double-pipeline", inputs: { num: integer() }, outputs: { Output: integer() } },
      (steps, inputs) => {
        const doubleStepTask = steps.run(doubleStep, { num: inputs.num });
        return { Output: doubleStepTask.output };
      },
    );
    const add = step("add", { nums: list() }, { Output: integer() });
    const echoAndReturn = step("echo-and-return", { string: string() }, { Output: string() });
    const addPipeline = pipeline(
      { name: "add-pipeline", inputs: { nums: list() }, outputs: { out1: integer(), out2: list() } },
      (steps, inputs) => {
        const addTask = steps.run(add, { nums: inputs.nums });
        const forLoop2 = steps.forEach(["m", "a", "t", "h"], (steps, item2) => {
          const echoAndReturnTask = steps.run(echoAndReturn, { string: item2 });
          return echoAndReturnTask;
        });
        return { out1: addTask.output, out2: collected(forLoop2.output) };
      },
    );
    const joinAndPrint = step("join-and-print", { strings: list() }, {});
    return pipeline({ name: "math-pipeline", outputs: { Output: integer() } }, (steps) => {
      const forLoop2 = steps.forEach([1, 2, 3], (steps) => {
        const forLoop4 = steps.forEach([1, 2, 3], (steps, item4) => {
          const doublePipelineTask = steps.run(doublePipeline, { num: item4 });
          return doublePipelineTask;
        });
        return forLoop4;
      });
      const addPipelineTask = steps.run(addPipeline, { nums: collected(forLoop2.output) });
      steps.run(joinAndPrint, { strings: addPipelineTask.outputs.out2 });
      return { Output: addPipelineTask.outputs.out1 };
    });
  });
});
