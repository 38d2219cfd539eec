import { writeFileSync } from "node:fs";
import { FilieraError, messageOf } from "../constructs/kernel/errors.ts";
import { findPipeline, findPipelines, patternsOf } from "../local/pipeline/find.ts";
import { readInputs } from "../local/pipeline/parameters.ts";
import { readRun } from "../local/pipeline/record.ts";
import { runPipeline } from "../local/pipeline/run.ts";
import { toSvg } from "../pipelines/draw/svg.ts";
import { compile, toPipelineYaml } from "../pipelines/index.ts";
import { isParameter, nameOf } from "../pipelines/language/types.ts";
import { changeLines, failure } from "./pipeline-lines.ts";
import { PipelinePage } from "./pipeline-page.ts";
import { printed, type Span, screenOf, uncut, wrapped } from "./screen.ts";

/** `filiera pipeline list`. */
export async function listPipelines(): Promise<void> {
  const screen = screenOf(process.stdout);
  const all = await findPipelines(process.cwd());
  if (all.length === 0)
    console.error(
      `no pipeline in ${patternsOf(process.cwd()).join(", ")}: npx filiera pipeline new <name> writes one, -C names another project`,
    );
  for (const { pipeline, module } of all) {
    const inputs = Object.entries(pipeline.inputs).map(([name, { type, need, default: value }]) => {
      const what = isParameter(type) || type.kind === "ARTIFACT" ? nameOf(type) : `list of ${nameOf(type)}`;
      return `${name}: ${what}${value !== undefined ? ` = ${JSON.stringify(value)}` : need === "required" ? "" : "?"}`;
    });
    for (const line of listed(pipeline.name, inputs, module, process.stdout.isTTY ? screen.columns : undefined))
      console.log(printed(line, uncut(screen)));
  }
}

/** A pipeline in one line; where a terminal is too narrow for that, with its inputs below. */
export function listed(name: string, inputs: readonly string[], module: string, columns?: number): readonly Span[][] {
  const all = inputs.join(", ");
  const [head, tail]: readonly [Span, Span] = [
    ["bold", name],
    ["dim", `  ${module}`],
  ];
  const length = `${name}  ${all}  ${module}`.length;
  if (columns === undefined || length <= columns) return [[head, `  ${all}`, tail]];
  return [[head, tail], ...wrapped(all, columns - 4).map((line): Span[] => [`    ${line}`])];
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
  const screen = uncut(screenOf(process.stdout));
  let page: PipelinePage | undefined;
  const record = await runPipeline(project, found, {
    inputs,
    cache: options.cache,
    ...(parallel !== undefined && { parallel }),
    say: (line) => console.log(line),
    ...(options.page && {
      began: async (folder: string) => {
        page = await PipelinePage.open(found.pipeline, folder);
        console.log(`page: ${page.url}`);
      },
    }),
    changed: (after, event) => {
      page?.changed(after);
      for (const line of changeLines(after, event)) console.log(printed(line, screen));
    },
  });
  page?.keep();
  await page?.close();
  if (record.state === "succeeded") return;
  process.exitCode = 1;
  console.error(failure(record));
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
