import { describe } from "vitest";
import { integer, list, pipeline, string, struct } from "../../../pipelines/index.ts";
import { vector } from "../support/vectors.ts";

describe("Kubernetes", () => {
  vector("local_execution_pipeline_with_k8s_only_methods", ({ step }) => {
    const echo = step("echo", { message: string() }, { Output: string() });
    return pipeline(
      {
        name: "pipeline-with-k8s-only-methods",
        inputs: { message: string({ default: "hello" }) },
        outputs: { Output: string() },
      },
      (steps, inputs) => {
        const echoTask = steps.run(
          echo,
          { message: inputs.message },
          { resources: { cpuLimit: "1000m", memoryLimit: "256Mi", accelerator: { type: "nvidia.com/gpu", count: 1 } } },
        );
        return { Output: echoTask.output };
      },
    );
  });

  vector("missing_kubernetes_optional_inputs", ({ step }) => {
    const logMessage = step("log-message", { message: string() }, {});
    return pipeline(
      {
        name: "missing-kubernetes-optional-inputs-pipeline",
        inputs: {
          optional_affinity: struct({ optional: true }),
          optional_config_map_name: string({ optional: true }),
          optional_image_pull_secret_name: string({ optional: true }),
          optional_secret_name: string({ optional: true }),
          optional_selector: struct({ optional: true }),
          optional_tolerations: list({ optional: true }),
        },
      },
      (steps, inputs) => {
        steps.run(
          logMessage,
          { message: "baseline task" },
          {
            cache: false,
            kubernetes: {
              configMapEnv: [
                { configMap: inputs.optional_config_map_name, keys: { setting: "SETTING" }, optional: true },
              ],
              configMapVolumes: [{ configMap: inputs.optional_config_map_name, path: "/mnt/config", optional: true }],
              imagePullSecrets: [inputs.optional_image_pull_secret_name],
              nodeAffinity: [inputs.optional_affinity],
              nodeSelector: inputs.optional_selector,
              secretEnv: [{ secret: inputs.optional_secret_name, keys: { password: "PASSWORD" }, optional: true }],
              secretVolumes: [{ secret: inputs.optional_secret_name, path: "/mnt/secret", optional: true }],
              tolerations: [inputs.optional_tolerations],
            },
          },
        );
      },
    );
  });

  vector("nvidia_gpu_scheduling_check", ({ step, said }) => {
    const verifyGpuScheduled = step("verify-gpu-scheduled", {}, {});
    return pipeline({ name: "nvidia-gpu-scheduling-check", description: said("pipelineInfo") }, (steps) => {
      steps.run(
        verifyGpuScheduled,
        {},
        {
          cache: false,
          resources: { accelerator: { type: "nvidia.com/gpu", count: 1 } },
          kubernetes: { tolerations: [{ effect: "NoSchedule", key: "nvidia.com/gpu", operator: "Exists" }] },
        },
      );
    });
  });

  vector("parallel_for_mount_pvc", ({ step, said }) => {
    const createpvc = step(
      "createpvc",
      {
        access_modes: list(),
        annotations: struct({ optional: true }),
        data_source: struct({ optional: true }),
        pvc_name: string({ optional: true }),
        pvc_name_suffix: string({ optional: true }),
        size: string(),
        storage_class_name: string({ default: "" }),
        volume_name: string({ optional: true }),
      },
      { name: string() },
    );
    const exampleComponent = step("example-component", { item: string() }, { Output: string() });
    return pipeline(
      {
        name: "pipeline-parallel-for-mount-pvc",
        description: said("pipelineInfo"),
        inputs: { my_pvc_name_suffix: string({ default: "test-pvc" }) },
      },
      (steps) => {
        const createpvcTask = steps.run(createpvc, {
          access_modes: ["ReadWriteOnce"],
          pvc_name_suffix: "-my-pvc",
          size: "5Mi",
          storage_class_name: "standard",
        });
        steps.forEach(["a"], (steps, item2) => {
          steps.run(
            exampleComponent,
            { item: item2 },
            { kubernetes: { claims: [{ claim: createpvcTask.output, path: "/data" }] } },
          );
        });
      },
    );
  });

  vector("pipeline_with_volume", ({ step }) => {
    const createpvc = step(
      "createpvc",
      {
        access_modes: list(),
        annotations: struct({ optional: true }),
        data_source: struct({ optional: true }),
        pvc_name: string({ optional: true }),
        pvc_name_suffix: string({ optional: true }),
        size: string(),
        storage_class_name: string({ default: "" }),
        volume_name: string({ optional: true }),
      },
      { name: string() },
    );
    const producer = step("producer", {}, { Output: string() });
    const consumer = step("consumer", {}, { Output: string() });
    const deletepvc = step("deletepvc", { pvc_name: string() }, {});
    return pipeline({ name: "pipeline-with-volume" }, (steps) => {
      const createpvcTask = steps.run(createpvc, {
        access_modes: ["ReadWriteOnce"],
        pvc_name_suffix: "-my-pvc",
        size: "5Mi",
        storage_class_name: "standard",
      });
      const producerTask = steps.run(
        producer,
        {},
        { kubernetes: { claims: [{ claim: createpvcTask.output, path: "/data" }] } },
      );
      const consumerTask = steps
        .run(consumer, {}, { kubernetes: { claims: [{ claim: createpvcTask.output, path: "/data" }] } })
        .after(producerTask);
      steps.run(deletepvc, { pvc_name: createpvcTask.output }).after(consumerTask);
    });
  });

  vector("pipeline_with_volume_long_name", ({ step }) => {
    const createpvc = step(
      "createpvc",
      {
        access_modes: list(),
        annotations: struct({ optional: true }),
        data_source: struct({ optional: true }),
        pvc_name: string({ optional: true }),
        pvc_name_suffix: string({ optional: true }),
        size: string(),
        storage_class_name: string({ default: "" }),
        volume_name: string({ optional: true }),
      },
      { name: string() },
    );
    const dummyTask = step("dummy-task", {}, {});
    return pipeline({ name: "here-is-a-pipeline-very-long-name" }, (steps) => {
      steps.run(createpvc, {
        access_modes: ["ReadWriteOnce"],
        pvc_name_suffix: "-my-pvc",
        size: "1Gi",
        storage_class_name: "standard",
      });
      steps.run(dummyTask, {});
    });
  });

  vector("pipeline_with_volume_no_cache", ({ step }) => {
    const createpvc = step(
      "createpvc",
      {
        access_modes: list(),
        annotations: struct({ optional: true }),
        data_source: struct({ optional: true }),
        pvc_name: string({ optional: true }),
        pvc_name_suffix: string({ optional: true }),
        size: string(),
        storage_class_name: string({ default: "" }),
        volume_name: string({ optional: true }),
      },
      { name: string() },
    );
    const producer = step("producer", {}, { Output: string() });
    const consumer = step("consumer", {}, { Output: string() });
    const deletepvc = step("deletepvc", { pvc_name: string() }, {});
    return pipeline({ name: "pipeline-with-volume-no-cache" }, (steps) => {
      const createpvcTask = steps.run(
        createpvc,
        { access_modes: ["ReadWriteOnce"], pvc_name_suffix: "-my-pvc", size: "5Mi", storage_class_name: "standard" },
        { cache: false },
      );
      const producerTask = steps.run(
        producer,
        {},
        { kubernetes: { claims: [{ claim: createpvcTask.output, path: "/data" }] } },
      );
      const consumerTask = steps
        .run(consumer, {}, { kubernetes: { claims: [{ claim: createpvcTask.output, path: "/data" }] } })
        .after(producerTask);
      steps.run(deletepvc, { pvc_name: createpvcTask.output }, { cache: false }).after(consumerTask);
    });
  });

  vector("pipeline_with_string_machine_fields_pipeline_input", ({ step }) => {
    const sumNumbers = step("sum-numbers", { a: integer(), b: integer() }, { Output: integer() });
    return pipeline(
      {
        name: "pipeline",
        inputs: {
          accelerator_limit: string({ default: "1" }),
          accelerator_type: string({ default: "NVIDIA_TESLA_P4" }),
          cpu_limit: string({ default: "4000m" }),
          memory_limit: string({ default: "15G" }),
        },
      },
      (steps, inputs) => {
        steps.run(
          sumNumbers,
          { a: 1, b: 2 },
          {
            resources: {
              cpuLimit: inputs.cpu_limit,
              memoryLimit: inputs.memory_limit,
              accelerator: { type: inputs.accelerator_type, count: inputs.accelerator_limit },
            },
          },
        );
      },
    );
  });

  vector("pipeline_with_string_machine_fields_task_output", ({ step }) => {
    const acceleratorLimit = step("accelerator-limit", {}, { Output: string() });
    const acceleratorType = step("accelerator-type", {}, { Output: string() });
    const cpuLimit = step("cpu-limit", {}, { Output: string() });
    const memoryLimit = step("memory-limit", {}, { Output: string() });
    const sumNumbers = step("sum-numbers", { a: integer(), b: integer() }, { Output: integer() });
    return pipeline({ name: "pipeline" }, (steps) => {
      const acceleratorLimitTask = steps.run(acceleratorLimit, {});
      const acceleratorTypeTask = steps.run(acceleratorType, {});
      const cpuLimitTask = steps.run(cpuLimit, {});
      const memoryLimitTask = steps.run(memoryLimit, {});
      steps.run(
        sumNumbers,
        { a: 1, b: 2 },
        {
          resources: {
            cpuLimit: cpuLimitTask.output,
            memoryLimit: memoryLimitTask.output,
            accelerator: { type: acceleratorTypeTask.output, count: acceleratorLimitTask.output },
          },
        },
      );
    });
  });
});
