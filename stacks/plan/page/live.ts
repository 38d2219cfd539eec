import type { PageElement, PageWindow } from "./dom.ts";

/** What runs of a plan's objects at this moment: what whoever serves the page tells it. */
export interface LiveState {
  readonly state: "working" | "ready" | "failed" | "stopped";
  /** What it is at, in a line. */
  readonly says: string;
  /** By the identity of the object: `group/Kind/namespace/name`. What is not named does not run. */
  readonly objects: { readonly [identity: string]: LiveObject };
}

/** What became of one object. */
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

/** What runs of the selected object, beside the map. Runs in the page, so it uses nothing but its parameters. */
export function runningOf(window: PageWindow, object: LiveObject | undefined): PageElement[] {
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
    if (!/^(?:https?:\/\/|[a-z]+\/)/.test(href)) return [];
    const link = element("a", "", name);
    link.setAttribute("href", href);
    link.setAttribute("target", "_blank");
    link.setAttribute("rel", "noopener");
    return [element("li", "", link)];
  });
  const made = (object.made ?? []).map((line) => element("li", "", line));
  return [
    element("h3", "", "Running here"),
    state,
    ...(links.length > 0 ? [element("ul", "links", ...links)] : []),
    ...(made.length > 0 ? [element("ul", "made", ...made)] : []),
  ];
}
