import { describe } from "vitest";
import { finalStatus, pipeline, string } from "../../../pipelines/index.ts";
import { vector } from "../support/vectors.ts";

describe("Exit handlers, failures and retries", () => {
  vector("pipeline_with_exit_handler", ({ step }) => {
    const failOp = step("fail-op", { message: string() }, {});
    const printOp = step("print-op", { message: string() }, {}, "exec-print-op-2");
    return pipeline(
      { name: "pipeline-with-exit-handler", inputs: { message: string({ default: "Hello World!" }) } },
      (steps, inputs) => {
        steps.onExit(printOp, { message: "Exit handler has worked!" }, (steps) => {
          steps.run(failOp, { message: "Task failed." });
          steps.run(printOp, { message: inputs.message });
        });
      },
    );
  });

  vector("local_execution_pipeline_with_exit_handler", ({ step, said }) => {
    const echo = step("echo", { message: string() }, { Output: string() });
    const recordExit = step("record-exit", { status: finalStatus() }, { Output: string() });
    return pipeline(
      {
        name: "pipeline-with-exit-handler",
        description: said("pipelineInfo"),
        inputs: { message: string({ default: "hello" }) },
      },
      (steps, inputs) => {
        steps.onExit(recordExit, {}, (steps) => {
          steps.run(echo, { message: inputs.message });
        });
      },
    );
  });

  vector("pipeline_with_input_status_state", ({ step }) => {
    const someTask = step("some-task", {}, {});
    const echoState = step("echo-state", { status: finalStatus() }, {});
    return pipeline({ name: "status-state-pipeline" }, (steps) => {
      steps.onExit(echoState, {}, (steps) => {
        steps.run(someTask, {});
      });
    });
  });

  vector("pipeline_with_task_final_status_yaml", ({ step }) => {
    const printOp = step("print-op", { message: string() }, {});
    const exitOp = step("exit-op", { status: finalStatus(), user_input: string() }, {});
    return pipeline(
      { name: "pipeline-with-task-final-status-yaml", inputs: { message: string({ default: "Hello World!" }) } },
      (steps, inputs) => {
        steps.onExit(
          exitOp,
          { user_input: inputs.message },
          (steps) => {
            steps.run(printOp, { message: inputs.message });
          },
          { displayName: "my-pipeline" },
        );
      },
    );
  });

  vector("component_with_task_final_status_GH-12033", ({ step }) => {
    const exitComp = step("exit-comp", { status: finalStatus() }, {});
    return pipeline({ name: "exit-comp", inputs: { status: finalStatus() } }, (steps, inputs) => {
      steps.run(exitComp, { status: inputs.status });
    });
  });

  vector("pipeline_with_task_using_ignore_upstream_failure", ({ step }) => {
    const failOp = step("fail-op", { message: string() }, { Output: string() });
    const printOp = step("print-op", { message: string({ default: "default" }) }, {});
    return pipeline(
      { name: "my-pipeline", inputs: { sample_input: string({ default: "message" }) } },
      (steps, inputs) => {
        const failOpTask = steps.run(failOp, { message: inputs.sample_input });
        steps.run(printOp, { message: failOpTask.output }, { ignoreUpstreamFailure: true });
      },
    );
  });

  vector("local_execution_pipeline_with_retry", ({ step }) => {
    const flaky = step("flaky", { counter_path: string() }, { Output: string() });
    return pipeline(
      { name: "pipeline-with-retry", inputs: { counter_path: string() }, outputs: { Output: string() } },
      (steps, inputs) => {
        const flakyTask = steps.run(flaky, { counter_path: inputs.counter_path }, { retry: { times: 3, factor: 1.0 } });
        return { Output: flakyTask.output };
      },
    );
  });
});
