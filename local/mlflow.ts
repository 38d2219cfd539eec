import { FilieraError, messageOf } from "../constructs/kernel/errors.ts";

/** A server of MLflow, and who asks. */
export interface MlflowAccess {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** A version of a registered model. */
export interface ModelVersion {
  /** Such as `READY`. */
  readonly status: string;
  /** Where its files are, as MLflow says it. */
  readonly source: string;
  readonly aliases: readonly string[];
  /** Address of its page, and of that of the run that made it. */
  readonly page: string;
  readonly runPage: string;
}

interface ToldVersion {
  readonly run_id: string;
  readonly status: string;
  readonly source: string;
  readonly aliases?: readonly string[];
}

/** Asks a server of MLflow by its own API. */
export class Mlflow {
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

  /**
   * What tells this store from any other, also from one that was made anew in its place: when its first experiment,
   * which is MLflow's own, was made.
   */
  async identity(): Promise<string> {
    const { experiment } = await this.ask<{ experiment: { creation_time?: number } }>(
      "experiments/get?experiment_id=0",
    );
    return `made ${experiment.creation_time}`;
  }

  /** A version of a registered model, as MLflow knows it now. */
  async version(name: string, version: string): Promise<ModelVersion> {
    const [model, number] = [name, version].map(encodeURIComponent);
    const asked = `model-versions/get?name=${model}&version=${number}`;
    const found = await this.ask<{ model_version: ToldVersion }>(asked);
    const { run_id, status, source, aliases = [] } = found.model_version;
    const { run } = await this.ask<{ run: { info: { experiment_id: string } } }>(`runs/get?run_id=${run_id}`);
    return {
      status,
      source,
      aliases: [...aliases].sort(),
      page: `${this.#access.url}/#/models/${model}/versions/${number}`,
      runPage: `${this.#access.url}/#/experiments/${run.info.experiment_id}/runs/${run_id}`,
    };
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

  /** What an endpoint answers; undefined where what is asked for is not there. */
  async find<T>(endpoint: string): Promise<T | undefined> {
    const answer = await this.#fetch(`/api/2.0/mlflow/${endpoint}`);
    if (answer.status === 404) return undefined;
    const found: T = JSON.parse(await this.#read(answer, endpoint));
    return found;
  }

  async #asked(path: string, init: RequestInit): Promise<string> {
    return this.#read(await this.#fetch(path, init), path);
  }

  async #read(answer: Response, path: string): Promise<string> {
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
