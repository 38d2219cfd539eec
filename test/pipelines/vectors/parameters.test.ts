import { describe } from "vitest";
import {
  boolean,
  collected,
  dataset,
  integer,
  list,
  pipeline,
  string,
  struct,
  text,
} from "../../../pipelines/index.ts";
import { vector } from "../support/vectors.ts";

describe("Parameters", () => {
  vector("arguments_parameters", ({ step }) => {
    const echo = step("echo", { param1: string(), param2: string() }, {});
    return pipeline(
      { name: "echo", inputs: { param1: string({ default: "hello", optional: false }), param2: string() } },
      (steps, inputs) => {
        steps.run(echo, { param1: inputs.param1, param2: inputs.param2 });
      },
    );
  });

  vector("parameters_simple", ({ step }) => {
    const doubleStep = step("double", { num: integer() }, { Output: integer() });
    const add = step("add", { nums: list() }, { Output: integer() });
    const addContainer = step("add-container", { nums: list() }, { sum: integer() });
    return pipeline({ name: "math-pipeline", outputs: { Output: list() } }, (steps) => {
      const forLoop2 = steps.forEach([1, 2, 3], (steps, item2) => {
        const doubleStepTask = steps.run(doubleStep, { num: item2 });
        return doubleStepTask;
      });
      steps.run(add, { nums: collected(forLoop2.output) });
      steps.run(addContainer, { nums: collected(forLoop2.output) });
      return { Output: collected(forLoop2.output) };
    });
  });

  vector("mixed_parameters", ({ step }) => {
    const coreComp = step("core-comp", {}, { Output: integer() });
    const core = pipeline({ name: "core", outputs: { Output: integer() } }, (steps) => {
      const coreCompTask = steps.run(coreComp, {}, { cache: false });
      return { Output: coreCompTask.output };
    });
    const mantle = pipeline({ name: "mantle", outputs: { Output: integer() } }, (steps) => {
      const coreTask = steps.run(core, {}, { cache: false });
      return { Output: coreTask.output };
    });
    const crustComp = step("crust-comp", { x: integer(), y: integer() }, {});
    return pipeline({ name: "mixed-parameters-pipeline" }, (steps) => {
      const mantleTask = steps.run(mantle, {}, { cache: false });
      steps.run(crustComp, { x: 2, y: mantleTask.output }, { cache: false });
    });
  });

  vector("multiple_parameters_namedtuple", ({ step }) => {
    const coreComp = step("core-comp", {}, { val1: string(), val2: string() });
    const core = pipeline({ name: "core", outputs: { val1: string(), val2: string() } }, (steps) => {
      const coreCompTask = steps.run(coreComp, {}, { cache: false });
      return { val1: coreCompTask.outputs.val1, val2: coreCompTask.outputs.val2 };
    });
    const mantle = pipeline({ name: "mantle", outputs: { val1: string(), val2: string() } }, (steps) => {
      const coreTask = steps.run(core, {}, { cache: false });
      return { val1: coreTask.outputs.val1, val2: coreTask.outputs.val2 };
    });
    const crustComp = step("crust-comp", { val1: string(), val2: string() }, {});
    return pipeline({ name: "multiple-parameters-namedtuple-pipeline" }, (steps) => {
      const mantleTask = steps.run(mantle, {}, { cache: false });
      steps.run(crustComp, { val1: mantleTask.outputs.val1, val2: mantleTask.outputs.val2 }, { cache: false });
    });
  });

  vector("producer_consumer_param_pipeline", ({ step }) => {
    const producer = step("producer", { input_text: string() }, { output_value: string() });
    const consumer = step("consumer", { input_value: string() }, {});
    return pipeline(
      { name: "producer-consumer-param-pipeline", inputs: { text: string({ default: "Hello world" }) } },
      (steps, inputs) => {
        const producerTask = steps.run(producer, { input_text: inputs.text });
        steps.run(consumer, { input_value: producerTask.output });
      },
    );
  });

  vector("dict_input", ({ step }) => {
    const dictInput = step("dict-input", { struct: struct() }, {});
    return pipeline({ name: "dict-input", inputs: { struct: struct() } }, (steps, inputs) => {
      steps.run(dictInput, { struct: inputs.struct });
    });
  });

  vector("pipeline_with_params_containing_format", ({ step }) => {
    const printOp2 = step("print-op2", { text1: string(), text2: string() }, { Output: string() });
    const printOp = step("print-op", { text: string() }, { Output: string() });
    return pipeline(
      { name: "pipeline-with-pipelineparam-containing-format", inputs: { name: string({ default: "KFP" }) } },
      (steps, inputs) => {
        steps.forEach(["1", "2"], (steps, item2) => {
          steps.run(printOp2, { text1: item2, text2: text` and ${inputs.name}.` });
        });
        const printOpTask = steps.run(printOp, { text: text`Hello ${inputs.name}` });
        steps.run(printOp, { text: text`${printOpTask.output}, again.` });
      },
    );
  });

  vector("nested_return", ({ step }) => {
    const nestedReturn = step("nested-return", {}, { Output: list() });
    return pipeline({ name: "nested-return", outputs: { Output: list() } }, (steps) => {
      const nestedReturnTask = steps.run(nestedReturn, {});
      return { Output: nestedReturnTask.output };
    });
  });

  vector("sequential_v2", ({ step }) => {
    const download = step("download", { url: string() }, { downloaded: string() });
    const echo = step("echo", { downloaded: string() }, {});
    return pipeline({ name: "sequential", inputs: { url: string() } }, (steps, inputs) => {
      const downloadTask = steps.run(download, { url: inputs.url });
      steps.run(echo, { downloaded: downloadTask.output });
    });
  });

  vector("preprocess", ({ step }) => {
    const preprocess = step(
      "preprocess",
      { input_dict_parameter: struct(), input_list_parameter: list(), message: string() },
      {
        output_bool_parameter_path: boolean(),
        output_dataset_one: dataset(),
        output_dataset_two_path: dataset(),
        output_dict_parameter_path: struct(),
        output_list_parameter_path: list(),
        output_parameter_path: string(),
      },
    );
    return pipeline(
      {
        name: "preprocess",
        inputs: { input_dict_parameter: struct(), input_list_parameter: list(), message: string() },
        outputs: {
          output_bool_parameter_path: boolean(),
          output_dataset_one: dataset(),
          output_dataset_two_path: dataset(),
          output_dict_parameter_path: struct(),
          output_list_parameter_path: list(),
          output_parameter_path: string(),
        },
      },
      (steps, inputs) => {
        const preprocessTask = steps.run(preprocess, {
          input_dict_parameter: inputs.input_dict_parameter,
          input_list_parameter: inputs.input_list_parameter,
          message: inputs.message,
        });
        return {
          output_bool_parameter_path: preprocessTask.outputs.output_bool_parameter_path,
          output_dict_parameter_path: preprocessTask.outputs.output_dict_parameter_path,
          output_list_parameter_path: preprocessTask.outputs.output_list_parameter_path,
          output_parameter_path: preprocessTask.outputs.output_parameter_path,
          output_dataset_one: preprocessTask.outputs.output_dataset_one,
          output_dataset_two_path: preprocessTask.outputs.output_dataset_two_path,
        };
      },
    );
  });

  vector("component_with_optional_inputs", ({ step }) => {
    const componentOp = step(
      "component-op",
      {
        input1: string({ default: "default value" }),
        input2: string({ optional: true }),
        input3: string({ optional: true }),
      },
      {},
    );
    return pipeline({ name: "v2-component-optional-input" }, (steps) => {
      steps.run(componentOp, { input1: "Hello", input2: "World" });
    });
  });
});
