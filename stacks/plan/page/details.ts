import type { PageNode } from "./data.ts";
import type { PageElement, PageWindow } from "./dom.ts";
import type { LiveObject, runningOf as RunningOf } from "./live.ts";
import type { yamlOf as YamlOf } from "./yaml.ts";

/** What the details of a node are made from. */
export interface Selection {
  readonly nodes: readonly PageNode[];
  readonly place: number;
  readonly neededBy: readonly number[];
  /** What runs of it. */
  readonly running: LiveObject | undefined;
  addressOf(place: number): string;
}

/** Everything about one node, beside the map. Runs in the page, so it uses nothing but its parameters. */
export function detailsOf(
  window: PageWindow,
  yamlOf: typeof YamlOf,
  runningOf: typeof RunningOf,
  selection: Selection,
): PageElement[] {
  const { nodes, place, neededBy, running, addressOf } = selection;
  const node = nodes[place];
  if (!node) return [];
  const { kind, layer, title, flags, origin } = node;
  const parts = yamlOf(node.inputs);

  function element(tag: string, className: string, ...children: readonly (PageElement | string)[]): PageElement {
    const made = window.document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  }

  function heading(): PageElement[] {
    const close = element("a", "close", "×");
    close.setAttribute("href", "#");
    close.setAttribute("aria-label", "Close");
    const name = element("h2", "", title);
    name.tabIndex = -1;
    const pills = flags.map((flag) => element("span", "flag", flag));
    return [
      close,
      element("p", "eyebrow", `${kind} · ${layer}`),
      name,
      ...(pills.length > 0 ? [element("p", "flags", ...pills)] : []),
    ];
  }

  function facts({ asks, bill, images, type, urn }: PageNode): PageElement {
    const list = element("dl", "facts");
    const fact = (name: string, className: string, ...values: readonly (string | undefined)[]) => {
      const known = values.filter((value) => value !== undefined && value !== "");
      if (known.length > 0)
        list.append(element("dt", "", name), ...known.map((value) => element("dd", className, value ?? "")));
    };
    fact("Asks for", "", asks.join(" · ") + (bill && asks.length > 0 ? ", as its bill says" : ""));
    fact("Images", "code", ...images);
    fact("Made by", "", origin?.noun);
    fact("In the code", "code", origin?.source);
    fact("Construct", "code", origin?.construct);
    fact("Type", "code", type);
    fact("Identity", "code", urn);
    return list;
  }

  function relations(name: string, className: string, others: readonly number[]): PageElement[] {
    if (others.length === 0) return [];
    const links = others.map((other) => {
      const name = element("span", "", nodes[other]?.title ?? "");
      const link = element("a", "", name, " ", element("span", "kind", nodes[other]?.kind ?? ""));
      link.setAttribute("href", addressOf(other));
      return element("li", "", link);
    });
    const count = element("span", "count", String(others.length));
    return [element("h3", className, `${name} `, count), element("ul", "relations", ...links)];
  }

  function copyButton(): PageElement[] {
    const { clipboard } = window.navigator;
    if (!clipboard) return [];
    const button = element("button", "", "Copy");
    button.addEventListener("click", () => {
      clipboard.writeText(parts.map(({ text }) => text).join("")).then(
        () => button.replaceChildren("Copied"),
        () => button.replaceChildren("Refused"),
      );
    });
    return [button];
  }

  const code = element("code", "");
  for (const { is, text } of parts) code.append(is === "mark" || is === "text" ? text : element("span", is, text));
  return [
    ...heading(),
    element("div", "running", ...runningOf(window, "Running here", running)),
    facts(node),
    ...relations("Depends on", "below", node.dependsOn),
    ...relations("Needed by", "above", neededBy),
    element("h3", "", "Manifest", ...copyButton()),
    element("pre", "yaml", code),
  ];
}
