import type { PageElement, PageWindow } from "./dom.ts";

/** What runs of a plan's objects at this moment: what whoever serves the page tells it. */
export interface LiveState {
  readonly state: "working" | "ready" | "failed" | "stopped";
  /** What it is at, in a line. */
  readonly says: string;
  /** By the identity of the object: `group/Kind/namespace/name`. What is not named does not run. */
  readonly objects: { readonly [identity: string]: LiveObject };
  /** What a pipeline does on what runs. @default - there is none */
  readonly pipeline?: LivePipeline;
}

/** A pipeline that runs, or ran, on the platform. */
export interface LivePipeline extends LiveObject {
  readonly name: string;
  readonly stages: readonly LiveStage[];
}

/** A stage of a pipeline. */
export interface LiveStage extends LiveObject {
  readonly name: string;
}

/** What became of one object, or of one stage of a pipeline. */
export interface LiveObject {
  readonly state: "waiting" | "working" | "ready" | "failed";
  /** Why it is so, in a line. @default - goes without saying */
  readonly says?: string;
  /** Where to look: a user interface, a log. Addresses are http(s), or relative to the page. @default - nowhere */
  readonly links?: readonly { readonly name: string; readonly href: string }[];
  /** What it brought about, a line each. @default - nothing to tell of */
  readonly made?: readonly string[];
}

/** Address, relative to the page, of the stream of `LiveState`s: server-sent events, each a whole state as JSON. */
export const EVENTS = "events";

/**
 * Listens to whoever serves the page. A page that is a file listens to nobody; one that nobody answers stays a plan.
 * Runs in the page, so it uses nothing but its parameters.
 */
export function listen(window: PageWindow, address: string, tell: (state: LiveState) => void, lost: () => void): void {
  if (!/^https?:$/.test(window.location.protocol)) return;
  let heard = false;
  const stream = new window.EventSource(address);
  stream.addEventListener("message", ({ data }) => {
    heard = true;
    const state: LiveState = JSON.parse(data);
    tell(state);
  });
  stream.addEventListener("error", () => heard && lost());
}

/** What runs of an object, below a heading. Runs in the page, so it uses nothing but its parameters. */
export function runningOf(window: PageWindow, heading: string, object: LiveObject | undefined): PageElement[] {
  if (!object) return [];
  function element(tag: string, className: string, ...children: readonly (PageElement | string)[]): PageElement {
    const made = window.document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  }
  const state = element("p", "state", object.says ? `${object.state}: ${object.says}` : object.state);
  state.dataset["state"] = object.state;
  const links = (object.links ?? []).flatMap(({ name, href }) => {
    if (!/^(?:https?:\/\/|(?:\.\.\/)?[a-z]+\/)/.test(href)) return [];
    const link = element("a", "", name);
    link.setAttribute("href", href);
    link.setAttribute("target", "_blank");
    link.setAttribute("rel", "noopener");
    return [element("li", "", link)];
  });
  const made = (object.made ?? []).map((line) => element("li", "", line));
  return [
    element("h3", "", heading),
    state,
    ...(links.length > 0 ? [element("ul", "links", ...links)] : []),
    ...(made.length > 0 ? [element("ul", "made", ...made)] : []),
  ];
}

/** The stages of a pipeline, side by side. Runs in the page, so it uses nothing but its parameters. */
export function stagesOf(window: PageWindow, running: typeof runningOf, stages: readonly LiveStage[]): PageElement[] {
  return stages.map((stage) => {
    const item = window.document.createElement("li");
    item.append(...running(window, stage.name, stage));
    return item;
  });
}

/** How stages look, on every page that shows them; a state's colour is that page's `--state`. */
export const stageStyle = `
.stages { display: grid; grid-template-columns: repeat(auto-fit, minmax(11.5rem, 1fr)); gap: 1px; margin: 12px 0 0; padding: 0; list-style: none; background: var(--line); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.stages > li { padding: 10px 14px 12px; background: var(--card); overflow-wrap: anywhere; }
.stages h3 { font-size: 13px; font-weight: 600; margin: 0; }
.stages ul { list-style: none; margin: 6px 0 0; padding: 0; font-size: 12.5px; line-height: 1.45; }
.stages .made { max-height: 13rem; overflow-y: auto; }
.stages .made li { padding: 1px 0; }
.stages a { text-underline-offset: 3px; }
.stages .state, .pipeline > .state { display: flex; gap: 8px; align-items: baseline; margin: 2px 0 0; font-size: 12.5px; }
.stages .state::before, .pipeline > .state::before { content: ""; flex: none; width: 9px; height: 9px; border-radius: 50%; background: var(--state); }
`;
