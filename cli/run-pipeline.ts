import { pathToFileURL } from "node:url";
import { FilieraError, isFilieraError } from "../constructs/kernel/errors.ts";
import { textAt } from "../constructs/kernel/json.ts";
import { Mlflow, type MlflowAccess, type ModelVersion } from "../local/mlflow.ts";
import { type FoundPipeline, findPipeline } from "../local/pipeline/find.ts";
import { readInputs } from "../local/pipeline/parameters.ts";
import type { RunRecord } from "../local/pipeline/record.ts";
import { prepared, runPipeline } from "../local/pipeline/run.ts";
import { stepOf } from "../local/pipeline/stages.ts";
import { pythonEnvironment } from "../local/python/environment.ts";
import type { LivePipeline } from "../stacks/plan/page/live.ts";
import type { LivePage } from "./live-page.ts";
import { changeLines, failure, shown } from "./pipeline-lines.ts";
import { PipelinePage } from "./pipeline-page.ts";
import { printed, screenOf, uncut } from "./screen.ts";

/** Where the name of the pipeline stands in an environment. */
const SETTING = "filiera:run.pipeline";

/** What a run of the pipeline is given. */
export interface OnPlatform {
  readonly mlflow: MlflowAccess;
  /** The page of the platform, where it has one. */
  readonly page: LivePage | undefined;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The pipeline that an environment names, on the platform that runs here. */
export class PlatformPipeline {
  readonly #found: FoundPipeline;
  #record: RunRecord | undefined;
  #version: ModelVersion | undefined;
  #page: PipelinePage | undefined;

  private constructor(found: FoundPipeline) {
    this.#found = found;
  }

  /**
   * Finds it, and looks whether it can run here.
   *
   * @throws FilieraError where it cannot, or needs inputs that nobody gives here
   */
  static async of(project: string, name: string): Promise<PlatformPipeline> {
    try {
      const found = await findPipeline(project, name);
      const needed = Object.entries(found.pipeline.inputs).filter(
        ([, { need, default: value }]) => need === "required" && value === undefined,
      );
      if (needed.length > 0)
        throw FilieraError.at(
          name,
          `found inputs without a default: ${needed.map(([input]) => input).join(", ")}; name a pipeline that needs none, such as one that runs this one with what it needs`,
        );
      prepared(project, found);
      return new PlatformPipeline(found);
    } catch (error) {
      if (!isFilieraError(error)) throw error;
      const told = error.problems.map(({ path, message }) => (path === name ? message : `${path}: ${message}`));
      throw new FilieraError(told.map((message) => ({ path: SETTING, message })));
    }
  }

  /** Installs its packages, which takes a while the first time. */
  async install(say: (line: string) => void, signal: AbortSignal): Promise<void> {
    await pythonEnvironment(prepared(process.cwd(), this.#found).lock, { progress: say, signal });
  }

  /** Runs it; whether all of its steps went well. */
  async run({ mlflow: access, page, say, signal }: OnPlatform): Promise<boolean> {
    const mlflow = new Mlflow(access);
    const { url, user, password } = access;
    const screen = uncut(screenOf(process.stdout));
    this.#record = await runPipeline(process.cwd(), this.#found, {
      inputs: readInputs(this.#found.pipeline, [], []),
      tracking: {
        address: url,
        identity: await mlflow.identity(),
        shown: `${url}, which runs here`,
        signIn: { user, password },
      },
      signal,
      say,
      began: async (folder) => {
        this.#page = await PipelinePage.open(this.#found.pipeline, folder);
        page?.pipeline(() => this.#live());
      },
      changed: (record, event) => {
        this.#record = record;
        this.#page?.changed(record);
        page?.changed();
        const ended = event.event === "task" && event.state !== "running" && event.log !== undefined;
        if (ended) for (const line of changeLines(record, event)) say(printed(line, screen));
      },
    });
    const { model } = this;
    if (model && !signal.aborted) {
      this.#version = await mlflow.version(model.name, model.version);
      this.#page?.told({ promotion: toldOf(this.#version) });
    }
    this.#page?.keep();
    page?.changed();
    if (this.#record.state === "failed") console.error(failure(this.#record));
    return this.#record.state === "succeeded";
  }

  /** The version of a model that the run registered, if it did. */
  get model(): { readonly name: string; readonly version: string } | undefined {
    const registered = this.#outputsOf("register");
    const name = textAt(registered, "registered", "metadata", "name");
    const version = textAt(registered, "version");
    return name === undefined || version === undefined ? undefined : { name, version };
  }

  /** What came of it, in lines for people. */
  summary(): readonly string[] {
    const { name } = this.#found.pipeline;
    const outputs = Object.entries(Object(this.#record?.outputs)).map(([key, value]): [string, string] => [
      key,
      shown(value),
    ]);
    const facts: readonly (readonly [string, string])[] = [
      ...outputs,
      ...(this.#version ? [["model", this.#version.page] as const] : []),
      ...(this.#page ? [["page", pathToFileURL(this.#page.file).href] as const] : []),
    ];
    const width = Math.max(10, ...facts.map(([key]) => key.length + 1));
    return [`${name.padEnd(14)}${this.#says()}`, ...facts.map(([key, fact]) => `  ${key.padEnd(width)}  ${fact}`)];
  }

  /** Serves its page no longer. */
  async close(): Promise<void> {
    await this.#page?.close();
  }

  #says(): string {
    const { model } = this;
    const state = this.#record?.state ?? "running";
    if (!model || !this.#version) return state;
    const champion = this.#version.aliases.includes("champion");
    const why = textAt(this.#outputsOf("promote"), "reason");
    const is = champion ? "is the champion" : `is not the champion: ${why}`;
    return `${model.name}, version ${model.version}, ${is}`;
  }

  #live(): LivePipeline {
    const state = this.#record?.state ?? "running";
    const states = { running: "working", succeeded: "ready", failed: "failed" } as const;
    const links = this.#page ? [{ name: "its steps, and what they said", href: this.#page.url }] : [];
    return {
      name: `pipeline ${this.#found.pipeline.name}`,
      state: state === "running" || state === "succeeded" || state === "failed" ? states[state] : "waiting",
      says: this.#says(),
      links,
      stages: this.#page?.stages ?? [],
    };
  }

  /** What the last task of that step of the library gave. */
  #outputsOf(step: string): unknown {
    const tasks = Object.entries(this.#record?.tasks ?? {});
    return tasks.findLast(([path]) => stepOf(this.#found.pipeline, path) === step)?.[1].outputs;
  }
}

/** What MLflow itself says of a version. */
function toldOf({ status, source, aliases, page, runPage }: ModelVersion) {
  const named = aliases.length > 0 ? `with the aliases ${aliases.join(", ")}` : "without an alias";
  return {
    made: [`MLflow has it as ${status}, ${named}, from ${source}`],
    links: [
      // the page is kept, and is read when nothing answers there
      { name: "the model in MLflow, while the platform runs", href: page },
      { name: "its run in MLflow, while the platform runs", href: runPage },
    ],
  };
}
