import { randomUUID } from "node:crypto";
import { FilieraError, messageOf } from "../constructs/kernel/errors.ts";

/** A server of MLflow, and who asks. */
export interface MlflowAccess {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

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
  const experiment = await mlflow.experiment(NAME);
  const asked = { experiment_id: experiment, start_time: Date.now(), run_name: "filiera run" };
  const { run } = await mlflow.ask<{ run: { info: { run_id: string; artifact_uri: string } } }>("runs/create", asked);
  const { run_id, artifact_uri } = run.info;
  const metric = Math.round(Math.random() * 1000) / 1000;
  await mlflow.ask("runs/log-metric", { run_id, key: "accuracy", value: metric, timestamp: Date.now() });
  const artifact = `what was logged at ${new Date().toISOString()}: ${randomUUID()}\n`;
  const path = `${artifact_uri.replace(/^mlflow-artifacts:\/*/, "")}/model/notes.txt`;
  await mlflow.put(path, artifact);
  await mlflow.ask("runs/update", { run_id, status: "FINISHED", end_time: Date.now() });
  const version = await mlflow.register(NAME, `${artifact_uri}/model`, run_id);

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

class Mlflow {
  readonly #access: MlflowAccess;

  constructor(access: MlflowAccess) {
    this.#access = access;
  }

  problem(message: string): FilieraError {
    return FilieraError.at(this.#access.url, `MLflow ${message}: see its log with filiera logs`);
  }

  async refusesStrangers(): Promise<void> {
    const { status } = await this.#fetch("/api/2.0/mlflow/experiments/search?max_results=1", { headers: {} });
    if (status !== 401) throw this.problem(`answered ${status} to somebody who did not sign in, and not 401`);
  }

  /** The experiment's number; made if it is not there. */
  async experiment(name: string): Promise<string> {
    const found = await this.#fetch(`/api/2.0/mlflow/experiments/get-by-name?experiment_name=${name}`);
    if (found.ok) {
      const { experiment }: { experiment: { experiment_id: string } } = JSON.parse(await found.text());
      return experiment.experiment_id;
    }
    const { experiment_id } = await this.ask<{ experiment_id: string }>("experiments/create", { name });
    return experiment_id;
  }

  /** A new version of a model, under an alias. */
  async register(name: string, source: string, run_id: string): Promise<string> {
    const there = await this.#fetch(`/api/2.0/mlflow/registered-models/get?name=${name}`);
    if (!there.ok) await this.ask("registered-models/create", { name });
    const { model_version } = await this.ask<{ model_version: { version: string } }>("model-versions/create", {
      name,
      source,
      run_id,
    });
    await this.ask("registered-models/alias", { name, alias: "latest-look", version: model_version.version });
    return model_version.version;
  }

  async put(path: string, body: string): Promise<void> {
    await this.#asked(`/api/2.0/mlflow-artifacts/artifacts/${path}`, { method: "PUT", body });
  }

  async get(path: string): Promise<string> {
    return this.#asked(`/api/2.0/mlflow-artifacts/artifacts/${path}`, {});
  }

  /** What an endpoint of the API answers; posts what it is given. */
  async ask<T>(endpoint: string, body?: object): Promise<T> {
    const posted = body && {
      method: "POST",
      body: JSON.stringify(body),
      headers: { ...this.#signedIn, "content-type": "application/json" },
    };
    const answer: T = JSON.parse(await this.#asked(`/api/2.0/mlflow/${endpoint}`, posted ?? {}));
    return answer;
  }

  async #asked(path: string, init: RequestInit): Promise<string> {
    const answer = await this.#fetch(path, init);
    const text = await answer.text();
    if (!answer.ok) throw this.problem(`answered ${answer.status} to ${path.split("?")[0]} (${text.slice(0, 200)})`);
    return text;
  }

  async #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    try {
      return await fetch(this.#access.url + path, {
        headers: this.#signedIn,
        signal: AbortSignal.timeout(60_000),
        ...init,
      });
    } catch (error) {
      throw this.problem(`did not answer at ${path.split("?")[0]} (${messageOf(error)})`);
    }
  }

  get #signedIn(): Record<string, string> {
    const { user, password } = this.#access;
    return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
  }
}
