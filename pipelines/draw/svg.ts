import type { PipelineSpec } from "../compile/ir.ts";
import { GROUP, type PlacedEdge, type PlacedNode, type PlacedPicture, place } from "./layout.ts";
import { pictureOf } from "./picture.ts";

/** How a task is, in a run. */
export type TaskState = "running" | "succeeded" | "cached" | "failed" | "skipped" | "blocked" | "stopped";

/** What of several rounds of a loop is shown. */
const FIRST: readonly TaskState[] = ["failed", "running", "stopped", "succeeded", "cached", "blocked", "skipped"];
/** Letters of the longest label of a state. */
const LABEL = 22;
const MARGIN = 28;
const HEAD = 58;

const STYLE = `
  svg { --paper: #ffffff; --card: #ffffff; --group: #f5f7fa; --border: #c6cfdb; --text: #1c2733; --dim: #66727f; --line: #8a97a6;
    --running: #1f6feb; --succeeded: #1a7f45; --cached: #4d8f6a; --failed: #c9302c; --stopped: #b26a00; --skipped: #98a2ad; --blocked: #98a2ad; }
  @media (prefers-color-scheme: dark) { svg { --paper: #0f1419; --card: #1a222b; --group: #151c23; --border: #37424f; --text: #e5ebf1;
    --dim: #93a0ae; --line: #66737f; --running: #5b9dff; --succeeded: #4bc27a; --cached: #6aa583; --failed: #ff6b66; --stopped: #e0a040;
    --skipped: #5d6873; --blocked: #5d6873; } }
  text { font-family: system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: var(--text); }
  .paper { fill: var(--paper); } .head { font-size: 19px; font-weight: 600; } .title { font-size: 14px; font-weight: 600; }
  .note { font-size: 11px; fill: var(--dim); }
  .step > rect { fill: var(--card); stroke: var(--border); stroke-width: 1.2; }
  .group > rect { fill: var(--group); stroke: var(--border); stroke-width: 1.2; stroke-dasharray: 5 4; }
  .edge { fill: none; stroke: var(--line); stroke-width: 1.5; } .always { stroke-dasharray: 3 4; } marker path { fill: var(--line); }
${FIRST.map((state) => `  .${state} > rect { stroke: var(--${state}); stroke-width: 2; } .${state} > text > .state { fill: var(--${state}); }`).join("\n")}
  .skipped > text, .blocked > text { opacity: 0.55; }
  .state { font-size: 11px; font-weight: 600; }`;

/**
 * A picture of a compiled pipeline as an SVG document: steps, groups around them, and what comes after what.
 *
 * @param states - how tasks are, by their paths, such as `for-loop-1[0]/train`
 */
export function toSvg(spec: PipelineSpec, states: Readonly<Record<string, TaskState>> = {}): string {
  const placed = place(pictureOf(spec), Object.keys(states).length > 0 ? LABEL : 0);
  const { name, displayName = name } = spec.pipelineInfo;
  const inputs = Object.entries(spec.root.inputDefinitions?.parameters ?? {}).map(([input, { defaultValue }]) =>
    defaultValue === undefined ? input : `${input} = ${JSON.stringify(defaultValue)}`,
  );
  const note = [...inputs, ...Object.keys(spec.root.inputDefinitions?.artifacts ?? {})].join(", ");
  const width = Math.ceil(
    Math.max(placed.width, displayName.length * 12, Math.min(note.length * 6.5, 600)) + 2 * MARGIN,
  );
  const height = Math.ceil(placed.height + HEAD + 2 * MARGIN);
  const shown = note.length * 6.5 > width ? `${note.slice(0, Math.floor((width - 2 * MARGIN) / 6.5))}…` : note;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(`the pipeline ${displayName}`)}">`,
    `<style>${STYLE}\n</style>`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z"/></marker></defs>',
    `<rect class="paper" width="${width}" height="${height}"/>`,
    `<text class="head" x="${MARGIN}" y="${MARGIN + 14}">${escaped(displayName)}</text>`,
    `<text class="note" x="${MARGIN}" y="${MARGIN + 34}">${escaped(shown)}</text>`,
    ...drawn(placed, (width - placed.width) / 2, MARGIN + HEAD, merged(states)),
    "</svg>",
    "",
  ].join("\n");
}

/** How a task is, and how that is said. */
type Merged = ReadonlyMap<string, { readonly state: TaskState; readonly label: string }>;

/** The states of all rounds of a loop as one: the one that matters most. */
function merged(states: Readonly<Record<string, TaskState>>): Merged {
  const rounds = new Map<string, TaskState[]>();
  for (const [path, state] of Object.entries(states)) {
    // the loop itself is told besides its rounds
    if (path.endsWith("]")) continue;
    const place = path.replaceAll(/\[\d+\]/g, "");
    rounds.set(place, [...(rounds.get(place) ?? []), state]);
  }
  return new Map(
    [...rounds].map(([place, all]) => {
      const state = FIRST.find((each) => all.includes(each)) ?? "running";
      const count = all.filter((each) => each === state).length;
      return [place, { state, label: all.length > 1 ? `${count} of ${all.length} ${state}` : state }];
    }),
  );
}

function drawn({ nodes, edges }: PlacedPicture, x: number, y: number, states: Merged): string[] {
  return [...edges.map((edge) => line(edge, x, y)), ...nodes.flatMap((node) => drawnNode(node, x, y, states))];
}

function drawnNode({ node, inside, ...box }: PlacedNode, x: number, y: number, states: Merged): string[] {
  const [left, top] = [round(x + box.x), round(y + box.y)];
  const { state, label } = states.get(node.path) ?? {};
  const lines = [node.title === "" ? [] : [["title", node.title]], [["note", node.note]]].flat();
  return [
    `<g class="${[inside ? "group" : "step", ...(state ? [state] : [])].join(" ")}" data-task="${escaped(node.path)}">`,
    `<rect x="${left}" y="${top}" width="${round(box.width)}" height="${round(box.height)}" rx="${inside ? 12 : 8}"/>`,
    ...lines.map(([name = "", words = ""], index) => {
      const said = `${escaped(words)}${name === "note" && label ? `<tspan class="state"> · ${label}</tspan>` : ""}`;
      return `<text class="${name}" x="${left + 14}" y="${round(top + (inside ? 20 : 22) + index * 17)}">${said}</text>`;
    }),
    ...(inside ? drawn(inside, left + (box.width - inside.width) / 2, top + GROUP.top, states) : []),
    "</g>",
  ];
}

/** A line that leaves and arrives upright. */
function line({ edge, points }: PlacedEdge, x: number, y: number): string {
  const at = points.map((point) => ({ x: round(x + point.x), y: round(y + point.y) }));
  const [start = { x: 0, y: 0 }] = at;
  const curves = at.slice(1).map((to, index) => {
    const from = at[index] ?? start;
    const middle = round((from.y + to.y) / 2);
    return `C${from.x} ${middle} ${to.x} ${middle} ${to.x} ${to.y}`;
  });
  return `<path class="edge${edge.always ? " always" : ""}" d="M${start.x} ${start.y} ${curves.join(" ")}" marker-end="url(#arrow)"/>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
