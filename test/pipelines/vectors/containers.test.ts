import { describe } from "vitest";
import { artifact, dataset, integer, model, pipeline, string } from "../../../pipelines/index.ts";
import { vector } from "../support/vectors.ts";

describe("Containers", () => {
  vector("concat_message", ({ step }) => {
    const concatMessage = step("concat-message", { message1: string(), message2: string() }, { Output: string() });
    return pipeline(
      { name: "concat-message", inputs: { message1: string(), message2: string() }, outputs: { Output: string() } },
      (steps, inputs) => {
        const concatMessageTask = steps.run(concatMessage, { message1: inputs.message1, message2: inputs.message2 });
        return { Output: concatMessageTask.output };
      },
    );
  });

  vector("container_component_with_no_inputs", ({ step }) => {
    const helloWorldContainer = step("hello-world-container", {}, {});
    return pipeline({ name: "v2-container-component-no-input" }, (steps) => {
      steps.run(helloWorldContainer, {});
    });
  });

  vector("container_io", ({ step }) => {
    const containerIo = step("container-io", { text: string() }, { output_path: string() });
    return pipeline(
      { name: "container-io", inputs: { text: string() }, outputs: { output_path: string() } },
      (steps, inputs) => {
        const containerIoTask = steps.run(containerIo, { text: inputs.text });
        return { output_path: containerIoTask.output };
      },
    );
  });

  vector("container_no_input", ({ step }) => {
    const containerNoInput = step("container-no-input", {}, {});
    return pipeline({ name: "container-no-input" }, (steps) => {
      steps.run(containerNoInput, {});
    });
  });

  vector("container_with_artifact_output", ({ step }) => {
    const containerWithArtifactOutput = step(
      "container-with-artifact-output",
      { num_epochs: integer() },
      { model: model(), model_config_path: string() },
    );
    return pipeline(
      {
        name: "container-with-artifact-output",
        inputs: { num_epochs: integer() },
        outputs: { model: model(), model_config_path: string() },
      },
      (steps, inputs) => {
        const containerWithArtifactOutputTask = steps.run(containerWithArtifactOutput, {
          num_epochs: inputs.num_epochs,
        });
        return {
          model_config_path: containerWithArtifactOutputTask.outputs.model_config_path,
          model: containerWithArtifactOutputTask.outputs.model,
        };
      },
    );
  });

  vector("container_with_concat_placeholder", ({ step }) => {
    const containerWithConcatPlaceholder = step(
      "container-with-concat-placeholder",
      { text1: string() },
      { output_path: string(), text2: dataset() },
    );
    return pipeline(
      {
        name: "container-with-concat-placeholder",
        inputs: { text1: string() },
        outputs: { output_path: string(), text2: dataset() },
      },
      (steps, inputs) => {
        const containerWithConcatPlaceholderTask = steps.run(containerWithConcatPlaceholder, { text1: inputs.text1 });
        return {
          output_path: containerWithConcatPlaceholderTask.outputs.output_path,
          text2: containerWithConcatPlaceholderTask.outputs.text2,
        };
      },
    );
  });

  vector("container_with_placeholder_in_fstring", ({ step }) => {
    const containerWithPlaceholderInFstring = step(
      "container-with-placeholder-in-fstring",
      { text1: string({ default: "text!" }) },
      { output_artifact: artifact() },
    );
    return pipeline(
      {
        name: "container-with-placeholder-in-fstring",
        inputs: { text1: string({ default: "text!" }) },
        outputs: { output_artifact: artifact() },
      },
      (steps, inputs) => {
        const containerWithPlaceholderInFstringTask = steps.run(containerWithPlaceholderInFstring, {
          text1: inputs.text1,
        });
        return { output_artifact: containerWithPlaceholderInFstringTask.output };
      },
    );
  });

  vector("pipeline_with_concat_placeholder", ({ step }) => {
    const componentWithConcatPlaceholder = step(
      "component-with-concat-placeholder",
      { input_one: string(), input_two: string() },
      {},
    );
    return pipeline({ name: "one-step-pipeline-with-concat-placeholder" }, (steps) => {
      steps.run(componentWithConcatPlaceholder, { input_one: "one", input_two: "two" });
    });
  });

  vector("pipeline_with_submit_request", ({ step, said }) => {
    const submitRequest = step("submit-request", { url: string() }, {});
    return pipeline({ name: "pipeline-with-external-request", description: said("pipelineInfo") }, (steps) => {
      steps.run(submitRequest, { url: "httpbin.org/get" }, { cache: false });
      steps.run(submitRequest, { url: "ml-pipeline:8888/apis/v2beta1/healthz" }, { cache: false });
    });
  });

  vector("env-var", ({ step }) => {
    const comp = step("comp", { env_var: string() }, { Output: string() });
    return pipeline(
      { name: "test-env-exists", inputs: { env_var: string() }, outputs: { Output: string() } },
      (steps, inputs) => {
        const compTask = steps.run(comp, { env_var: inputs.env_var }, { cache: false });
        return { Output: compTask.output };
      },
    );
  });

  vector("pipeline_with_env", ({ step }) => {
    const printEnv = step("print-env", {}, {});
    const printEnvOp = step("print-env-op", {}, {});
    return pipeline({ name: "pipeline-with-env" }, (steps) => {
      steps.run(printEnv, {}, { env: { ENV1: "val0", ENV2: "val2", ENV3: "val3" } });
      steps.run(printEnvOp, {}, { env: { ENV1: "val1" } });
    });
  });

  vector("long-running", ({ step }) => {
    const waitOp = step("wait-op", {}, {});
    return pipeline({ name: "wait-awhile" }, (steps) => {
      const waitOpTask = steps.run(waitOp, {});
      steps.run(waitOp, {}).after(waitOpTask);
    });
  });

  vector("fail_v2", ({ step }) => {
    const fail = step("fail", {}, {});
    return pipeline({ name: "fail-pipeline" }, (steps) => {
      steps.run(fail, {});
    });
  });

  vector("run_as_user_cache_disabled", ({ step }) => {
    const echo = step("echo", {}, {});
    return pipeline({ name: "echo" }, (steps) => {
      steps.run(echo, {});
    });
  });
});
