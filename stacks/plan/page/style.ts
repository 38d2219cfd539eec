import { stageStyle } from "./live.ts";

/**
 * The page's looks. Colours are pairs for light and dark.
 *
 * State: what runs has `data-state`, `waiting`, `working`, `ready` or `failed`; its colour is the `--state-…` below, and
 * without one a node is merely planned.
 */
export const style = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f7f6f2, #131416);
  --earth: light-dark(#e6e2d6, #1f2023);
  --card: light-dark(#ffffff, #1d1f22);
  --ink: light-dark(#1b1c1e, #e9e8e3);
  --soft: light-dark(#605e58, #a19f98);
  --line: light-dark(#dedbd1, #303236);
  --below: light-dark(#0e6b66, #5fc9bf);
  --above: light-dark(#a9500b, #eda25f);
  --warn: light-dark(#8a5300, #e8b964);
  --warn-tint: light-dark(#fbf0da, #2c2415);
  --secret: light-dark(#6b3fb5, #c3a6f5);
  --secret-tint: light-dark(#f0eafb, #2a2340);
  --unknown: light-dark(#1f5f9e, #8fc1f2);
  --unknown-tint: light-dark(#e6f0fa, #1a2b3d);
  --state-waiting: light-dark(#b3afa4, #6a6863);
  --state-working: var(--unknown);
  --state-ready: light-dark(#2e7d32, #7bc67e);
  --state-failed: light-dark(#b3261e, #f2938c);
  --sans: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font: 400 14px/1.5 var(--sans);
  font-variant-numeric: tabular-nums;
  background: var(--paper);
  color: var(--ink);
}
*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }
body, h1, h2, h3, p, ul, dl, dd, pre, table { margin: 0; padding: 0; }
ul { list-style: none; }
a { color: inherit; }
:focus-visible { outline: 2px solid var(--below); outline-offset: 2px; }
h2:focus { outline: none; }
.sheet { position: absolute; width: 0; height: 0; }
.eyebrow, .kind, .group h3, th, dt { color: var(--soft); font-size: 12px; }
.eyebrow { letter-spacing: .01em; }
.count { color: var(--soft); font-weight: 400; }
.code, .yaml { font-family: var(--mono); font-size: 12px; }

body { display: grid; grid-template-columns: minmax(0, 1fr) clamp(23rem, 32vw, 36rem); min-height: 100vh; }
main { padding: 36px 40px 48px; min-width: 0; }

header h1 { font-size: 44px; line-height: 1.1; font-weight: 600; letter-spacing: -.03em; overflow-wrap: anywhere; }
.lead { color: var(--soft); margin-top: 6px; }
.live, .running .state { display: flex; gap: 9px; align-items: baseline; overflow-wrap: anywhere; }
.live { margin-top: 10px; }
.live::before, .running .state::before { content: ""; flex: none; width: 9px; height: 9px; border-radius: 50%; background: var(--state); }
.pipeline { margin: 20px 0 0; }
.pipeline > h3 { font-size: 16px; font-weight: 600; }
.pipeline > .links { display: flex; flex-wrap: wrap; gap: 2px 18px; font-size: 12.5px; }
${stageStyle}
.totals { display: grid; grid-template-columns: repeat(5, 1fr); gap: 0 28px; margin: 26px 0 28px; max-width: 68rem; }
.totals li { display: grid; align-content: start; }
.totals .name { color: var(--soft); font-size: 12px; }
.totals b { font-size: 20px; font-weight: 500; letter-spacing: -.015em; white-space: nowrap; }
.totals .none b { color: var(--soft); font-weight: 400; }
.totals .bill { color: var(--soft); font-size: 12px; }
.share { width: 100%; height: 4px; margin: 6px 0 5px; background: var(--line); border-radius: 2px; }
.share .counted { fill: var(--below); }
.share .billed { fill: color-mix(in oklab, var(--below) 38%, var(--paper)); }
.warnings { background: var(--warn-tint); border-radius: 8px; padding: 12px 18px 13px; margin-bottom: 24px; max-width: 68rem; }
.warnings h2 { color: var(--warn); font-size: 13px; font-weight: 600; }
.warnings li { margin-top: 3px; overflow-wrap: anywhere; max-width: 60rem; }

.toolbar { position: sticky; top: 0; z-index: 3; display: flex; flex-wrap: wrap; gap: 8px; align-items: center; padding: 12px 0; background: var(--paper); }
.toolbar input, .toolbar select { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 7px; height: 34px; padding: 0 11px; min-width: 0; }
.toolbar input { flex: 1 1 18rem; max-width: 28rem; }
.toolbar select { flex: 0 1 9.5rem; padding: 0 6px; }
.toolbar ::placeholder { color: var(--soft); opacity: 1; }
.toolbar output { color: var(--soft); font-size: 12px; margin-left: auto; white-space: nowrap; }

.map { position: relative; border-bottom: 5px solid var(--earth); }
.edges { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; pointer-events: none; z-index: 1; }
.edges path { fill: none; stroke: var(--below); stroke-width: 1.5; stroke-linecap: round; opacity: .8; }
.edges .above { stroke: var(--above); stroke-dasharray: 4 4; }
.edges .many { stroke-width: 1; opacity: .3; }
.band { display: grid; grid-template-columns: 11.5rem minmax(0, 1fr); gap: 12px 32px; padding: 20px 0 24px; border-top: 1px solid var(--line); }
.about h2 { font-size: 16px; font-weight: 600; letter-spacing: -.01em; }
.about h2 { white-space: nowrap; }
.about .number { color: var(--soft); font-weight: 400; margin-right: 3px; }
.about p { color: var(--soft); font-size: 12.5px; line-height: 1.45; margin-top: 3px; text-wrap: pretty; }
.about .size { margin-top: 6px; }
.groups { display: flex; flex-wrap: wrap; gap: 18px 26px; min-width: 0; }
.group { max-width: 100%; min-width: 0; }
.group h3 { font-weight: 400; margin-bottom: 6px; overflow-wrap: anywhere; }
.nodes { display: flex; flex-wrap: wrap; gap: 8px; }
.nodes + .nodes { margin-top: 8px; }

.node { position: relative; display: grid; grid-template-columns: 16px minmax(0, 1fr); column-gap: 9px; align-content: start; width: 200px; padding: 7px 11px 8px; background: var(--card); border: 1px solid var(--line); border-radius: 7px; text-decoration: none; line-height: 1.35; scroll-margin: 72px 0 32px; }
.node .icon { width: 16px; height: 16px; grid-row: 1 / 3; margin-top: 1px; fill: none; stroke: var(--soft); stroke-width: 1.25; stroke-linecap: round; stroke-linejoin: round; }
.node:has(.lock) .kind { padding-right: 14px; }
.node .kind, .node .name, .node .asks { grid-column: 2; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.node .name { font-size: 13px; }
.node .lock { position: absolute; right: 9px; top: 9px; width: 14px; height: 14px; fill: none; stroke: var(--above); stroke-width: 1.4; }
.node .asks i { color: var(--soft); font-style: normal; border: 1px solid var(--line); border-radius: 4px; padding: 0 4px; margin-left: 4px; white-space: nowrap; }
.node.runs { width: 304px; }
.node.runs .name { font-weight: 600; }
.node.runs .icon { stroke: var(--below); }
.node .asks { font-size: 12px; margin-top: 2px; white-space: normal; }
.node:hover { border-color: var(--soft); }
/* related nodes stand on the edges, the others under them */
.node.selected, .node.below, .node.above { z-index: 2; }
.node.below { border-color: var(--below); }
.node.above { border-color: var(--above); border-style: dashed; }
.node.selected { border-color: var(--ink); box-shadow: 0 0 0 1px var(--ink); }
.chosen .node:not(.selected, .below, .above, :hover, :focus-visible) > * { opacity: .5; }
.node[data-state] { box-shadow: inset 3px 0 var(--state); }
.node[data-state] .icon { stroke: var(--state); }
[data-state="waiting"] { --state: var(--state-waiting); }
[data-state="working"] { --state: var(--state-working); }
[data-state="ready"] { --state: var(--state-ready); }
[data-state="stopped"] { --state: var(--state-waiting); }
[data-state="failed"] { --state: var(--state-failed); }
.node[data-state="failed"] { border-color: var(--state-failed); }
.node[data-state="working"] .icon { animation: 1.6s ease-in-out infinite alternate breathe; }
.nothing { padding: 48px 0; color: var(--soft); border-top: 1px solid var(--line); }

.panel { position: sticky; top: 0; height: 100vh; overflow-y: auto; overscroll-behavior: contain; padding: 36px 28px 40px; background: var(--card); border-left: 1px solid var(--line); }
.panel h2 { font-size: 17px; font-weight: 600; letter-spacing: -.01em; margin-top: 30px; }
.panel h3 { font-size: 13px; font-weight: 600; margin: 24px 0 5px; }
.panel h3.below { color: var(--below); }
.panel h3.above { color: var(--above); }
.guide { font-size: 15px; text-wrap: pretty; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; margin-top: 10px; color: var(--soft); font-size: 12px; }
.legend li::before { content: ""; display: inline-block; width: 20px; margin-right: 7px; vertical-align: middle; border-top: 1.5px solid var(--below); }
.legend .above::before { border-top: 1.5px dashed var(--above); }
.legend .billed::before { border-top: 4px solid color-mix(in oklab, var(--below) 38%, var(--card)); }
.verdict { color: var(--soft); }
.verdict.open { color: var(--warn); }
table { width: 100%; table-layout: fixed; border-collapse: collapse; margin-top: 8px; font-size: 13px; }
th { text-align: left; font-weight: 400; }
th, td { vertical-align: top; padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th:last-child, td:last-child { padding-right: 0; }
.images th:last-child { width: 42%; }
.host { display: block; color: var(--soft); font-size: 12px; }
.images b { font-weight: 600; }
.digest, .unresolved { display: block; width: fit-content; font-size: 12px; color: var(--soft); }
.digest { font-family: var(--mono); font-size: 11px; }
.unresolved { color: var(--warn); }
summary { color: var(--soft); cursor: pointer; }
.outputs th { color: inherit; font-size: 13px; width: 42%; }
.keys { margin-top: 28px; color: var(--soft); font-size: 12px; line-height: 2; }
kbd { font: inherit; border: 1px solid var(--line); border-radius: 4px; padding: 1px 5px; color: var(--ink); margin-left: 8px; }
kbd:first-child, kbd + kbd { margin-left: 0; }

.details h2 { font-size: 22px; line-height: 1.25; letter-spacing: -.02em; margin: 2px 40px 0 0; overflow-wrap: anywhere; }
.close { float: right; display: grid; place-content: center; width: 34px; height: 34px; margin: -6px -8px 0 0; border-radius: 7px; font-size: 22px; line-height: 1; text-decoration: none; color: var(--soft); }
.close:hover { background: var(--paper); color: var(--ink); }
.flags { display: flex; flex-wrap: wrap; gap: 5px; margin-top: 10px; }
.flag { font-size: 12px; border: 1px solid currentColor; border-radius: 5px; padding: 0 7px; color: var(--above); overflow-wrap: anywhere; }
.running .links a { text-decoration: underline; text-underline-offset: 3px; }
.running .links, .running .made { margin-top: 6px; }
.running .made li { padding: 2px 0; overflow-wrap: anywhere; }
.facts { display: grid; grid-template-columns: 6.2rem minmax(0, 1fr); gap: 0 12px; margin-top: 18px; }
.facts dt { grid-column: 1; padding: 4px 0 0; }
.facts dd { grid-column: 2; padding: 3px 0 0; overflow-wrap: anywhere; }
.facts dd.code { padding-top: 4px; }
.relations a { display: flex; justify-content: space-between; gap: 0 16px; padding: 2px 8px; margin: 0 -8px; border-radius: 5px; text-decoration: none; overflow-wrap: anywhere; }
.relations a:hover { background: var(--paper); }
.relations .kind { flex: none; line-height: 21px; }
.panel button { font: inherit; font-weight: 400; font-size: 12px; color: var(--soft); background: none; border: 1px solid var(--line); border-radius: 5px; padding: 1px 8px; margin-left: 10px; cursor: pointer; }
.panel button:hover { color: var(--ink); border-color: var(--soft); }
.yaml { line-height: 1.55; white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 2; padding: 12px 14px; background: var(--paper); border-radius: 8px; }
.yaml code { font: inherit; }
.key { color: var(--below); }
.literal { color: var(--above); }
.secret, .unknown { padding: 0 5px; border-radius: 4px; font-family: var(--mono); font-size: 12px; }
.secret { color: var(--secret); background: var(--secret-tint); }
.unknown { color: var(--unknown); background: var(--unknown-tint); }

@media (width < 68rem) {
  body { display: block; }
  .panel { position: static; height: auto; border-left: 0; border-top: 1px solid var(--line); }
  .details { position: fixed; inset: 0; z-index: 4; overflow-y: auto; overscroll-behavior: contain; padding: 24px; background: var(--card); }
  .open { overflow: hidden; }
  .open .overview { display: block !important; }
}
@media (width < 44rem) {
  main { padding: 22px 16px 32px; }
  .panel { padding: 24px 16px; }
  .totals { grid-template-columns: repeat(2, 1fr); gap: 18px 24px; }
  .toolbar input { flex-basis: 100%; max-width: none; }
  .toolbar select { flex: 1 1 0; }
  .band { grid-template-columns: minmax(0, 1fr); }
  .nodes { display: grid; grid-template-columns: repeat(auto-fill, minmax(148px, 1fr)); }
  .group, .groups { width: 100%; }
  .node, .node.runs { width: auto; }
  .node.runs { grid-column: 1 / -1; }
  .keys { display: none; }
}
@keyframes breathe { to { opacity: .35; } }
@media (prefers-reduced-motion: reduce) {
  .node .icon { animation: none !important; }
}
@media (prefers-reduced-motion: no-preference) {
  .node > *, .node { transition: opacity .12s, border-color .12s; }
}
@media print {
  :root { color-scheme: light; --paper: #fff; font-size: 11px; }
  body { display: block; }
  main, .panel { padding: 0; }
  .toolbar, .edges, .keys, .guide, .close, .panel button { display: none; }
  .panel, .details { position: static; height: auto; overflow: visible; border: 0; padding: 0; }
  .open .overview { display: block !important; }
  .details { break-before: page; }
  .band { grid-template-columns: 10.5rem minmax(0, 1fr); }
  .legend :not(.billed) { display: none; }
  .node .name, .node .kind { white-space: normal; overflow-wrap: anywhere; }
  .node, .node.runs { width: auto; max-width: 16rem; }
  .node, tr, .about { break-inside: avoid; }
  .chosen .node > * { opacity: 1 !important; }
}
`;
