import { writeFileSync } from "node:fs";
import { isAbsolute, relative } from "node:path";
import { FilieraError, messageOf } from "../constructs/kernel/errors.ts";
import type { DriverEvent } from "../local/pipeline/driver.ts";
import { findPipeline, findPipelines } from "../local/pipeline/find.ts";
import { readInputs } from "../local/pipeline/parameters.ts";
import { type RunRecord, readRun, type State } from "../local/pipeline/record.ts";
import { runPipeline } from "../local/pipeline/run.ts";
import { toSvg } from "../pipelines/draw/svg.ts";
import { compile, toPipelineYaml } from "../pipelines/index.ts";
import { isParameter, nameOf } from "../pipelines/language/types.ts";
import { PipelinePage } from "./pipeline-page.ts";
import { type Look, printed, type Span, screenOf } from "./screen.ts";

/** `filiera pipeline list`. */
export async function listPipelines(): Promise<void> {
  const screen = screenOf(process.stdout);
  for (const { pipeline, module } of await findPipelines(process.cwd())) {
    const inputs = Object.entries(pipeline.inputs).map(([name, { type, need, default: value }]) => {
      const what = isParameter(type) || type.kind === "ARTIFACT" ? nameOf(type) : `list of ${nameOf(type)}`;
      return `${name}: ${what}${value !== undefined ? ` = ${JSON.stringify(value)}` : need === "required" ? "" : "?"}`;
    });
    console.log(printed([["bold", pipeline.name], `  ${inputs.join(", ")}`, ["dim", `  ${module}`]], screen));
  }
}

/** `filiera pipeline compile`. */
export async function compilePipeline(name: string, { out }: { out?: string }): Promise<void> {
  const { pipeline } = await findPipeline(process.cwd(), name);
  give(toPipelineYaml(compile(pipeline)), out);
}

/** `filiera pipeline graph`. */
export async function drawPipeline(name: string, { out, run }: { out?: string; run?: string }): Promise<void> {
  const { pipeline } = await findPipeline(process.cwd(), name);
  const tasks = run === undefined ? {} : readRun(process.cwd(), name, run).tasks;
  const states = Object.entries(tasks).map(([path, { state }]) => [path, state] as const);
  give(toSvg(compile(pipeline).pipelineSpec, Object.fromEntries(states)), out);
}

/** `filiera pipeline run`. */
export async function run(
  name: string,
  options: { param?: string[]; file?: string[]; cache: boolean; parallel?: string; page?: boolean },
): Promise<void> {
  const project = process.cwd();
  const found = await findPipeline(project, name);
  const inputs = readInputs(found.pipeline, options.param ?? [], options.file ?? []);
  const parallel = atOnce(options.parallel);
  const screen = screenOf(process.stdout);
  let page: PipelinePage | undefined;
  const record = await runPipeline(project, found, {
    inputs,
    cache: options.cache,
    ...(parallel !== undefined && { parallel }),
    say: (line) => console.log(line),
    ...(options.page && {
      began: async (folder: string) => {
        page = await PipelinePage.open(compile(found.pipeline).pipelineSpec, folder);
        console.log(`page: ${page.url}`);
      },
    }),
    changed: (after, event) => {
      page?.changed(after);
      for (const line of changeLines(after, event)) console.log(printed(line, screen));
    },
  });
  await page?.close(record);
  if (record.state === "succeeded") return;
  process.exitCode = 1;
  console.error(failure(record));
}

const MARKS: Readonly<Record<State, readonly [Look, string]>> = {
  running: ["cyan", "▸"],
  succeeded: ["green", "✓"],
  cached: ["green", "="],
  failed: ["red", "✗"],
  skipped: ["dim", "∅"],
  blocked: ["dim", "∅"],
  stopped: ["yellow", "■"],
};

/** What a change is on the screen. */
function changeLines({ tasks }: RunRecord, event: DriverEvent): readonly (readonly Span[])[] {
  if (event.event === "run") {
    const outputs = event.state === "succeeded" ? Object.entries(Object(event.outputs)) : [];
    return outputs.map(([name, value]) => [`  ${name} = ${shown(value)}`]);
  }
  const { path, state } = event;
  const { started, ended } = tasks[path] ?? {};
  const seconds = started && ended ? `${((Date.parse(ended) - Date.parse(started)) / 1000).toFixed(1)} s` : "";
  const note = { cached: "as before", skipped: "not taken", blocked: "what it needs failed" };
  const detail = state === "cached" || state === "skipped" || state === "blocked" ? note[state] : seconds;
  return [[MARKS[state], ` ${path}`, ["dim", detail && `  ${detail}`]]];
}

/** An output in a line: an artifact by where it is. */
function shown(value: unknown): string {
  if (typeof value !== "object" || value === null || !("uri" in value)) return JSON.stringify(value);
  const uri = String(value.uri);
  return isAbsolute(uri) ? relative(process.cwd(), uri) : uri;
}

/** Which steps failed, why, and where they tell more. */
function failure({ pipeline, id, tasks }: RunRecord): string {
  const steps = Object.entries(tasks).filter(([, { state, log }]) => state === "failed" && log !== undefined);
  const failed = steps.length > 0 ? steps : Object.entries(tasks).filter(([, { state }]) => state === "failed");
  const lines = failed.map(([path, { error, log }]) => {
    const more = log === undefined ? "" : `; it says more in .filiera/pipeline-runs/${pipeline}/${id}/${log}`;
    return `  ${pipeline}/${path}: found that it failed (${error ?? "no reason is known"})${more}`;
  });
  return [`${failed.length === 1 ? "1 task" : `${failed.length} tasks`} failed:`, ...lines].join("\n");
}

function atOnce(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw FilieraError.at("--parallel", `found "${text}": give it the number of steps that may run at once, such as 4`);
}

function give(text: string, out: string | undefined): void {
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  try {
    writeFileSync(out, text);
  } catch (error) {
    throw FilieraError.at(out, `cannot be written (${messageOf(error)})`);
  }
  console.log(`written to ${out}`);
}
