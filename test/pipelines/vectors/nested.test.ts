import { describe } from "vitest";
import { artifact, boolean, collected, dataset, integer, list, pipeline, string } from "../../../pipelines/index.ts";
import { vector } from "../support/vectors.ts";

describe("Pipelines in pipelines", () => {
  vector("nested_pipeline_opt_input_child_level_compiled", ({ step }) => {
    const componentABool = step("component-a-bool", { componentInputBool: boolean({ optional: true }) }, {});
    const componentAInt = step("component-a-int", { componentInputInt: integer({ optional: true }) }, {});
    const componentAStr = step("component-a-str", { componentInputStr: string({ optional: true }) }, {});
    const componentBBool = step("component-b-bool", { componentInputBool: boolean({ optional: true }) }, {});
    const componentBInt = step("component-b-int", { componentInputInt: integer({ optional: true }) }, {});
    const componentBStr = step("component-b-str", { componentInputStr: string({ optional: true }) }, {});
    const nestedPipeline = pipeline(
      {
        name: "nested-pipeline",
        inputs: {
          nestedInputBool1: boolean({ default: false }),
          nestedInputBool2: boolean({ default: false }),
          nestedInputInt1: integer({ default: 0 }),
          nestedInputInt2: integer({ default: 0 }),
          nestedInputStr1: string({ default: "Input 1 - nested pipeline" }),
          nestedInputStr2: string({ default: "Input 2 - nested pipeline" }),
        },
      },
      (steps, inputs) => {
        steps.run(componentABool, { componentInputBool: inputs.nestedInputBool1 }, { cache: false });
        steps.run(componentAInt, { componentInputInt: inputs.nestedInputInt1 }, { cache: false });
        steps.run(componentAStr, { componentInputStr: inputs.nestedInputStr1 }, { cache: false });
        steps.run(componentBBool, { componentInputBool: inputs.nestedInputBool2 }, { cache: false });
        steps.run(componentBInt, { componentInputInt: inputs.nestedInputInt2 }, { cache: false });
        steps.run(componentBStr, { componentInputStr: inputs.nestedInputStr2 }, { cache: false });
      },
    );
    return pipeline({ name: "nested-pipeline-opt-input-child-level" }, (steps) => {
      steps.run(
        nestedPipeline,
        { nestedInputBool1: true, nestedInputInt1: 1, nestedInputStr1: "Input - pipeline" },
        { cache: false },
      );
    });
  });

  vector("nested_pipeline_opt_inputs_nil_compiled", ({ step }) => {
    const componentBool = step("component-bool", { componentInput: boolean({ optional: true }) }, {});
    const componentInt = step("component-int", { componentInput: integer({ optional: true }) }, {});
    const componentStr = step("component-str", { componentInput: string({ optional: true }) }, {});
    const nestedPipeline = pipeline(
      {
        name: "nested-pipeline",
        inputs: {
          nestedInputBool: boolean({ optional: true }),
          nestedInputInt: integer({ optional: true }),
          nestedInputStr: string({ optional: true }),
        },
      },
      (steps, inputs) => {
        steps.run(componentBool, { componentInput: inputs.nestedInputBool }, { cache: false });
        steps.run(componentInt, { componentInput: inputs.nestedInputInt }, { cache: false });
        steps.run(componentStr, { componentInput: inputs.nestedInputStr }, { cache: false });
      },
    );
    return pipeline({ name: "nested-pipeline-opt-inputs-nil" }, (steps) => {
      steps.run(nestedPipeline, {}, { cache: false });
    });
  });

  vector("nested_with_parameters", ({ step }) => {
    const doubleStep = step("double", { num: integer() }, { Output: integer() });
    const addTwoNums = step("add-two-nums", { x: integer(), y: integer() }, { Output: integer() });
    const add = step("add", { nums: list() }, { Output: integer() });
    return pipeline({ name: "math-pipeline", outputs: { Output: list() } }, (steps) => {
      const forLoop2 = steps.forEach([1, 2, 3], (steps, item2) => {
        const forLoop4 = steps.forEach([1, 2, 3], (steps, item4) => {
          const doubleStepTask = steps.run(doubleStep, { num: item2 });
          const double2 = steps.run(doubleStep, { num: item4 });
          const addTwoNumsTask = steps.run(addTwoNums, { x: doubleStepTask.output, y: double2.output });
          return addTwoNumsTask;
        });
        return forLoop4;
      });
      steps.run(add, { nums: collected(forLoop2.output) });
      return { Output: collected(forLoop2.output) };
    });
  });

  vector("pipeline_in_pipeline_loaded_from_yaml", ({ step }) => {
    const printOp1 = step("print-op1", { msg: string() }, { Output: string() }, "exec-print-op1-2");
    const printOp2 = step("print-op2", { msg: string() }, { data: artifact() });
    const innerPipeline = pipeline(
      { name: "inner-pipeline", inputs: { msg: string() }, outputs: { data: artifact(), msg: string() } },
      (steps, inputs) => {
        const printOp1Task = steps.run(printOp1, { msg: inputs.msg });
        const printOp2Task = steps.run(printOp2, { msg: printOp1Task.output });
        return { msg: printOp1Task.output, data: printOp2Task.output };
      },
    );
    const pipelineInPipeline = pipeline(
      { name: "pipeline-in-pipeline", inputs: { msg: string({ default: "Hello" }) }, outputs: { Output: artifact() } },
      (steps, inputs) => {
        steps.run(printOp1, { msg: inputs.msg });
        const innerPipelineTask = steps.run(innerPipeline, { msg: "world" });
        return { Output: innerPipelineTask.outputs.data };
      },
    );
    const printOp1B = step("print-op1", { data: artifact() }, {}, "exec-print-op1-3");
    return pipeline({ name: "pipeline-in-pipeline" }, (steps) => {
      const pipelineInPipelineTask = steps.run(pipelineInPipeline, { msg: "Hello" });
      steps.run(printOp1B, { data: pipelineInPipelineTask.output });
    });
  });

  vector("component_with_metadata_fields", ({ step, said }) => {
    const datasetJoiner = step(
      "dataset-joiner",
      { dataset_a: dataset(), dataset_b: dataset() },
      { Output: string(), out_dataset: dataset() },
    );
    return pipeline(
      {
        name: "dataset-joiner",
        inputs: {
          dataset_a: dataset({ description: said("root", "dataset_a") }),
          dataset_b: dataset({ description: said("root", "dataset_b") }),
        },
        outputs: {
          Output: string({ description: said("root", "Output") }),
          out_dataset: dataset({ description: said("root", "out_dataset") }),
        },
      },
      (steps, inputs) => {
        const datasetJoinerTask = steps.run(datasetJoiner, {
          dataset_a: inputs.dataset_a,
          dataset_b: inputs.dataset_b,
        });
        return { Output: datasetJoinerTask.outputs.Output, out_dataset: datasetJoinerTask.outputs.out_dataset };
      },
    );
  });

  vector("pipeline_with_metadata_fields", ({ step, said }) => {
    const strToDataset = step("str-to-dataset", { string: string() }, { dataset: dataset() });
    const datasetJoiner = step(
      "dataset-joiner",
      { dataset_a: dataset(), dataset_b: dataset() },
      { Output: string(), out_dataset: dataset() },
    );
    return pipeline(
      {
        name: "dataset-concatenator",
        description: said("pipelineInfo"),
        inputs: {
          in_dataset: dataset({ description: said("root", "in_dataset") }),
          string: string({ description: said("root", "string") }),
        },
        outputs: { Output: dataset({ description: said("root", "Output") }) },
      },
      (steps, inputs) => {
        const strToDatasetTask = steps.run(strToDataset, { string: inputs.string });
        const datasetJoinerTask = steps.run(datasetJoiner, {
          dataset_a: strToDatasetTask.output,
          dataset_b: inputs.in_dataset,
        });
        return { Output: datasetJoinerTask.outputs.out_dataset };
      },
    );
  });

  vector("pipeline_with_only_display_name", ({ step }) => {
    const echo = step("echo", {}, {});
    return pipeline({ name: "echo-name", displayName: "echo-displayname" }, (steps) => {
      steps.run(echo, {});
    });
  });

  vector("take_nap_compiled", ({ step, said }) => {
    const takeNap = step("take-nap", { naptime_secs: integer() }, { Output: string() });
    const wakeUp = step("wake-up", { message: string() }, {});
    return pipeline(
      {
        name: "take-nap-pipeline",
        description: said("pipelineInfo"),
        inputs: { naptime_secs: integer({ default: 900 }) },
      },
      (steps, inputs) => {
        const takeNapTask = steps.run(takeNap, { naptime_secs: inputs.naptime_secs }, { cache: false });
        steps.run(wakeUp, { message: takeNapTask.output }, { cache: false });
      },
    );
  });

  vector("take_nap_pipeline_root_compiled", ({ step, said }) => {
    const takeNap = step("take-nap", { naptime_secs: integer() }, { Output: string() });
    const wakeUp = step("wake-up", { message: string() }, {});
    return pipeline(
      {
        name: "take-nap-pipeline",
        description: said("pipelineInfo"),
        storage: "s3://change/me",
        inputs: { naptime_secs: integer({ default: 900 }) },
      },
      (steps, inputs) => {
        const takeNapTask = steps.run(takeNap, { naptime_secs: inputs.naptime_secs }, { cache: false });
        steps.run(wakeUp, { message: takeNapTask.output }, { cache: false });
      },
    );
  });
});
