import { describe } from "vitest";
import {
  artifactOf,
  boolean,
  dataset,
  equal,
  integer,
  list,
  model,
  pipeline,
  string,
  struct,
  text,
} from "../../../pipelines/index.ts";
import { vector } from "../support/vectors.ts";

describe("Importers", () => {
  vector("pipeline_with_importer", ({ step }) => {
    const train = step("train", { dataset: dataset() }, { model: model(), scalar: string() });
    return pipeline(
      {
        name: "pipeline-with-importer",
        inputs: { dataset2: string({ default: "gs://ml-pipeline-playground/shakespeare2.txt" }) },
      },
      (steps, inputs) => {
        const importer = steps.import({
          uri: "gs://ml-pipeline-playground/shakespeare1.txt",
          type: dataset(),
          metadata: { key: "value" },
        });
        const trainTask = steps.run(train, { dataset: importer.output });
        steps.when(equal(trainTask.outputs.scalar, "123"), (steps) => {
          const importer2 = steps.import({ uri: inputs.dataset2, type: dataset(), again: true });
          steps.run(train, { dataset: importer2.output });
        });
      },
    );
  });

  vector("pipeline_with_importer_and_gcpc_types", ({ step }) => {
    const consumerOp = step("consumer-op", { dataset: artifactOf("google.VertexDataset") }, {});
    return pipeline({ name: "pipeline-with-importer-and-gcpc-type" }, (steps) => {
      const importer = steps.import({
        uri: "gs://ml-pipeline-playground/shakespeare1.txt",
        type: artifactOf("google.VertexDataset"),
        metadata: { key: "value" },
      });
      steps.run(consumerOp, { dataset: importer.output });
    });
  });

  vector("pipeline_with_importer_workspace", ({ step, said }) => {
    const writeDirArtifact = step("write-dir-artifact", {}, { out_ds: dataset() });
    const writeFileArtifact = step("write-file-artifact", {}, { out_ds: dataset() });
    const getUri = step("get-uri", { d: dataset() }, { Output: string() });
    const readDir = step("read-dir", { data: dataset() }, { Output: string() });
    const train = step("train", { dataset: dataset() }, { message: string(), scalar: string() });
    const importStage = pipeline(
      {
        name: "import-stage",
        inputs: { dir_uri: string(), file_uri: string() },
        outputs: { dir_result: string(), train_result: string() },
      },
      (steps, inputs) => {
        const importer = steps.import({
          uri: inputs.file_uri,
          type: dataset(),
          toWorkspace: true,
          metadata: { key: "value" },
        });
        const importer2 = steps.import({
          uri: inputs.dir_uri,
          type: dataset(),
          again: true,
          toWorkspace: true,
          metadata: { source: "directory" },
        });
        const readDirTask = steps.run(readDir, { data: importer2.output });
        const trainTask = steps.run(train, { dataset: importer.output });
        return { dir_result: readDirTask.output, train_result: trainTask.outputs.scalar };
      },
    );
    return pipeline(
      {
        name: "pipeline-with-importer-workspace",
        description: said("pipelineInfo"),
        workspace: { size: "1Gi", claim: { accessModes: ["ReadWriteOnce"], storageClassName: "standard" } },
        outputs: { dir_result: string(), train_result: string() },
      },
      (steps) => {
        const writeDirArtifactTask = steps.run(writeDirArtifact, {});
        const writeFileArtifactTask = steps.run(writeFileArtifact, {});
        const getUriTask = steps.run(getUri, { d: writeFileArtifactTask.output });
        const getUri2 = steps.run(getUri, { d: writeDirArtifactTask.output });
        const importStageTask = steps.run(importStage, { dir_uri: getUri2.output, file_uri: getUriTask.output });
        return { dir_result: importStageTask.outputs.dir_result, train_result: importStageTask.outputs.train_result };
      },
    );
  });

  vector("pipeline_with_condition_dynamic_task_output_custom_training_job", ({ step }) => {
    const acceleratorCount = step("accelerator-count", {}, { Output: integer() });
    const acceleratorType = step("accelerator-type", {}, { Output: string() });
    const flipBiasedCoinOp = step("flip-biased-coin-op", {}, { Output: string() });
    const machineType = step("machine-type", {}, { Output: string() });
    const customTrainingJob = step(
      "custom-training-job",
      {
        base_output_directory: string({ default: "" }),
        display_name: string(),
        enable_web_access: boolean({ default: false }),
        encryption_spec_key_name: string({ default: "" }),
        labels: struct({ default: {} }),
        location: string({ default: "{{$.pipeline_google_cloud_location}}" }),
        max_wait_duration: string({ default: "86400s" }),
        network: string({ default: "" }),
        persistent_resource_id: string({ default: "{{$.pipeline_persistent_resource_id}}" }),
        project: string({ default: "{{$.pipeline_google_cloud_project_id}}" }),
        psc_interface_config: struct({ default: {} }),
        reserved_ip_ranges: list({ default: [] }),
        restart_job_on_worker_restart: boolean({ default: false }),
        service_account: string({ default: "" }),
        strategy: string({ default: "STANDARD" }),
        tensorboard: string({ default: "" }),
        timeout: string({ default: "604800s" }),
        worker_pool_specs: list({ default: [] }),
      },
      { gcp_resources: string() },
    );
    return pipeline(
      {
        name: "pipeline-with-dynamic-condition-output",
        inputs: { encryption_spec_key_name: string({ default: "" }), location: string(), project: string() },
      },
      (steps, inputs) => {
        const acceleratorCountTask = steps.run(acceleratorCount, {});
        const acceleratorTypeTask = steps.run(acceleratorType, {});
        const flipBiasedCoinOpTask = steps.run(flipBiasedCoinOp, {}, { cache: false });
        const machineTypeTask = steps.run(machineType, {});
        steps.when(equal(flipBiasedCoinOpTask.output, "heads"), (steps) => {
          steps.run(customTrainingJob, {
            display_name: "add-numbers",
            encryption_spec_key_name: inputs.encryption_spec_key_name,
            location: inputs.location,
            project: inputs.project,
            worker_pool_specs: [
              {
                container_spec: {
                  args: ["foo"],
                  command: ["echo"],
                  image_uri: "gcr.io/ml-pipeline/google-cloud-pipeline-components:2.5.0",
                },
                machine_spec: {
                  accelerator_count: text`${acceleratorCountTask.output}`,
                  accelerator_type: text`${acceleratorTypeTask.output}`,
                  machine_type: text`${machineTypeTask.output}`,
                },
                replica_count: 1,
              },
            ],
          });
        });
      },
    );
  });
});
