import type { curveOf as CurveOf } from "./curve.ts";
import type { PageNode } from "./data.ts";
import type { detailsOf as DetailsOf } from "./details.ts";
import type { PageElement, PageWindow } from "./dom.ts";
import type {
  listen as Listen,
  LiveObject,
  LivePipeline,
  LiveState,
  runningOf as RunningOf,
  stagesOf as StagesOf,
} from "./live.ts";
import type { yamlOf as YamlOf } from "./yaml.ts";

/**
 * The page's program. Its source text is put into the page, so it uses nothing but its parameters; all text reaches
 * the document as text, never as HTML. The address says what is selected: `#Kind/title`, or `#` and a URN.
 */
export function browse(
  window: PageWindow,
  detailsOf: typeof DetailsOf,
  curveOf: typeof CurveOf,
  yamlOf: typeof YamlOf,
  live: {
    readonly listen: typeof Listen;
    readonly runningOf: typeof RunningOf;
    readonly stagesOf: typeof StagesOf;
    readonly address: string;
  },
): void {
  const { document, location, history } = window;
  const nodes: readonly PageNode[] = JSON.parse(find("#plan").textContent ?? "[]");
  const neededBy = nodes.map((): number[] => []);
  for (const [i, { dependsOn }] of nodes.entries()) for (const other of dependsOn) neededBy[other]?.push(i);
  const places = new Map(
    nodes.flatMap(({ id, urn }, i): [string, number][] => [
      [id, i],
      [urn, i],
    ]),
  );
  const cards = new Map<number, PageElement>();
  for (const card of document.querySelectorAll("[data-urn]"))
    cards.set(places.get(card.dataset["urn"] ?? "") ?? -1, card);
  const words = nodes.map(({ inputs: _, dependsOn: _d, ...shown }) =>
    JSON.stringify(Object.values(shown)).toLowerCase(),
  );

  const map = find(".map");
  const edges = find(".edges");
  const details = find(".details");
  const search = find("#search");
  const layer = find("#layer");
  const kind = find("#kind");
  let running: LiveState["objects"] = {};
  let shownPipeline = "";
  let selected: number | undefined;
  /** The node that the focus goes back to, and whether a key opened the details. */
  let opener: PageElement | undefined;
  let byKey = false;

  function find(selector: string): PageElement {
    const found = document.querySelector(selector);
    if (!found) throw new Error(`the page has no ${selector}`);
    return found;
  }

  // filter

  function filter(): void {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [i, card] of cards) {
      const node = nodes[i];
      const text = words[i] ?? "";
      const hit =
        (layer.value === "" || node?.layer === layer.value) &&
        (kind.value === "" || node?.kind === kind.value) &&
        wanted.every((word) => text.includes(word));
      card.hidden = !hit;
      if (hit) shown += 1;
    }
    for (const part of map.querySelectorAll(".group, .band")) part.hidden = !part.querySelector(".node:not([hidden])");
    find(".nothing").hidden = shown > 0;
    find("#shown").textContent =
      shown === nodes.length ? `${shown} resources` : `${shown} of ${nodes.length} resources`;
    rove();
    draw(selected);
  }

  function showAll(): void {
    for (const field of [search, layer, kind]) field.value = "";
    filter();
  }

  // keys: every layer is one stop of the tab key, the arrow keys move on from there

  function visible(scope: PageElement = map): PageElement[] {
    return [...scope.querySelectorAll(".node:not([hidden])")];
  }

  function rove(): void {
    for (const band of map.querySelectorAll(".band")) {
      const members = visible(band);
      const stop = members.find((card) => card.matches(".selected")) ?? members[0];
      for (const card of members) card.tabIndex = card === stop ? 0 : -1;
    }
  }

  function move(from: PageElement, key: string): PageElement | undefined {
    const all = visible();
    const here = all.indexOf(from);
    if (key === "ArrowLeft") return all[here - 1];
    if (key === "ArrowRight") return all[here + 1];
    if (key === "Home") return all[0];
    if (key === "End") return all.at(-1);
    const box = from.getBoundingClientRect();
    let best: { card: PageElement; distance: number } | undefined;
    for (const card of all) {
      const other = card.getBoundingClientRect();
      const down = key === "ArrowDown" ? other.top - box.bottom : box.top - other.bottom;
      const distance = down * 4 + Math.abs(other.left - box.left);
      if (down > -1 && (!best || distance < best.distance)) best = { card, distance };
    }
    return best?.card;
  }

  // edges: those of one node at a time

  function draw(place: number | undefined): void {
    edges.replaceChildren();
    const node = place === undefined ? undefined : nodes[place];
    const card = place === undefined ? undefined : cards.get(place);
    if (!node || !card || card.hidden || place === undefined) return;
    const origin = map.getBoundingClientRect();
    const box = (of: PageElement) => {
      const { left, right, top, bottom } = of.getBoundingClientRect();
      return {
        left: left - origin.left,
        right: right - origin.left,
        top: top - origin.top,
        bottom: bottom - origin.top,
      };
    };
    const from = box(card);
    for (const [name, others] of [
      ["below", node.dependsOn],
      ["above", neededBy[place] ?? []],
    ] as const) {
      const boxes = others.flatMap((other) => {
        const end = cards.get(other);
        return end && !end.hidden ? [box(end)] : [];
      });
      boxes.sort((a, b) => a.left - b.left);
      for (const [i, to] of boxes.entries()) {
        const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
        path.setAttribute("class", boxes.length > 24 ? `${name} many` : name);
        path.setAttribute("d", curveOf(from, to, 0.1 + (0.8 * (i + 0.5)) / boxes.length));
        edges.append(path);
      }
    }
  }

  function relate(): void {
    const node = selected === undefined ? undefined : nodes[selected];
    const below = new Set(node?.dependsOn);
    const above = new Set(selected === undefined ? [] : neededBy[selected]);
    map.classList.toggle("chosen", node !== undefined);
    for (const [i, card] of cards) {
      card.classList.toggle("selected", i === selected);
      card.classList.toggle("below", below.has(i));
      card.classList.toggle("above", above.has(i));
      if (i === selected) card.setAttribute("aria-current", "true");
      else card.removeAttribute("aria-current");
    }
    draw(selected);
  }

  // the address

  function addressOf(place: number): string {
    return `#${encodeURI((nodes[place]?.id ?? "").toWellFormed()).replace(/#/g, "%23")}`;
  }

  function decoded(text: string): string {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  function follow(): void {
    selected = places.get(decoded(location.hash.slice(1)));
    details.hidden = selected === undefined;
    find(".overview").hidden = selected !== undefined;
    document.documentElement.classList.toggle("open", selected !== undefined);
    if (selected !== undefined) show(selected);
    relate();
    rove();
  }

  function show(place: number): void {
    const focus = byKey || details.querySelector(":focus") !== null || window.matchMedia("(width < 68rem)").matches;
    byKey = false;
    const about = { nodes, place, neededBy: neededBy[place] ?? [], running: runningAt(place), addressOf };
    details.replaceChildren(...detailsOf(window, yamlOf, live.runningOf, about));
    find(".panel").scrollTop = 0;
    if (focus) find(".details h2").focus({ preventScroll: true });
    const card = cards.get(place);
    if (card?.hidden) showAll();
    if (!card) return;
    const { top, bottom } = card.getBoundingClientRect();
    if (top < 64 || bottom > window.innerHeight) card.scrollIntoView({ block: "center" });
  }

  // what runs

  function runningAt(place: number): LiveObject | undefined {
    return running[nodes[place]?.identity ?? ""];
  }

  function tell({ state, says, objects, pipeline }: LiveState): void {
    const before = JSON.stringify(selected === undefined ? undefined : runningAt(selected));
    running = objects;
    for (const [i, card] of cards) {
      const now = runningAt(i)?.state;
      if (now === undefined) delete card.dataset["state"];
      else card.dataset["state"] = now;
    }
    announce(state, says);
    tellPipeline(pipeline);
    if (selected === undefined || before === JSON.stringify(runningAt(selected))) return;
    details.querySelector(".running")?.replaceChildren(...live.runningOf(window, "Running here", runningAt(selected)));
  }

  function tellPipeline(pipeline: LivePipeline | undefined): void {
    const now = JSON.stringify(pipeline ?? "");
    if (!pipeline || now === shownPipeline) return;
    shownPipeline = now;
    const section = find(".pipeline");
    section.hidden = false;
    const stages = document.createElement("ol");
    stages.className = "stages";
    stages.append(...live.stagesOf(window, live.runningOf, pipeline.stages));
    const all = pipeline.stages.length > 0 ? [stages] : [];
    section.replaceChildren(...live.runningOf(window, pipeline.name, pipeline), ...all);
    draw(selected);
  }

  function announce(state: string, says: string): void {
    const status = find(".live");
    status.hidden = false;
    status.dataset["state"] = state;
    if (status.textContent !== says) status.textContent = says;
  }

  function close(): void {
    if (selected === undefined) return;
    const card = opener ?? cards.get(selected);
    opener = undefined;
    history.pushState(null, "", location.href.split("#", 1)[0] ?? "");
    follow();
    card?.focus({ preventScroll: true });
  }

  document.addEventListener("click", (event) => {
    const anchor = event.target.closest("a");
    if (anchor?.matches(".close")) {
      event.preventDefault();
      close();
    } else if (anchor?.matches(".node")) {
      opener = anchor;
      byKey = event.detail === 0;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const card = event.target.closest(".node");
    if (event.key === "Escape") {
      if (event.target === search && search.value !== "") showAll();
      else close();
    } else if (event.key === "/" && !event.target.matches("input, select")) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (card && /^(?:Arrow|Home$|End$)/.test(event.key)) {
      event.preventDefault();
      move(card, event.key)?.focus();
    }
  });
  map.addEventListener("focusin", (event) => hover(event.target));
  map.addEventListener("focusout", () => draw(selected));
  map.addEventListener("pointerover", (event) => hover(event.target));
  map.addEventListener("pointerleave", () => draw(selected));

  function hover(target: PageElement): void {
    const card = target.closest(".node");
    draw(card ? places.get(card.dataset["urn"] ?? "") : selected);
  }

  for (const field of [search, layer, kind]) field.addEventListener("input", filter);
  window.addEventListener("hashchange", follow);
  window.addEventListener("resize", () => draw(selected));
  filter();
  follow();
  live.listen(window, live.address, tell, () => announce("stopped", "nothing answers: the run has ended"));
}
