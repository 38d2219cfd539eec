import { describe } from "vitest";
import {
  artifact,
  artifactOf,
  boolean,
  classificationMetrics,
  dataset,
  double,
  html,
  integer,
  list,
  model,
  pipeline,
  string,
  struct,
} from "../../../pipelines/index.ts";
import { vector } from "../support/vectors.ts";

describe("Whole programs", () => {
  vector("iris_pipeline_compiled", ({ step }) => {
    const createDataset = step("create-dataset", {}, { iris_dataset: dataset() });
    const normalizeDataset = step(
      "normalize-dataset",
      { input_iris_dataset: dataset(), standard_scaler: boolean() },
      { normalized_iris_dataset: dataset() },
    );
    const trainModel = step(
      "train-model",
      { n_neighbors: integer(), normalized_iris_dataset: dataset() },
      { metrics: classificationMetrics(), model: model() },
    );
    return pipeline(
      {
        name: "iris-training-pipeline",
        inputs: { neighbors: integer({ default: 3 }), standard_scaler: boolean({ default: true }) },
      },
      (steps, inputs) => {
        const createDatasetTask = steps.run(createDataset, {}, { cache: false });
        const normalizeDatasetTask = steps.run(
          normalizeDataset,
          { standard_scaler: inputs.standard_scaler, input_iris_dataset: createDatasetTask.output },
          { cache: false },
        );
        steps.run(
          trainModel,
          { n_neighbors: inputs.neighbors, normalized_iris_dataset: normalizeDatasetTask.output },
          { cache: false },
        );
      },
    );
  });

  vector("xgboost_sample_pipeline", ({ step }) => {
    const chicagoTaxiTripsDataset = step(
      "chicago-taxi-trips-dataset",
      {
        format: string({ default: "csv" }),
        limit: integer({ default: 1000 }),
        select: string({
          default:
            "trip_id,taxi_id,trip_start_timestamp,trip_end_timestamp,trip_seconds,trip_miles,pickup_census_tract,dropoff_census_tract,pickup_community_area,dropoff_community_area,fare,tips,tolls,extras,trip_total,payment_type,company,pickup_centroid_latitude,pickup_centroid_longitude,pickup_centroid_location,dropoff_centroid_latitude,dropoff_centroid_longitude,dropoff_centroid_location",
        }),
        where: string({ default: 'trip_start_timestamp>="1900-01-01" AND trip_start_timestamp<"2100-01-01"' }),
      },
      { table: artifact() },
    );
    const convertCsvToApacheParquet = step(
      "convert-csv-to-apache-parquet",
      { data: artifact() },
      { output_data: artifact() },
    );
    const xgboostTrain = step(
      "xgboost-train",
      {
        booster: string({ default: "gbtree" }),
        booster_params: struct({ optional: true }),
        label_column: integer({ default: 0 }),
        learning_rate: double({ default: 0.3 }),
        max_depth: integer({ default: 6 }),
        min_split_loss: double({ default: 0 }),
        num_iterations: integer({ default: 10 }),
        objective: string({ default: "reg:squarederror" }),
        starting_model: artifact({ optional: true }),
        training_data: artifact(),
      },
      { model: artifact(), model_config: artifact() },
    );
    const xgboostPredict = step(
      "xgboost-predict",
      { data: artifact(), label_column: integer({ optional: true }), model: artifact() },
      { predictions: artifact() },
    );
    const xgboostTrainB = step(
      "xgboost-train",
      {
        booster: string({ default: "gbtree" }),
        booster_params: struct({ optional: true }),
        label_column_name: string(),
        learning_rate: double({ default: 0.3 }),
        max_depth: integer({ default: 6 }),
        min_split_loss: double({ default: 0 }),
        num_iterations: integer({ default: 10 }),
        objective: string({ default: "reg:squarederror" }),
        starting_model: artifact({ optional: true }),
        training_data: artifact(),
      },
      { model: artifact(), model_config: artifact() },
      "exec-xgboost-train-2",
    );
    const xgboostPredictB = step(
      "xgboost-predict",
      { data: artifact(), label_column_name: string({ optional: true }), model: artifact() },
      { predictions: artifact() },
      "exec-xgboost-predict-2",
    );
    return pipeline({ name: "xgboost-sample-pipeline" }, (steps) => {
      const chicagoTaxiTripsDatasetTask = steps.run(chicagoTaxiTripsDataset, {
        limit: 10000,
        select:
          "tips,trip_seconds,trip_miles,pickup_community_area,dropoff_community_area,fare,tolls,extras,trip_total",
        where: 'trip_start_timestamp >= "2019-01-01" AND trip_start_timestamp < "2019-02-01"',
      });
      const convertCsvToApacheParquetTask = steps.run(convertCsvToApacheParquet, {
        data: chicagoTaxiTripsDatasetTask.output,
      });
      const xgboostTrainTask = steps.run(xgboostTrain, {
        label_column: 0,
        num_iterations: 200,
        objective: "reg:squarederror",
        training_data: chicagoTaxiTripsDatasetTask.output,
      });
      steps.run(xgboostPredict, {
        label_column: 0,
        data: chicagoTaxiTripsDatasetTask.output,
        model: xgboostTrainTask.outputs.model,
      });
      const xgboostTrain2 = steps.run(xgboostTrainB, {
        label_column_name: "tips",
        num_iterations: 200,
        objective: "reg:squarederror",
        training_data: convertCsvToApacheParquetTask.output,
      });
      steps.run(xgboostPredictB, {
        label_column_name: "tips",
        data: convertCsvToApacheParquetTask.output,
        model: xgboostTrain2.outputs.model,
      });
      steps.run(xgboostPredictB, {
        label_column_name: "tips",
        data: convertCsvToApacheParquetTask.output,
        model: xgboostTrainTask.outputs.model,
      });
      steps.run(xgboostPredict, {
        label_column: 0,
        data: chicagoTaxiTripsDatasetTask.output,
        model: xgboostTrain2.outputs.model,
      });
    });
  });

  vector("lightweight_python_functions_pipeline", ({ step }) => {
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
    const train = step(
      "train",
      {
        dataset_one_path: dataset(),
        dataset_two: dataset(),
        input_bool: boolean(),
        input_dict: struct(),
        input_list: list(),
        message: string(),
        num_steps: integer({ default: 100 }),
      },
      { model: model() },
    );
    return pipeline(
      { name: "my-test-pipeline-beta", inputs: { input_dict: struct({ default: { A: 1, B: 2 } }), message: string() } },
      (steps, inputs) => {
        const preprocessTask = steps.run(preprocess, {
          input_dict_parameter: inputs.input_dict,
          input_list_parameter: ["a", "b", "c"],
          message: inputs.message,
        });
        steps.run(train, {
          input_bool: preprocessTask.outputs.output_bool_parameter_path,
          input_dict: preprocessTask.outputs.output_dict_parameter_path,
          input_list: preprocessTask.outputs.output_list_parameter_path,
          message: preprocessTask.outputs.output_parameter_path,
          dataset_one_path: preprocessTask.outputs.output_dataset_one,
          dataset_two: preprocessTask.outputs.output_dataset_two_path,
        });
      },
    );
  });

  vector("pipeline_with_various_io_types", ({ step }) => {
    const upstream = step(
      "upstream",
      { input_1: string(), input_2: double(), input_3: artifact(), input_4: string() },
      {
        output_1: integer(),
        output_2: model(),
        output_3: artifact(),
        output_4: model(),
        output_5: artifact(),
        output_6: artifact(),
        output_7: artifact(),
        output_8: html(),
        output_9: artifactOf("google.BQMLModel"),
      },
    );
    const downstream = step(
      "downstream",
      {
        input_a: integer(),
        input_b: model(),
        input_c: artifact(),
        input_d: model(),
        input_e: artifact(),
        input_f: artifact(),
        input_g: artifact(),
        input_h: html(),
        input_i: artifactOf("google.BQMLModel"),
      },
      {},
    );
    return pipeline(
      {
        name: "pipeline-with-various-types",
        inputs: { input1: string(), input3: artifact(), input4: string({ default: "" }) },
      },
      (steps, inputs) => {
        const upstreamTask = steps.run(upstream, {
          input_1: inputs.input1,
          // biome-ignore lint/suspicious/noApproximativeNumericConstant: the digits of the file
          input_2: 3.1415926,
          input_4: inputs.input4,
          input_3: inputs.input3,
        });
        steps.run(downstream, {
          input_a: upstreamTask.outputs.output_1,
          input_b: upstreamTask.outputs.output_2,
          input_c: upstreamTask.outputs.output_3,
          input_d: upstreamTask.outputs.output_4,
          input_e: upstreamTask.outputs.output_5,
          input_f: upstreamTask.outputs.output_6,
          input_g: upstreamTask.outputs.output_7,
          input_h: upstreamTask.outputs.output_8,
          input_i: upstreamTask.outputs.output_9,
        });
      },
    );
  });

  vector("upload_download_compiled", ({ step }) => {
    const sendFile = step("send-file", { file_size_bytes: integer() }, { outgoingfile: artifact() });
    const receiveFile = step("receive-file", { incomingfile: artifact() }, { saveartifact: artifact() });
    const testUploadedArtifact = step(
      "test-uploaded-artifact",
      {
        bucket_name: string(),
        file_size_bytes: integer(),
        mlpipeline_minio_artifact_secret: string(),
        previous_step: artifact(),
      },
      {},
    );
    return pipeline(
      {
        name: "test-data-passing-pipeline-1",
        inputs: { bucket_name: string(), mlpipeline_minio_artifact_secret: string() },
      },
      (steps, inputs) => {
        const sendFileTask = steps.run(sendFile, { file_size_bytes: 20971520 }, { cache: false });
        const receiveFileTask = steps.run(receiveFile, { incomingfile: sendFileTask.output }, { cache: false });
        steps.run(
          testUploadedArtifact,
          {
            bucket_name: inputs.bucket_name,
            file_size_bytes: 20971520,
            mlpipeline_minio_artifact_secret: inputs.mlpipeline_minio_artifact_secret,
            previous_step: receiveFileTask.output,
          },
          { cache: false },
        );
      },
    );
  });
});
