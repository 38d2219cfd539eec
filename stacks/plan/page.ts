import type { Json } from "../../constructs/kernel/json.ts";
import type { Layer } from "../../constructs/platform/layer.ts";
import { amountNames, count, formatAmounts, formatFigure } from "./amounts.ts";
import { type Band, bandsOf, type Group, shortTitle } from "./groups.ts";
import { browse } from "./page/browser.ts";
import { curveOf } from "./page/curve.ts";
import { flagsOf, idsOf, nodesOf } from "./page/data.ts";
import { detailsOf } from "./page/details.ts";
import { embeddedJson, Html, html } from "./page/html.ts";
import { iconOf, iconSheet } from "./page/icons.ts";
import { EVENTS, listen, runningOf, stagesOf } from "./page/live.ts";
import { contentPolicy } from "./page/policy.ts";
import { style } from "./page/style.ts";
import { yamlOf } from "./page/yaml.ts";
import type { Plan, PlannedImage, PlannedResource } from "./plan.ts";
import { SECRET, UNKNOWN } from "./recording.ts";

/** What each layer is for, in a line. */
const purposes: Readonly<Record<Layer, string>> = {
  cluster: "The ground: where everything runs, and what may reach it.",
  secrets: "Passwords and keys, made once and kept encrypted in the state.",
  namespaces: "Rooms with rules: each admits restricted pods only.",
  operators: "Programs that run databases and renew certificates, each a pinned chart.",
  trust: "The authority that vouches for every server inside the platform.",
  data: "What must outlive everything above it: databases and object stores.",
  tracking: "Experiments, models and their versions.",
};

/**
 * A plan as one page that needs nothing but itself: a map by layer, and everything about each resource.
 * The same plan gives the same bytes.
 */
export function pageOf(plan: Plan): string {
  const program = `"use strict";(${browse})(window,${detailsOf},${curveOf},${yamlOf},{listen:${listen},runningOf:${runningOf},stagesOf:${stagesOf},address:"${EVENTS}"});`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy([style], program)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${plan.environment} · plan</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='%230e6b66' d='M5 2h6v3H5zM3 6.5h10v3H3zM1 11h14v3H1z'/%3E%3C/svg%3E">
<style>${new Html(style)}</style>
</head>
<body>
${iconSheet()}
<main>
${header(plan)}
${toolbar(plan)}
${map(plan)}
</main>
<aside class="panel" aria-label="Details">
<section class="details" aria-live="polite" hidden></section>
${overview(plan)}
</aside>
<script type="application/json" id="plan">${embeddedJson(nodesOf(plan))}</script>
<script>${new Html(program)}</script>
</body>
</html>
`.text;
}

function header({ environment, totals, warnings }: Plan): Html {
  const { resources, objects, fromBills } = totals;
  const tiles = amountNames.map((name) => {
    const [amount, billed] = [totals[name], fromBills[name]];
    const title = { pods: "Pods", cpu: "CPU", memory: "Memory", gpu: "GPU", storage: "Storage" }[name];
    return html`<li${amount === 0 && html` class="none"`}><span class="name">${title}</span> <b>${amount === 0 ? "none" : formatFigure(name, amount)}</b> ${share(amount, billed)} <span class="bill">${billed > 0 && `${formatFigure(name, billed)} by bills`}</span></li>`;
  });
  return html`<header>
<p class="eyebrow">filiera plan</p>
<h1>${environment}</h1>
<p class="lead">${count(resources, "resource")}, ${objects} of them objects of Kubernetes.</p>
<p class="live" role="status" hidden></p>
<section class="pipeline" aria-label="Pipeline" hidden></section>
<ul class="totals" aria-label="Requests">
${lines(tiles)}
</ul>
${warnings.length > 0 && html`<section class="warnings"><h2>Before you deploy</h2><ul>${lines(warnings.map((warning) => html`<li>${warning}</li>`))}</ul></section>`}
</header>`;
}

/** How much of an amount bills say, as a bar. */
function share(amount: number, billed: number): Html {
  const part = amount === 0 ? 0 : Number(((100 * (amount - billed)) / amount).toFixed(1));
  return html`<svg class="share" aria-hidden="true"><rect class="billed" width="${amount === 0 ? 0 : 100}%" height="100%"/><rect class="counted" width="${part}%" height="100%"/></svg>`;
}

function toolbar({ resources }: Plan): Html {
  const options = (of: (resource: PlannedResource) => string) => {
    const counts = new Map<string, number>();
    for (const resource of resources) counts.set(of(resource), (counts.get(of(resource)) ?? 0) + 1);
    return [...counts].map(([value, number]) => html`<option value="${value}">${value} (${number})</option>`);
  };
  const kinds = options(({ kind }) => kind).sort((a, b) => (a.text < b.text ? -1 : 1));
  return html`<div class="toolbar" role="search">
<input id="search" type="search" placeholder="Find by name, kind, image or place in the code" aria-label="Find resources" autocomplete="off" spellcheck="false" aria-keyshortcuts="/">
<select id="layer" aria-label="Layer"><option value="">All layers</option>${options(({ layer }) => layer)}</select>
<select id="kind" aria-label="Kind"><option value="">All kinds</option>${kinds}</select>
<output id="shown" for="search layer kind">${count(resources.length, "resource")}</output>
</div>`;
}

/** The layers as bands, the ground at the bottom. */
function map(plan: Plan): Html {
  const ids = idsOf(plan.resources);
  return html`<section class="map" aria-label="The platform by layer">
<svg class="edges" aria-hidden="true"></svg>
${lines(
  bandsOf(plan)
    .map((each, i) => band(each, i + 1, ids))
    .reverse(),
)}
<p class="nothing" hidden>Nothing matches.</p>
</section>`;
}

function band({ layer, groups }: Band, number: number, ids: ReadonlyMap<string, string>): Html {
  const size = groups.reduce((sum, { resources }) => sum + resources.length, 0);
  return html`<section class="band" data-layer="${layer}" aria-label="${layer}">
<div class="about"><h2><span class="number">${number}</span> ${layer}</h2><p>${purposes[layer]}</p><p class="size">${count(size, "resource")}</p></div>
<div class="groups">
${lines(groups.map((each) => group(each, ids)))}
</div>
</section>`;
}

function group({ name, resources }: Group, ids: ReadonlyMap<string, string>): Html {
  const row = (members: readonly PlannedResource[]) =>
    members.length > 0 &&
    html`<div class="nodes">
${lines(members.map((resource) => node(resource, ids.get(resource.urn) ?? resource.urn)))}
</div>`;
  return html`<div class="group"><h3>${name}</h3>${row(resources.filter(({ footprint }) => footprint))}${row(resources.filter(({ footprint }) => !footprint))}</div>`;
}

function node(resource: PlannedResource, id: string): Html {
  const { urn, kind, title, footprint, protect } = resource;
  const flags = flagsOf(resource).join(", ");
  const amounts = footprint ? formatAmounts(footprint).join(" · ") : "";
  const asks =
    amounts !== "" && html`<span class="asks">${amounts}${footprint?.source === "bill" && html` <i>bill</i>`}</span>`;
  const lock = protect && html`<svg class="lock" role="img" aria-label="protected"><use href="#icon-lock"/></svg>`;
  return html`<a class="node${footprint ? " runs" : ""}" data-urn="${urn}" href="${hrefOf(id)}" title="${flags ? `${title} (${flags})` : title}">${icon(resource)}<span class="kind">${kind}</span> <span class="name">${shortTitle(resource)}</span>${asks}${lock}</a>`;
}

function icon(resource: PlannedResource): Html {
  return html`<svg class="icon" aria-hidden="true"><use href="#icon-${iconOf(resource)}"/></svg>`;
}

function overview(plan: Plan): Html {
  const { images, outputs } = plan;
  const unresolved = images.filter(({ resolved }) => !resolved).length;
  const ids = idsOf(plan.resources);
  const titles = new Map(plan.resources.map((resource) => [resource.urn, resource]));
  const users = ({ usedBy }: PlannedImage) =>
    usedBy.flatMap((urn) => {
      const user = titles.get(urn);
      return user ? [html`<a href="${hrefOf(ids.get(urn) ?? urn)}">${user.title}</a>`] : [];
    });
  return html`<section class="overview">
<p class="guide">Select a resource to see its manifest, what it depends on and where in the code it comes from.</p>
<ul class="legend"><li class="below">depends on</li><li class="above">needed by</li><li class="billed">by bill: what a chart or an operator brings</li></ul>
<h2>Images <span class="count">${images.length}</span></h2>
<p class="verdict${unresolved > 0 ? " open" : ""}">${unresolved > 0 ? `${unresolved} of ${images.length} not resolved to a digest` : "all resolved to a digest"}</p>
<table class="images"><thead><tr><th>Image</th><th>Used by</th></tr></thead><tbody>
${lines(images.map((image) => html`<tr><td>${reference(image)}</td><td>${folded(users(image))}</td></tr>`))}
</tbody></table>
<h2>Outputs <span class="count">${Object.keys(outputs).length}</span></h2>
<table class="outputs"><thead><tr><th>Name</th><th>Value</th></tr></thead><tbody>
${lines(Object.entries(outputs).map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${output(value)}</td></tr>`))}
</tbody></table>
<p class="keys"><kbd>/</kbd> find <kbd>←</kbd> <kbd>↑</kbd> <kbd>↓</kbd> <kbd>→</kbd> move <kbd>Tab</kbd> next layer <kbd>Enter</kbd> open <kbd>Esc</kbd> close</p>
</section>`;
}

/** An image's reference, its name made plain among host, folder, tag and digest. */
function reference({ reference: text, resolved }: PlannedImage): Html {
  const [place = text, digest] = text.split("@", 2);
  const cut = place.lastIndexOf("/") + 1;
  const [name = "", tag] = place.slice(cut).split(":", 2);
  const state = resolved
    ? html`<span class="digest" title="${digest}">${digest?.slice(0, 19)}…</span>`
    : html`<span class="unresolved">no digest</span>`;
  return html`<span class="host">${place.slice(0, cut)}</span><b>${name}</b>${tag && html`<wbr>:${tag}`} ${state}`;
}

/** The first three, the others behind a click. */
function folded(links: readonly Html[]): Html {
  const items = links.map((link) => html`<li>${link}</li>`);
  const rest = items.slice(3);
  return html`<ul>${items.slice(0, 3)}</ul>${rest.length > 0 && html`<details><summary>${rest.length} more</summary><ul>${rest}</ul></details>`}`;
}

function output(value: Json): Html {
  if (value === SECRET) return html`<span class="secret">${value}</span>`;
  if (value === UNKNOWN) return html`<span class="unknown">${value}</span>`;
  return html`<span class="code">${typeof value === "string" ? value : JSON.stringify(value)}</span>`;
}

function lines(parts: readonly Html[]): Html {
  return new Html(parts.map(({ text }) => text).join("\n"));
}

/** The address of a resource within the page. */
function hrefOf(id: string): string {
  return `#${encodeURI(id.toWellFormed()).replaceAll("#", "%23")}`;
}
