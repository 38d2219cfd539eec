import type { Pipeline } from "../../pipelines/index.ts";
import { isLibraryStep } from "../../pipelines/steps/library.ts";
import { productsOf } from "./products.ts";
import type { RunRecord, TaskRecord } from "./record.ts";

/** The stages of a model's life, in order, and the steps of the library that are in each, by their functions. */
export const STAGES: Readonly<Record<string, readonly string[]>> = {
  ingestion: ["ingest"],
  preprocessing: ["validate_data", "preprocess", "split_feedback", "prepare_demand", "window"],
  training: ["train", "train_recommender", "train_forecaster", "train_images", "train_series"],
  validation: ["fairness_gate", "judge_ranking", "evaluate", "evaluate_ranking", "evaluate_forecast"],
  promotion: ["register", "promote", "record_lineage"],
  deployment: ["deploy"],
  use: ["plan_stock"],
};

/** A stage of a pipeline in a run. */
export interface Stage {
  readonly name: string;
  readonly state: "waiting" | "running" | "done" | "failed";
  /** Why it is so, in a line. @default - goes without saying */
  readonly says?: string;
  /** What it brought about, a line each. */
  readonly made: readonly string[];
  /** What its steps said in this run, by their names; from the run's folder. */
  readonly logs: Readonly<Record<string, string>>;
}

/** A step of the library in a pipeline: where it is, and what people call it. */
interface LibraryTask {
  /** Names of nested pipelines and of the task. */
  readonly path: readonly string[];
  readonly shown: string;
  readonly step: string;
}

/** How far each stage of a pipeline is; none for a pipeline without steps of the library. */
export function stagesOf(pipeline: Pipeline, record: RunRecord | undefined): readonly Stage[] {
  const all = libraryTasks(pipeline);
  const ran = Object.entries(record?.tasks ?? {}).flatMap(([path, task]) => {
    const found = taskAt(all, path);
    return found && task.log !== undefined ? [{ ...found, task }] : [];
  });
  return Object.entries(STAGES).flatMap(([name, steps]) => {
    const own = all.filter(({ step }) => steps.includes(step));
    if (own.length === 0) return [];
    const begun = ran.filter(({ step }) => steps.includes(step));
    const several = (step: string) => own.filter((each) => each.step === step).length > 1;
    const lines = begun.map(({ step, shown, task }) => {
      const own = productsOf(step, task);
      return several(step) ? own.map((line) => `${shown}: ${line}`) : own;
    });
    // what each step says first comes before what they say besides
    const made = [...lines.flatMap(([first = []]) => first), ...lines.flatMap((each) => each.slice(1))];
    const logs = begun.flatMap(({ shown, task: { log, state } }): [string, string][] =>
      log === undefined || state === "cached" ? [] : [[shown, log]],
    );
    return [{ name, ...stateOf(own.length, begun), made, logs: Object.fromEntries(logs) }];
  });
}

/** The step of the library at the path of a record, by its function. */
export function stepOf(pipeline: Pipeline, path: string): string | undefined {
  return taskAt(libraryTasks(pipeline), path)?.step;
}

function stateOf(
  all: number,
  begun: readonly { readonly shown: string; readonly task: TaskRecord }[],
): Pick<Stage, "state" | "says"> {
  const those = (...states: readonly TaskRecord["state"][]) => begun.filter(({ task }) => states.includes(task.state));
  const [failed] = those("failed");
  if (failed) return { state: "failed", says: `${failed.shown}: ${failed.task.error ?? "no reason is known"}` };
  if (those("stopped").length > 0) return { state: "waiting", says: "stopped" };
  if (those("running").length > 0) return { state: "running" };
  const done = those("succeeded", "cached").length;
  if (done < all) return { state: done > 0 ? "running" : "waiting" };
  return { state: "done", ...(those("cached").length === all && { says: "as before" }) };
}

/** The task that a record's path leads to, whatever groups are on the way. */
function taskAt(tasks: readonly LibraryTask[], path: string): LibraryTask | undefined {
  const parts = path.split("/");
  const fits = ({ path: names }: LibraryTask) => {
    let rest = parts;
    for (const name of names) {
      const place = rest.indexOf(name);
      if (place < 0) return false;
      rest = rest.slice(place + 1);
    }
    return rest.length === 0;
  };
  return tasks.filter(fits).sort((one, two) => two.path.length - one.path.length)[0];
}

function libraryTasks(pipeline: Pipeline, path: readonly string[] = []): readonly LibraryTask[] {
  return [...pipeline.describe().tasks.values()].flatMap(({ name, step, settings }) => {
    if (step.kind === "pipeline") return libraryTasks(step, [...path, name]);
    if (step.kind !== "python" || !isLibraryStep(step)) return [];
    return [{ path: [...path, name], shown: settings.displayName ?? name, step: step.function }];
  });
}
