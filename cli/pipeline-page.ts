import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PageServer } from "../local/page-server.ts";
import type { RunRecord } from "../local/pipeline/record.ts";
import { type Stage, stagesOf as stagesIn } from "../local/pipeline/stages.ts";
import { toSvg } from "../pipelines/draw/svg.ts";
import { compile, type Pipeline, type PipelineSpec } from "../pipelines/index.ts";
import type { PageElement, PageWindow } from "../stacks/plan/page/dom.ts";
import { embeddedJson, Html, html } from "../stacks/plan/page/html.ts";
import { type LiveObject, type LiveStage, runningOf, stageStyle, stagesOf } from "../stacks/plan/page/live.ts";
import { contentPolicy } from "../stacks/plan/page/policy.ts";

/** What the page of a run shows. */
export interface PipelineState {
  readonly state: RunRecord["state"];
  /** How it is, in a line. */
  readonly says: string;
  /** The pipeline with its tasks' states. */
  readonly svg: string;
  /** What steps of the library brought about. */
  readonly stages: readonly LiveStage[];
  /** Steps, the last first. */
  readonly steps: readonly {
    readonly path: string;
    readonly state: string;
    /** Of what it said, from the page. */
    readonly href?: string;
    readonly error?: string;
  }[];
}

const EVENTS = "events";
/** Milliseconds in which what happens at once is told at once. */
const GATHER = 100;
/** Steps that are listed: a loop may have thousands. */
const LISTED = 200;

const STYLE = `
  :root { color-scheme: light dark; --card: light-dark(#fff, #0f1419); --line: light-dark(#c6cfdb, #37424f);
    --working: light-dark(#1f6feb, #5b9dff); --ready: light-dark(#1a7f45, #4bc27a); --failed: light-dark(#c9302c, #ff6b66); }
  body { margin: 0; font: 15px/1.5 system-ui, sans-serif; background: var(--card); color: light-dark(#1c2733, #e5ebf1); }
  [role=status] { position: sticky; top: 0; margin: 0; padding: 10px 28px; font-weight: 600; background: light-dark(#f5f7fa, #151c23); border-bottom: 1px solid var(--line); }
  main { display: flex; flex-wrap: wrap; gap: 28px; align-items: flex-start; } #graph { overflow-x: auto; max-width: 100%; }
  #steps { list-style: none; margin: 28px; padding: 0; } #steps li { padding: 2px 0; } a { color: var(--working); }
  .stages:not(:empty) { margin: 28px; } .stages:empty { display: none; } [data-state=waiting] { --state: var(--line); }
  [data-state=working] { --state: var(--working); } [data-state=ready] { --state: var(--ready); } [data-state=failed] { --state: var(--failed); }
  [role=status][data-state=failed], #steps [data-state=failed] { color: var(--failed); }
  [role=status][data-state=succeeded], #steps [data-state=succeeded] { color: var(--ready); }
${stageStyle}`;

/** What a stage brought about besides what its steps say, such as what MLflow has of it. */
export type ToldOfStages = Readonly<Record<string, Pick<LiveObject, "made" | "links">>>;

/** The page of a pipeline that runs: its stages, its graph, each task in its state, what steps say. It is kept with the run. */
export class PipelinePage {
  readonly #server: PageServer;
  readonly #pipeline: Pipeline;
  readonly #spec: PipelineSpec;
  readonly #file: string;
  #record: RunRecord | undefined;
  #told: ToldOfStages = {};
  #timer: NodeJS.Timeout | undefined;

  private constructor(server: PageServer, pipeline: Pipeline, spec: PipelineSpec, file: string) {
    this.#server = server;
    this.#pipeline = pipeline;
    this.#spec = spec;
    this.#file = file;
  }

  /** Serves the page of a run that keeps its things in a folder. */
  static async open(pipeline: Pipeline, folder: string): Promise<PipelinePage> {
    const { pipelineSpec } = compile(pipeline);
    const own = join(folder, "page");
    mkdirSync(own, { recursive: true });
    const server = await PageServer.start({ folders: { "": own, logs: join(folder, "logs") }, events: EVENTS });
    const page = new PipelinePage(server, pipeline, pipelineSpec, join(own, "index.html"));
    page.#write("");
    return page;
  }

  get url(): string {
    return this.#server.url;
  }

  /** The page as it is kept. */
  get file(): string {
    return this.#file;
  }

  /** The stages as they are now, with links from another page. */
  get stages(): readonly LiveStage[] {
    return this.#stages(this.url);
  }

  /** Has the page show how the run is now, or soon. */
  changed(record: RunRecord): void {
    this.#record = record;
    this.#timer ??= setTimeout(() => this.#tell(), GATHER).unref();
  }

  /** What else there is to tell of stages. */
  told(told: ToldOfStages): void {
    this.#told = told;
    this.#timer ??= setTimeout(() => this.#tell(), GATHER).unref();
  }

  /** Tells how it is now, and keeps that as a file. */
  keep(): void {
    this.#tell();
    this.#write("../");
  }

  /** Serves no longer. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#server.close();
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#server.tell(this.#state(""));
  }

  #write(root: string): void {
    writeFileSync(this.#file, pageOf(this.#spec, this.#state(root)));
  }

  #state(root: string): PipelineState {
    return { ...pipelineStateOf(this.#spec, this.#record, root), stages: this.#stages(root) };
  }

  #stages(root: string): readonly LiveStage[] {
    return stagesIn(this.#pipeline, this.#record).map((stage) => liveStageOf(stage, root, this.#told[stage.name]));
  }
}

const STATES = { waiting: "waiting", running: "working", done: "ready", failed: "failed" } as const;

/** A stage as pages show it; its logs are in a folder `logs` of `root`. */
export function liveStageOf(
  { name, state, says, made, logs }: Stage,
  root: string,
  told: ToldOfStages[string] = {},
): LiveStage {
  const links = [
    ...(told.links ?? []),
    ...Object.entries(logs).map(([step, log]) => ({ name: `log of ${step}`, href: `${root}${addressOf(log)}` })),
  ];
  const lines = [...made, ...(told.made ?? [])];
  return {
    name,
    state: STATES[state],
    ...(says !== undefined && { says }),
    ...(lines.length > 0 && { made: lines }),
    ...(links.length > 0 && { links }),
  };
}

/** A run as its page shows it, but for its stages. */
function pipelineStateOf(
  spec: PipelineSpec,
  record: RunRecord | undefined,
  root: string,
): Omit<PipelineState, "stages"> {
  if (!record) return { state: "running", says: "starting", svg: toSvg(spec), steps: [] };
  const entries = Object.entries(record.tasks);
  const steps = entries.filter(([, { log, error }]) => log !== undefined || error !== undefined);
  const running = steps.filter((entry) => entry[1].state === "running").length;
  const failed = steps.filter((entry) => entry[1].state === "failed").length;
  const counts = [`${steps.length - running} of ${steps.length} steps that began are over`];
  if (failed > 0) counts.push(`${failed} failed`);
  return {
    state: record.state,
    says: `${record.state}: ${counts.join(", ")}`,
    svg: toSvg(spec, Object.fromEntries(entries.map(([path, task]) => [path, task.state]))),
    steps: steps
      .slice(-LISTED)
      .reverse()
      .map(([path, { state, log, error }]) => ({
        path,
        state,
        ...(log !== undefined && { href: `${root}${addressOf(log)}` }),
        ...(error !== undefined && { error }),
      })),
  };
}

function addressOf(log: string): string {
  return log.split("/").map(encodeURIComponent).join("/");
}

/** The page, which shows a state and, while it is served, what it hears. */
function pageOf(spec: PipelineSpec, state: PipelineState): string {
  const program = `"use strict";(${follow})(window,"${EVENTS}",${stagesOf},${runningOf});`;
  const [, drawing = ""] = /<style>([\s\S]*?)<\/style>/.exec(state.svg) ?? [];
  const { name, displayName = name } = spec.pipelineInfo;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy([STYLE, drawing], program)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${displayName} · run</title>
<link rel="icon" href="data:,">
<style>${new Html(STYLE)}</style>
</head>
<body>
<p role="status"></p>
<ol class="stages" aria-label="Stages"></ol>
<main><div id="graph"></div><ol id="steps" aria-label="Steps"></ol></main>
<script type="application/json" id="state">${embeddedJson(state)}</script>
<script>${new Html(program)}</script>
</body>
</html>
`.text;
}

/** Shows its state, and what it is told. Runs in the page, so it uses nothing but its parameters. */
function follow(window: PageWindow, address: string, stages: typeof stagesOf, running: typeof runningOf): void {
  const { document } = window;
  const parts = ['[role="status"]', ".stages", "#graph", "#steps"].map((each) => document.querySelector(each));
  const [status, row, graph, list] = parts;
  if (!status || !row || !graph || !list) return;

  function show(text: string): void {
    const told: PipelineState = JSON.parse(text);
    if (!status || !row || !graph || !list) return;
    status.textContent = told.says;
    status.dataset["state"] = told.state;
    row.replaceChildren(...stages(window, running, told.stages));
    graph.replaceChildren(new window.DOMParser().parseFromString(told.svg, "image/svg+xml").documentElement);
    list.replaceChildren(
      ...told.steps.map(({ path, state, href, error }) => {
        const item: PageElement = document.createElement("li");
        item.dataset["state"] = state;
        const link: PageElement = document.createElement("a");
        if (href !== undefined) link.setAttribute("href", href);
        link.textContent = path;
        item.append(link, ` ${state}${error === undefined ? "" : `: ${error}`}`);
        return item;
      }),
    );
  }

  show(document.querySelector("#state")?.textContent ?? "");
  if (/^https?:$/.test(window.location.protocol))
    new window.EventSource(address).addEventListener("message", ({ data }) => show(data));
}
