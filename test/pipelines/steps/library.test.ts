import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { at } from "../../../constructs/kernel/json.ts";
import { libraryImage } from "../../../local/pipeline/packages.ts";
import {
  compile,
  consuming,
  deploying,
  keyed,
  pipeline,
  type RecordColumns,
  stepLibrary,
  tracked,
} from "../../../pipelines/index.ts";
import { filiera } from "../../support/filiera.ts";

const image = "registry.example.com/filiera/steps:1";
const library = stepLibrary({ image });

test("the steps are named as their functions", () => {
  expect(Object.values(library).map(({ name }) => name)).toEqual([
    "ingest",
    "validate_data",
    "preprocess",
    "train",
    "fairness_gate",
    "evaluate",
    "register",
    "promote",
    "record_lineage",
    "deploy",
    "window",
    "train_images",
    "train_series",
    "split_feedback",
    "train_recommender",
    "evaluate_ranking",
    "judge_ranking",
    "prepare_demand",
    "train_forecaster",
    "evaluate_forecast",
    "plan_stock",
  ]);
});

test("a step runs in the image that is named, and installs nothing", () => {
  const one = pipeline({ name: "one" }, (steps) => {
    steps.run(library.ingest, { uri: "s3://data/cards" });
  });
  const container = at(compile(one).pipelineSpec, "deploymentSpec", "executors", "exec-ingest", "container");
  expect(at(container, "image")).toBe(image);
  expect(JSON.stringify(at(container, "command"))).not.toContain("pip install");
  expect(libraryImage(one)).toBe("steps");
});

test("a task that reaches MLflow is given its address and what signs in from one Secret", () => {
  expect(tracked({ secret: "mlflow-pipelines" }).kubernetes?.secretEnv).toEqual([
    {
      secret: "mlflow-pipelines",
      keys: {
        uri: "MLFLOW_TRACKING_URI",
        username: "MLFLOW_TRACKING_USERNAME",
        password: "MLFLOW_TRACKING_PASSWORD",
      },
    },
  ]);
});

test("a task that reads a topic is given a user, a password and an authority from one Secret", () => {
  expect(consuming({ secret: "kafka-scorer" }).kubernetes?.secretEnv).toEqual([
    {
      secret: "kafka-scorer",
      keys: { username: "FILIERA_KAFKA_USERNAME", password: "FILIERA_KAFKA_PASSWORD", ca: "FILIERA_KAFKA_CA" },
    },
  ]);
  const one = pipeline({ name: "one" }, (steps) => {
    const columns = { id: "integer", at: "time" } as const satisfies RecordColumns;
    steps.run(library.ingest, { uri: "kafka://b:9093/cards", columns, poisoned: "leave out" });
  });
  expect(JSON.stringify(compile(one).pipelineSpec)).toContain('"id":"integer"');
});

test("a task that deploys reaches MLflow, and is told by a second Secret where requests go and what it signs in with", () => {
  const [mlflow, ...serving] =
    deploying({ mlflow: "mlflow-pipelines", requests: "serving-requests" }).kubernetes?.secretEnv ?? [];
  expect([mlflow]).toEqual(tracked({ secret: "mlflow-pipelines" }).kubernetes?.secretEnv);
  expect(serving).toEqual([
    { secret: "serving-requests", keys: { uri: "FILIERA_SERVING" } },
    {
      secret: "serving-requests",
      keys: {
        accessKeyId: "AWS_ACCESS_KEY_ID",
        secretAccessKey: "AWS_SECRET_ACCESS_KEY",
        region: "AWS_REGION",
        ca: "FILIERA_SERVING_CA",
      },
      optional: true,
    },
  ]);
});

test("a task that pseudonymises has the volume of the keys where the steps look for it", () => {
  expect(keyed({ claim: "keys" })).toEqual({ kubernetes: { claims: [{ claim: "keys", path: "/var/filiera/keys" }] } });
});

test("each step's ports are those of its function; the example asks anew who is the champion, and keeps all else", async () => {
  // compiling compares them, and tells all that differ
  const { stdout, stderr } = await filiera(["pipeline", "compile", "fraud"], { cwd: "." });
  expect(stderr).toBe("");
  const [spec] = parseAllDocuments(stdout).map((document): unknown => document.toJS());
  const tasks = Object.entries(Object(at(spec, "components", "comp-fraud-of-files", "dag", "tasks")));
  expect(tasks).toHaveLength(11);
  const kept = tasks.filter(([, task]) => at(task, "cachingOptions", "enableCache") === true).map(([name]) => name);
  expect(tasks.map(([name]) => name).filter((name) => !kept.includes(name))).toEqual([
    "deploy",
    "promote",
    "record-lineage",
  ]);
});

test("the steps of recommendations and stock have the ports of their functions; the shop asks anew who is the champion", async () => {
  const { stdout, stderr } = await filiera(["pipeline", "compile", "shop"], { cwd: "." });
  expect(stderr).toBe("");
  const [spec] = parseAllDocuments(stdout).map((document): unknown => document.toJS());
  const anew = (name: string) => {
    const tasks = Object.entries(Object(at(spec, "components", name, "dag", "tasks")));
    return tasks.filter(([, task]) => at(task, "cachingOptions", "enableCache") !== true).map(([task]) => task);
  };
  expect(anew("comp-recommendations")).toEqual(["deploy", "promote", "record-lineage"]);
  expect(anew("comp-stock")).toEqual(["deploy", "plan-stock", "promote", "record-lineage"]);
});
