import { describe } from "vitest";
import {
  artifactOf,
  artifactsOf,
  atLeast,
  classificationMetrics,
  collected,
  dataset,
  double,
  html,
  integer,
  list,
  markdown,
  metrics,
  model,
  pipeline,
  string,
} from "../../../pipelines/index.ts";
import { vector } from "../support/vectors.ts";

describe("Artifacts", () => {
  vector("artifact_cache", ({ step }) => {
    const coreComp = step("core-comp", {}, { dataset: dataset() });
    const core = pipeline({ name: "core", outputs: { Output: dataset() } }, (steps) => {
      const coreCompTask = steps.run(coreComp, {});
      return { Output: coreCompTask.output };
    });
    const mantle = pipeline({ name: "mantle", outputs: { Output: dataset() } }, (steps) => {
      const coreTask = steps.run(core, {});
      return { Output: coreTask.output };
    });
    const crustComp = step("crust-comp", { input: dataset() }, {});
    return pipeline({ name: "artifact-cache-pipeline" }, (steps) => {
      const mantleTask = steps.run(mantle, {});
      steps.run(crustComp, { input: mantleTask.output });
    });
  });

  vector("artifact_crust", ({ step }) => {
    const coreComp = step("core-comp", {}, { dataset: dataset() });
    const core = pipeline({ name: "core", outputs: { Output: dataset() } }, (steps) => {
      const coreCompTask = steps.run(coreComp, {}, { cache: false });
      return { Output: coreCompTask.output };
    });
    const mantle = pipeline({ name: "mantle", outputs: { Output: dataset() } }, (steps) => {
      const coreTask = steps.run(core, {}, { cache: false });
      return { Output: coreTask.output };
    });
    const crustComp = step("crust-comp", { input: dataset() }, {});
    return pipeline({ name: "artifact-pipeline" }, (steps) => {
      const mantleTask = steps.run(mantle, {}, { cache: false });
      steps.run(crustComp, { input: mantleTask.output }, { cache: false });
    });
  });

  vector("artifacts_simple", ({ step }) => {
    const doubleStep = step("double", { num: integer() }, { out_dataset: dataset() });
    const add = step("add", { in_datasets: artifactsOf(dataset()) }, { out_dataset: dataset() });
    const addContainer = step("add-container", { in_datasets: artifactsOf(dataset()) }, { out_dataset: dataset() });
    return pipeline({ name: "math-pipeline", outputs: { Output: artifactsOf(dataset()) } }, (steps) => {
      const forLoop2 = steps.forEach([1, 2, 3], (steps, item2) => {
        const doubleStepTask = steps.run(doubleStep, { num: item2 });
        return doubleStepTask;
      });
      steps.run(add, { in_datasets: collected(forLoop2.output) });
      steps.run(addContainer, { in_datasets: collected(forLoop2.output) });
      return { Output: collected(forLoop2.output) };
    });
  });

  vector("artifacts_complex", ({ step }) => {
    const doubleStep = step("double", { num: integer() }, { out_dataset: dataset() });
    const add = step("add", { in_datasets: artifactsOf(dataset()) }, { out_dataset: dataset() });
    const addTwoInts = step(
      "add-two-ints",
      { in_dataset1: dataset(), in_dataset2: dataset() },
      { out_dataset: dataset() },
    );
    const addTwoListsOfDatasets = pipeline(
      {
        name: "add-two-lists-of-datasets",
        inputs: { in_datasets1: artifactsOf(dataset()), in_datasets2: artifactsOf(dataset()) },
        outputs: { Output: dataset() },
      },
      (steps, inputs) => {
        const addTask = steps.run(add, { in_datasets: inputs.in_datasets1 });
        const add2 = steps.run(add, { in_datasets: inputs.in_datasets2 });
        const addTwoIntsTask = steps.run(addTwoInts, { in_dataset1: addTask.output, in_dataset2: add2.output });
        return { Output: addTwoIntsTask.output };
      },
    );
    return pipeline(
      {
        name: "math-pipeline",
        inputs: { threshold: integer({ default: 2 }) },
        outputs: { datasets: artifactsOf(dataset()), sum: dataset() },
      },
      (steps, inputs) => {
        const forLoop2 = steps.forEach([1, 2, 3], (steps, item2) => {
          const doubleStepTask = steps.run(doubleStep, { num: item2 });
          const forLoop4 = steps.forEach([1, 2, 3], (steps, item4) => {
            return steps.when(atLeast(item4, inputs.threshold), (steps) => steps.run(doubleStep, { num: item4 }))
              .result;
          });
          return { forLoop4, doubleStep: doubleStepTask };
        });
        const addTwoListsOfDatasetsTask = steps.run(addTwoListsOfDatasets, {
          in_datasets1: collected(forLoop2.doubleStep.output),
          in_datasets2: collected(forLoop2.forLoop4.output),
        });
        return { datasets: collected(forLoop2.doubleStep.output), sum: addTwoListsOfDatasetsTask.output };
      },
    );
  });

  vector("embedded_artifact", ({ step }) => {
    const readEmbeddedArtifactDir = step("read-embedded-artifact-dir", {}, {});
    const readEmbeddedArtifactFile = step("read-embedded-artifact-file", {}, {});
    return pipeline({ name: "nb-simple" }, (steps) => {
      steps.run(readEmbeddedArtifactDir, {}, { cache: false });
      steps.run(readEmbeddedArtifactFile, {}, { cache: false });
    });
  });

  vector("input_artifact", ({ step }) => {
    const inputArtifact = step("input-artifact", { data: dataset() }, {});
    return pipeline({ name: "input-artifact", inputs: { data: dataset() } }, (steps, inputs) => {
      steps.run(inputArtifact, { data: inputs.data });
    });
  });

  vector("multiple_artifacts_namedtuple", ({ step }) => {
    const coreComp = step("core-comp", {}, { ds1: dataset(), ds2: dataset() });
    const core = pipeline({ name: "core", outputs: { ds1: dataset(), ds2: dataset() } }, (steps) => {
      const coreCompTask = steps.run(coreComp, {}, { cache: false });
      return { ds1: coreCompTask.outputs.ds1, ds2: coreCompTask.outputs.ds2 };
    });
    const mantle = pipeline({ name: "mantle", outputs: { ds1: dataset(), ds2: dataset() } }, (steps) => {
      const coreTask = steps.run(core, {}, { cache: false });
      return { ds1: coreTask.outputs.ds1, ds2: coreTask.outputs.ds2 };
    });
    const crustComp = step("crust-comp", { ds1: dataset(), ds2: dataset() }, {});
    return pipeline({ name: "multiple-artifacts-namedtuple-pipeline" }, (steps) => {
      const mantleTask = steps.run(mantle, {}, { cache: false });
      steps.run(crustComp, { ds1: mantleTask.outputs.ds1, ds2: mantleTask.outputs.ds2 }, { cache: false });
    });
  });

  vector("metrics_visualization_v2", ({ step }) => {
    const digitClassification = step("digit-classification", {}, { metrics: metrics() });
    const htmlVisualization = step("html-visualization", {}, { html_artifact: html() });
    const irisSgdclassifier = step(
      "iris-sgdclassifier",
      { test_samples_fraction: double() },
      { metrics: classificationMetrics() },
    );
    const markdownVisualization = step("markdown-visualization", {}, { markdown_artifact: markdown() });
    const wineClassification = step("wine-classification", {}, { metrics: classificationMetrics() });
    return pipeline({ name: "metrics-visualization-pipeline" }, (steps) => {
      steps.run(digitClassification, {});
      steps.run(htmlVisualization, {});
      steps.run(irisSgdclassifier, { test_samples_fraction: 0.3 });
      steps.run(markdownVisualization, {});
      steps.run(wineClassification, {});
    });
  });

  vector("pipeline_with_metrics_outputs", ({ step }) => {
    const outputMetrics = step("output-metrics", {}, { metrics: metrics() });
    return pipeline({ name: "pipeline-with-metrics-outputs" }, (steps) => {
      steps.run(outputMetrics, {});
      steps.forEach([1, 2], (steps) => {
        steps.run(outputMetrics, {});
      });
    });
  });

  vector("pythonic_artifacts_test_pipeline", ({ step }) => {
    const genData = step("gen-data", {}, { Output: dataset() });
    const trainModel = step("train-model", { dataset: dataset() }, { Output: model() });
    return pipeline({ name: "pythonic-artifacts-test" }, (steps) => {
      const genDataTask = steps.run(genData, {}, { cache: false });
      steps.run(trainModel, { dataset: genDataTask.output }, { cache: false });
    });
  });

  vector("pythonic_artifacts_with_list_of_artifacts", ({ step }) => {
    const makeDataset = step("make-dataset", { text: string() }, { Output: dataset() });
    const joinDatasets = step("join-datasets", { datasets: artifactsOf(dataset()) }, { Output: dataset() });
    return pipeline(
      {
        name: "make-and-join-datasets",
        inputs: { texts: list({ default: ["Hello", ",", " ", "world!"] }) },
        outputs: { Output: dataset() },
      },
      (steps, inputs) => {
        const forLoop1 = steps.forEach(inputs.texts, (steps, item1) => {
          const makeDatasetTask = steps.run(makeDataset, { text: item1 });
          return makeDatasetTask;
        });
        const joinDatasetsTask = steps.run(joinDatasets, { datasets: collected(forLoop1.output) });
        return { Output: joinDatasetsTask.output };
      },
    );
  });

  vector("pipeline_with_google_artifact_type", ({ step }) => {
    const modelProducer = step("model-producer", {}, { model: artifactOf("google.VertexModel", { version: "0.0.0" }) });
    const modelConsumer = step(
      "model-consumer",
      {
        dataset: artifactOf("google.VertexDataset", { version: "0.0.0" }),
        model: artifactOf("google.VertexModel", { version: "0.0.0" }),
      },
      {},
    );
    return pipeline({ name: "pipeline-with-google-types" }, (steps) => {
      const importer = steps.import({
        uri: "gs://ml-pipeline-playground/shakespeare1.txt",
        type: artifactOf("google.VertexDataset", { version: "0.0.0" }),
        metadata: { key: "value" },
      });
      const modelProducerTask = steps.run(modelProducer, {});
      steps.run(modelConsumer, { dataset: importer.output, model: modelProducerTask.output });
    });
  });
});
