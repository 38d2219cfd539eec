import { describe } from "vitest";
import { artifact, artifactsOf, collected, dataset, list, pipeline, string } from "../../../pipelines/index.ts";
import { vector } from "../support/vectors.ts";

describe("Loops", () => {
  vector("loop_consume_upstream", ({ step }) => {
    const splitInput = step("split-input", { input: string() }, { Output: list() });
    const createFile = step("create-file", { content: string() }, { file: artifact() });
    const readFile = step("read-file", { file: artifact() }, { Output: string() });
    const printInput = step("print-input", { input: list() }, {});
    return pipeline({ name: "loop-consume-upstream", displayName: "Loop Consume Upstream" }, (steps) => {
      const splitInputTask = steps.run(
        splitInput,
        { input: "component1,component2,component3" },
        { displayName: "same display name", cache: false },
      );
      steps.forEach(splitInputTask.output, (steps, item1) => {
        const createFileTask = steps.run(
          createFile,
          { content: item1 },
          { displayName: "same display name", cache: false },
        );
        steps.run(readFile, { file: createFileTask.output }, { displayName: "same display name", cache: false });
      });
      steps.run(printInput, { input: splitInputTask.output }, { displayName: "same display name", cache: false });
    });
  });

  vector("pipeline_with_nested_loops", ({ step }) => {
    const printOp = step("print-op", { msg: string(), msg2: string({ optional: true }) }, {});
    return pipeline(
      {
        name: "pipeline-with-nested-loops",
        inputs: {
          loop_parameter: list({
            default: [
              { p_a: [{ q_a: "1" }, { q_a: "2" }], p_b: "hello" },
              { p_a: [{ q_a: "11" }, { q_a: "22" }], p_b: "halo" },
            ],
          }),
        },
      },
      (steps, inputs) => {
        steps.forEach(inputs.loop_parameter, (steps, item1) => {
          steps.forEach(item1.field("p_a"), (steps, item2) => {
            steps.run(printOp, { msg: item2.field("q_a") });
          });
        });
        steps.forEach(["1", "2"], (steps, item4) => {
          steps.run(printOp, { msg: item4 });
          steps.forEach(["100", "200", "300"], (steps, item6) => {
            steps.run(printOp, { msg: item4, msg2: item6 });
          });
        });
      },
    );
  });

  vector("pipeline_with_parallelfor_pipeline_param", ({ step, said }) => {
    const printWithPrefix = step("print-with-prefix", { item: string(), prefix: string() }, { Output: string() });
    const makePrefix = step("make-prefix", {}, { Output: string() });
    return pipeline(
      {
        name: "pipeline-parallelfor-pipeline-param",
        description: said("pipelineInfo"),
        inputs: { loop_parameter: list(), prefix: string() },
      },
      (steps, inputs) => {
        steps.forEach(
          inputs.loop_parameter,
          (steps, item1) => {
            steps.run(printWithPrefix, { item: item1, prefix: inputs.prefix });
          },
          { parallelism: 1 },
        );
        const makePrefixTask = steps.run(makePrefix, {});
        steps.forEach(inputs.loop_parameter, (steps, item2) => {
          steps.run(printWithPrefix, { item: item2, prefix: makePrefixTask.output });
        });
        steps.forEach(
          ["x", "y"],
          (steps) => {
            steps.forEach(inputs.loop_parameter, (steps, item5) => {
              steps.run(printWithPrefix, { item: item5, prefix: inputs.prefix });
            });
          },
          { parallelism: 2 },
        );
      },
    );
  });

  vector("pipeline_with_parallelfor_list_artifacts_GH-12033", ({ step }) => {
    const makeArtifact = step("make-artifact", { data: string() }, { Output: artifact() });
    const makeArtifacts = pipeline(
      {
        name: "make-artifacts",
        inputs: { texts: list({ default: ["Hello", ",", " ", "world!"] }) },
        outputs: { Output: artifactsOf(artifact()) },
      },
      (steps, inputs) => {
        const forLoop1 = steps.forEach(inputs.texts, (steps, item1) => {
          const makeArtifactTask = steps.run(makeArtifact, { data: item1 });
          return makeArtifactTask;
        });
        return { Output: collected(forLoop1.output) };
      },
    );
    const printArtifactName = step("print-artifact-name", { artifact: artifact() }, { Output: string() });
    const makeDataset = step("make-dataset", { data: string() }, { Output: dataset() });
    const makeDatasets = pipeline(
      {
        name: "make-datasets",
        inputs: { texts: list({ default: ["Hello", ",", " ", "world!"] }) },
        outputs: { Output: artifactsOf(dataset()) },
      },
      (steps, inputs) => {
        const forLoop1 = steps.forEach(inputs.texts, (steps, item1) => {
          const makeDatasetTask = steps.run(makeDataset, { data: item1 });
          return makeDatasetTask;
        });
        return { Output: collected(forLoop1.output) };
      },
    );
    return pipeline({ name: "pipeline-parallelfor-artifacts" }, (steps) => {
      const makeArtifactsTask = steps.run(makeArtifacts, {});
      steps.forEach(makeArtifactsTask.output, (steps, item1) => {
        steps.run(printArtifactName, { artifact: item1 });
      });
      const makeDatasetsTask = steps.run(makeDatasets, {});
      steps.forEach(makeDatasetsTask.output, (steps, item2) => {
        steps.run(printArtifactName, { artifact: item2 });
      });
    });
  });

  vector("parallel_for_after_dependency", ({ step }) => {
    const printOp = step("print-op", { message: string() }, { Output: string() });
    return pipeline({ name: "loop-with-after-dependency-set" }, (steps) => {
      const foo = steps.forEach([1, 2, 3], (steps) => steps.run(printOp, { message: "foo" }));
      steps.run(printOp, { message: "bar" }).after(foo);
      steps.run(printOp, { message: "baz" }).after(foo);
    });
  });

  vector("cross_loop_after_topology", ({ step }) => {
    const printOp = step("print-op", { message: string() }, {});
    return pipeline({ name: "my-pipeline" }, (steps) => {
      const one = steps.forEach([1, 2], (steps) => steps.run(printOp, { message: "one" }));
      steps.forEach([1, 2], (steps) => {
        steps.run(printOp, { message: "two" }).after(one);
      });
      steps.forEach([1, 2], (steps) => {
        const three = steps.run(printOp, { message: "three" });
        steps.forEach([1, 2], (steps) => {
          steps.run(printOp, { message: "four" }).after(three);
        });
      });
      const five = steps.forEach([1, 2], (steps) => steps.run(printOp, { message: "five" }));
      steps.run(printOp, { message: "six" }).after(five);
      steps.forEach([1, 2], (steps) => {
        const seven = steps.forEach([1, 2], (steps) => steps.run(printOp, { message: "seven" }));
        steps.run(printOp, { message: "eight" }).after(seven);
      });
    });
  });

  vector("log_streaming_compiled", ({ step, said }) => {
    const printMessage = step("print-message", { message: string() }, {});
    return pipeline(
      {
        name: "log-streaming-pipeline",
        description: said("pipelineInfo"),
        inputs: { message: string({ default: "Hello world" }) },
      },
      (steps, inputs) => {
        steps.run(printMessage, { message: inputs.message }, { cache: false });
      },
    );
  });
});
