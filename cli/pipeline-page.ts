import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PageServer } from "../local/page-server.ts";
import type { RunRecord } from "../local/pipeline/record.ts";
import { toSvg } from "../pipelines/draw/svg.ts";
import type { PipelineSpec } from "../pipelines/index.ts";
import type { PageElement, PageWindow } from "../stacks/plan/page/dom.ts";
import { Html, html } from "../stacks/plan/page/html.ts";
import { contentPolicy } from "../stacks/plan/page/policy.ts";

/** What the page of a run shows. */
export interface PipelineState {
  readonly state: RunRecord["state"];
  /** How it is, in a line. */
  readonly says: string;
  /** The pipeline with its tasks' states. */
  readonly svg: string;
  /** Steps, the last first. */
  readonly steps: readonly {
    readonly path: string;
    readonly state: string;
    /** Of what it said, from the run's folder. */
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
  :root { color-scheme: light dark; } body { margin: 0; font: 15px/1.5 system-ui, sans-serif; background: light-dark(#fff, #0f1419); color: light-dark(#1c2733, #e5ebf1); }
  [role=status] { position: sticky; top: 0; margin: 0; padding: 10px 28px; font-weight: 600; background: light-dark(#f5f7fa, #151c23); border-bottom: 1px solid light-dark(#c6cfdb, #37424f); }
  main { display: flex; flex-wrap: wrap; gap: 28px; align-items: flex-start; } #graph { overflow-x: auto; max-width: 100%; }
  ol { list-style: none; margin: 28px; padding: 0; } li { padding: 2px 0; } a { color: light-dark(#1f6feb, #5b9dff); }
  [data-state=failed] { color: light-dark(#c9302c, #ff6b66); } [data-state=succeeded] { color: light-dark(#1a7f45, #4bc27a); }`;

/** The page of a pipeline that runs: its graph, each task in its state, and what the steps say. It is kept with the run. */
export class PipelinePage {
  readonly #server: PageServer;
  readonly #spec: PipelineSpec;
  readonly #folder: string;
  #record: RunRecord | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(server: PageServer, spec: PipelineSpec, folder: string) {
    this.#server = server;
    this.#spec = spec;
    this.#folder = folder;
  }

  /** Serves the page of a run that keeps its things in a folder. */
  static async open(spec: PipelineSpec, folder: string): Promise<PipelinePage> {
    const own = join(folder, "page");
    mkdirSync(own, { recursive: true });
    writeFileSync(
      join(own, "index.html"),
      pageOf(spec, { state: "running", says: "starting", svg: toSvg(spec), steps: [] }),
    );
    const server = await PageServer.start({ folders: { "": own, logs: join(folder, "logs") }, events: EVENTS });
    return new PipelinePage(server, spec, folder);
  }

  get url(): string {
    return this.#server.url;
  }

  /** Has the page show how the run is now, or soon. */
  changed(record: RunRecord): void {
    this.#record = record;
    this.#timer ??= setTimeout(() => this.#tell(), GATHER).unref();
  }

  /** Tells how it ended, keeps that as a file, and serves no longer. */
  async close(record: RunRecord): Promise<void> {
    this.#record = record;
    this.#tell();
    const kept = pageOf(this.#spec, pipelineStateOf(this.#spec, record), "../");
    writeFileSync(join(this.#folder, "page/index.html"), kept);
    await this.#server.close();
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#record) this.#server.tell(pipelineStateOf(this.#spec, this.#record));
  }
}

/** A run as its page shows it. */
export function pipelineStateOf(spec: PipelineSpec, { state, tasks }: RunRecord): PipelineState {
  const entries = Object.entries(tasks);
  const steps = entries.filter(([, { log, error }]) => log !== undefined || error !== undefined);
  const running = steps.filter((entry) => entry[1].state === "running").length;
  const failed = steps.filter((entry) => entry[1].state === "failed").length;
  const counts = [`${steps.length - running} of ${steps.length} steps that began are over`];
  if (failed > 0) counts.push(`${failed} failed`);
  return {
    state,
    says: `${state}: ${counts.join(", ")}`,
    svg: toSvg(spec, Object.fromEntries(entries.map(([path, task]) => [path, task.state]))),
    steps: steps
      .slice(-LISTED)
      .reverse()
      .map(([path, { state, log, error }]) => ({
        path,
        state,
        ...(log !== undefined && { href: log.split("/").map(encodeURIComponent).join("/") }),
        ...(error !== undefined && { error }),
      })),
  };
}

/** The page, as it is in a state; what changes it hears while it is served. */
export function pageOf(spec: PipelineSpec, { state, says, svg, steps }: PipelineState, root = ""): string {
  const program = `"use strict";(${follow})(window,"${EVENTS}");`;
  const [, drawing = ""] = /<style>([\s\S]*?)<\/style>/.exec(svg) ?? [];
  const { name, displayName = name } = spec.pipelineInfo;
  const items = steps.map(
    ({ path, state, href, error }) =>
      html`<li data-state="${state}">${href === undefined ? path : html`<a href="${root}${href}">${path}</a>`} ${state}${error === undefined ? "" : `: ${error}`}</li>`,
  );
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
<p role="status" data-state="${state}">${says}</p>
<main><div id="graph">${new Html(svg.trim())}</div><ol aria-label="Steps">${items}</ol></main>
<script>${new Html(program)}</script>
</body>
</html>
`.text;
}

/** Shows what it is told. Runs in the page, so it uses nothing but its parameters. */
function follow(window: PageWindow, address: string): void {
  const { document } = window;
  const [status, graph, list] = ['[role="status"]', "#graph", "ol"].map((each) => document.querySelector(each));
  if (!status || !graph || !list || !/^https?:$/.test(window.location.protocol)) return;
  new window.EventSource(address).addEventListener("message", ({ data }) => {
    const told: PipelineState = JSON.parse(data);
    status.textContent = told.says;
    status.dataset["state"] = told.state;
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
  });
}
