import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  artifact,
  boolean,
  choice,
  classificationMetrics,
  dataset,
  double,
  integer,
  listOf,
  markdown,
  metrics,
  model,
  string,
  struct,
} from "../language/ports.ts";
import { type PythonStep, pythonStep } from "../language/python-step.ts";
import type { Settings } from "../language/settings.ts";
import { forecastSteps } from "./forecast/steps.ts";
import type { ForecastTerms } from "./forecast/types.ts";
import { given, leftOut } from "./given.ts";
import { networkSteps } from "./networks/steps.ts";
import { rankingSteps } from "./ranking/steps.ts";
import type { RankingTerms } from "./ranking/types.ts";
import type {
  ColumnPolicy,
  DataSchema,
  FairnessRules,
  PromotionTerms,
  Recipe,
  RecordColumns,
  TrafficPlan,
} from "./types.ts";

/** What the steps of the library are made with. */
export interface StepLibraryProps {
  /**
   * Our image `steps`, as your registry has it; in a pipeline that has `trainImages` our `steps-pytorch`, or `steps-keras` where
   * it has `trainSeries`: what asks a network needs its framework, too. It must be of the version of filiera that compiles
   * the pipeline.
   */
  readonly image: string;
}

const optional = { optional: true } as const;

/**
 * The steps of a model's life, from data to the request that the champion be served: `ingest`, `validateData`, `preprocess`,
 * `train`, `evaluate`, `fairnessGate`, `register`, `promote`, `recordLineage`, `deploy`. Those in the middle are for binary classifiers: of scikit-learn, or
 * with `window`, `trainImages` and `trainSeries` networks of PyTorch and of Keras. Recommenders have `splitFeedback`,
 * `trainRecommender`, `evaluateRanking`, `judgeRanking` in their place, and forecasts of demand `prepareDemand`,
 * `trainForecaster`, `evaluateForecast`, `planStock`.
 *
 * `register`, `promote`, `recordLineage` and `deploy` reach MLflow as `MLFLOW_TRACKING_URI` says: give their tasks the settings
 * that `tracked` makes, and `deploy` those of `deploying`. `ingest` with a policy that pseudonymises needs a key store: those that `keyed` makes; from a topic, a
 * user and a password: those that `consuming` makes.
 *
 * @example
 * const { ingest, validateData } = stepLibrary({ image: "registry.example.com/filiera/steps:1" });
 */
export function stepLibrary({ image }: StepLibraryProps) {
  const file = (name: string) => `${folder()}${name}.py`;
  const ingest = pythonStep({
    file: file("ingest"),
    image,
    inputs: {
      uri: string({ ...optional, description: "a path, file://, s3:// or gs:// of files; kafka://host:port/topic" }),
      source: dataset({ ...optional, description: "in place of a uri" }),
      format: choice(["auto", "csv", "parquet"], { default: "auto" }),
      max_megabytes: integer({ default: 1024, description: "how much is read at most, in 1,000,000 bytes" }),
      policy: leftOut<ColumnPolicy>(),
      columns: leftOut<RecordColumns>(),
      poisoned: choice(["refuse", "leave out"], { default: "refuse", description: "records that are something else" }),
    },
    outputs: { data: dataset({ description: "Parquet, with rows, columns and hashes in its metadata" }) },
  });
  const validateData = pythonStep({
    file: file("validate_data"),
    image,
    inputs: {
      data: dataset(),
      schema: given<DataSchema>(),
      reference: dataset({ ...optional, description: "what the data should look like, such as that of last month" }),
      max_skew: double({ default: 0.2, description: "Kolmogorov–Smirnov or Jensen–Shannon, 0 to 1" }),
    },
    outputs: { valid: dataset(), report: artifact(), skewed: boolean() },
  });
  const preprocess = pythonStep({
    file: file("preprocess"),
    image,
    inputs: {
      data: dataset(),
      schema: given<DataSchema>(),
      recipe: leftOut<Recipe>(),
      seed: integer({ default: 1 }),
    },
    outputs: { train: dataset(), validation: dataset(), test: dataset(), holdout: dataset() },
  });
  const train = pythonStep({
    file: file("train"),
    image,
    inputs: {
      data: dataset(),
      validation: dataset({ description: "what the threshold is chosen with" }),
      estimator: choice(["logistic_regression", "hist_gradient_boosting", "random_forest"], {
        default: "hist_gradient_boosting",
      }),
      parameters: struct({ ...optional, description: "the estimator's own, as scikit-learn calls them" }),
      seed: integer({ default: 1 }),
    },
    outputs: { model: model() },
  });
  const fairnessGate = pythonStep({
    file: file("fairness_gate"),
    image,
    inputs: {
      model: model(),
      train: dataset(),
      validation: dataset(),
      test: dataset({ description: "what the verdict is reached with" }),
      rules: given<FairnessRules>(),
    },
    outputs: {
      judged: model({ description: "the model as it was, or as mitigation made it" }),
      report: artifact(),
      page: markdown(),
      verdict: string({ description: "of the model that is given on: fair, unfair or undecided" }),
    },
  });
  const evaluate = pythonStep({
    file: file("evaluate"),
    image,
    inputs: {
      model: model(),
      data: dataset(),
      slices: listOf(string(), { ...optional, description: "columns by whose values metrics are told, too" }),
      confidence: double({ default: 0.95 }),
    },
    outputs: {
      metrics: metrics(),
      confusion: classificationMetrics(),
      report: artifact(),
      auc: double(),
      f1: double(),
    },
  });
  const register = pythonStep({
    file: file("register"),
    image,
    inputs: {
      model: model(),
      train: dataset(),
      evaluation: artifact({ description: "the report of evaluate" }),
      fairness: artifact({ ...optional, description: "the report of fairnessGate" }),
      name: string({ description: "of the model in MLflow, and of its experiment" }),
      commit: string({ ...optional, description: "of the pipeline's source; on this machine it is known" }),
      image: string({ default: image }),
      parent_run: string({ ...optional, description: "the id of a run of MLflow's" }),
      tags: struct(optional),
    },
    outputs: { registered: artifact(), version: string(), run: string() },
  });
  const promote = pythonStep({
    file: file("promote"),
    image,
    inputs: {
      name: string(),
      version: string(),
      holdout: dataset(),
      fairness: string({ ...optional, description: "the verdict of fairnessGate" }),
      skewed: boolean({ ...optional, description: "whether the data moved" }),
      terms: leftOut<PromotionTerms | RankingTerms | ForecastTerms>(),
    },
    outputs: { report: artifact(), promoted: boolean(), reason: string() },
  });
  const recordLineage = pythonStep({
    file: file("record_lineage"),
    image,
    inputs: { pipeline: string(), data: dataset(), registered: artifact(), promotion: artifact() },
    outputs: { events: artifact({ description: "OpenLineage events, a line each" }), head: string() },
  });
  const deploy = pythonStep({
    file: file("deploy"),
    image,
    inputs: {
      promotion: artifact({ description: "the report of promote" }),
      record: string({ description: "the head that recordLineage gave: what is deployed is in the record first" }),
      target: string({ ...optional, description: "an absolute folder, file:// or s3://bucket/prefix" }),
      traffic: leftOut<TrafficPlan>(),
    },
    outputs: {
      report: artifact({ description: "the verdict, and the request" }),
      requested: boolean(),
      says: string({ description: "where the request is, or why there is none" }),
    },
  });
  return {
    ingest,
    validateData,
    preprocess,
    train,
    fairnessGate,
    evaluate,
    register,
    promote,
    recordLineage,
    deploy,
    ...networkSteps(image, file),
    ...rankingSteps(image, file),
    ...forecastSteps(image, file),
  } as const;
}

/** Where in a cluster a task finds MLflow's address, and what signs it in. */
export interface Tracked {
  /** A Secret in the namespace of the runs, with the keys `uri`, `username` and `password`. */
  readonly secret: string;
}

/**
 * The settings of a task that reaches MLflow. Its address comes from a Secret as well, so that `filiera pipeline run`,
 * which has no Secrets, gives that of this machine.
 */
export function tracked({ secret }: Tracked): Settings {
  const keys = {
    uri: "MLFLOW_TRACKING_URI",
    username: "MLFLOW_TRACKING_USERNAME",
    password: "MLFLOW_TRACKING_PASSWORD",
  };
  return { kubernetes: { secretEnv: [{ secret, keys }] } };
}

/** Where in a cluster a task finds the keys of those whom data is about. */
export interface Keyed {
  /** A PersistentVolumeClaim in the namespace of the runs, with a key store in it. */
  readonly claim: string;
}

/** The settings of an `ingest` that pseudonymises. `filiera pipeline run` has a store of the project's instead. */
export function keyed({ claim }: Keyed): Settings {
  return { kubernetes: { claims: [{ claim, path: "/var/filiera/keys" }] } };
}

/** Where in a cluster a task finds what signs it in at a Kafka. */
export interface Consuming {
  /** A Secret in the namespace of the runs, with the keys `username`, `password` and `ca`: the authority's certificate, in PEM. */
  readonly secret: string;
}

/**
 * The settings of an `ingest` from a topic. `filiera pipeline run` has no Secrets: there the variables
 * `FILIERA_KAFKA_USERNAME`, `FILIERA_KAFKA_PASSWORD` and `FILIERA_KAFKA_CA` are those of the shell.
 */
export function consuming({ secret }: Consuming): Settings {
  const keys = { username: "FILIERA_KAFKA_USERNAME", password: "FILIERA_KAFKA_PASSWORD", ca: "FILIERA_KAFKA_CA" };
  return { kubernetes: { secretEnv: [{ secret, keys }] } };
}

/** Where in a cluster a task finds MLflow, and where serving requests go. */
export interface Deploying {
  /** A Secret in the namespace of the runs that says where MLflow is, as that of `tracked`. */
  readonly mlflow: string;
  /**
   * A Secret there with the key `uri`, such as `s3://models/serving`, and those of `accessKeyId`, `secretAccessKey`, `region`
   * and `ca`, the authority's certificate in PEM, that are needed: none where the task's account has rights of its own.
   */
  readonly requests: string;
}

/**
 * The settings of a `deploy`. `filiera pipeline run` writes requests into a folder of the project, or where the variable
 * `FILIERA_SERVING` of the shell says.
 */
export function deploying({ mlflow, requests }: Deploying): Settings {
  const { kubernetes } = tracked({ secret: mlflow });
  const optional = {
    accessKeyId: "AWS_ACCESS_KEY_ID",
    secretAccessKey: "AWS_SECRET_ACCESS_KEY",
    region: "AWS_REGION",
    ca: "FILIERA_SERVING_CA",
  };
  const secretEnv = [
    ...(kubernetes?.secretEnv ?? []),
    { secret: requests, keys: { uri: "FILIERA_SERVING" } },
    { secret: requests, keys: optional, optional: true },
  ];
  return { kubernetes: { secretEnv } };
}

/** Whether a step is one of the library, and so needs the packages of an image of ours. */
export function isLibraryStep({ file }: PythonStep): boolean {
  return file.startsWith(folder());
}

/** Where the steps' Python is: beside this file, or from what was compiled of it three folders up. */
function folder(): string {
  const beside = fileURLToPath(new URL("./", import.meta.url));
  return existsSync(`${beside}ingest.py`)
    ? beside
    : fileURLToPath(new URL("../../../pipelines/steps/", import.meta.url));
}
