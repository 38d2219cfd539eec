import { isAbsolute, relative } from "node:path";
import type { DriverEvent } from "../local/pipeline/driver.ts";
import type { RunRecord, State } from "../local/pipeline/record.ts";
import { type Look, printed, type Span, uncut } from "./screen.ts";

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
export function changeLines({ tasks }: RunRecord, event: DriverEvent): readonly (readonly Span[])[] {
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
export function shown(value: unknown): string {
  if (typeof value !== "object" || value === null || !("uri" in value)) return JSON.stringify(value);
  const uri = String(value.uri);
  return isAbsolute(uri) ? relative(process.cwd(), uri) : uri;
}

/** Which steps failed, why, and where they tell more. */
export function failure({ pipeline, id, tasks }: RunRecord): string {
  const steps = Object.entries(tasks).filter(([, { state, log }]) => state === "failed" && log !== undefined);
  const failed = steps.length > 0 ? steps : Object.entries(tasks).filter(([, { state }]) => state === "failed");
  const lines = failed.map(([path, { error, log }]) => {
    const more = log === undefined ? "" : `; it says more in .filiera/pipeline-runs/${pipeline}/${id}/${log}`;
    const why = printed([error ?? "no reason is known"], uncut({ color: false, columns: 0 }));
    return `  ${pipeline}/${path}: found that it failed (${why})${more}`;
  });
  return [`${failed.length === 1 ? "1 task" : `${failed.length} tasks`} failed:`, ...lines].join("\n");
}
