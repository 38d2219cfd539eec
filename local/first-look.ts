import { randomUUID } from "node:crypto";
import { Mlflow, type MlflowAccess } from "./mlflow.ts";

/** What MLflow gave back of what it was given. */
export interface FirstLook {
  readonly run: string;
  readonly metric: number;
  readonly artifactBytes: number;
  readonly model: string;
  readonly modelVersion: string;
}

/** Name of the experiment and of the model that a first look leaves behind. */
const NAME = "first-look";

/**
 * Asks MLflow itself whether it works: refuses whoever does not sign in, and gives back what was logged: a run with a
 * metric, an artifact, a version of a registered model by its alias.
 *
 * @throws FilieraError naming what it did not do
 */
export async function firstLook(access: MlflowAccess): Promise<FirstLook> {
  const mlflow = new Mlflow(access);
  await mlflow.refusesStrangers();
  const experiment = await experimentOf(mlflow, NAME);
  const asked = { experiment_id: experiment, start_time: Date.now(), run_name: "filiera run" };
  const { run } = await mlflow.ask<{ run: { info: { run_id: string; artifact_uri: string } } }>("runs/create", asked);
  const { run_id, artifact_uri } = run.info;
  const metric = Math.round(Math.random() * 1000) / 1000;
  await mlflow.ask("runs/log-metric", { run_id, key: "accuracy", value: metric, timestamp: Date.now() });
  const artifact = `what was logged at ${new Date().toISOString()}: ${randomUUID()}\n`;
  const path = `${artifact_uri.replace(/^mlflow-artifacts:\/*/, "")}/model/notes.txt`;
  await mlflow.put(path, artifact);
  await mlflow.ask("runs/update", { run_id, status: "FINISHED", end_time: Date.now() });
  const version = await register(mlflow, NAME, `${artifact_uri}/model`, run_id);

  const read = await mlflow.ask<{ run: { data: { metrics?: { key: string; value: number }[] } } }>(
    `runs/get?run_id=${run_id}`,
  );
  const measured = read.run.data.metrics?.find(({ key }) => key === "accuracy")?.value;
  if (measured !== metric) throw mlflow.problem(`gave back the metric as ${measured}, and it was logged as ${metric}`);
  const got = await mlflow.get(path);
  if (got !== artifact) throw mlflow.problem("gave back another artifact than it was given");
  const alias = await mlflow.ask<{ model_version: { version: string } }>(
    `registered-models/alias?name=${NAME}&alias=latest-look`,
  );
  if (alias.model_version.version !== version)
    throw mlflow.problem(`gave back version ${alias.model_version.version} of the model for ${version}`);
  return { run: run_id, metric, artifactBytes: Buffer.byteLength(got), model: NAME, modelVersion: version };
}

/** The experiment's number; made if it is not there. */
async function experimentOf(mlflow: Mlflow, name: string): Promise<string> {
  const found = await mlflow.find<{ experiment: { experiment_id: string } }>(
    `experiments/get-by-name?experiment_name=${name}`,
  );
  if (found) return found.experiment.experiment_id;
  const { experiment_id } = await mlflow.ask<{ experiment_id: string }>("experiments/create", { name });
  return experiment_id;
}

/** A new version of a model, under an alias. */
async function register(mlflow: Mlflow, name: string, source: string, run_id: string): Promise<string> {
  if (!(await mlflow.find(`registered-models/get?name=${name}`)))
    await mlflow.ask("registered-models/create", { name });
  const { model_version } = await mlflow.ask<{ model_version: { version: string } }>("model-versions/create", {
    name,
    source,
    run_id,
  });
  await mlflow.ask("registered-models/alias", { name, alias: "latest-look", version: model_version.version });
  return model_version.version;
}
