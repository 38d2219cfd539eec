/**
 * The part of the DOM that the page's program uses. TypeScript's own description of it is global: it would put names
 * such as `Text`, `Node` and `Range` into every file of the project.
 */
export interface PageWindow {
  readonly document: PageDocument;
  readonly location: { readonly hash: string; readonly href: string; readonly protocol: string };
  readonly history: { pushState(state: null, title: string, url: string): void };
  readonly innerHeight: number;
  readonly navigator: { readonly clipboard?: { writeText(text: string): Promise<void> } };
  addEventListener(type: string, listener: () => void): void;
  matchMedia(query: string): { readonly matches: boolean };
  readonly EventSource: new (address: string) => PageStream;
  readonly DOMParser: new () => {
    parseFromString(text: string, type: "image/svg+xml"): { readonly documentElement: PageElement };
  };
}

/** A stream of server-sent events; the browser connects anew by itself. */
export interface PageStream {
  addEventListener(type: "message", listener: (event: { readonly data: string }) => void): void;
  addEventListener(type: "error", listener: () => void): void;
}

export interface PageDocument {
  readonly activeElement: PageElement | null;
  readonly documentElement: PageElement;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
  createElement(tag: string): PageElement;
  createElementNS(namespace: string, tag: string): PageElement;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
}

export interface PageElement {
  hidden: boolean;
  value: string;
  className: string;
  tabIndex: number;
  scrollTop: number;
  textContent: string | null;
  readonly dataset: { [name: string]: string | undefined };
  readonly classList: { toggle(name: string, on: boolean): void };
  append(...children: readonly (PageElement | string)[]): void;
  replaceChildren(...children: readonly (PageElement | string)[]): void;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  closest(selector: string): PageElement | null;
  matches(selector: string): boolean;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
  getBoundingClientRect(): PageRect;
  focus(options?: { readonly preventScroll: boolean }): void;
  select(): void;
  scrollIntoView(options: { readonly block: "center" }): void;
}

export interface PageRect {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface PageEvent {
  readonly target: PageElement;
  readonly key: string;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  /** Clicks: 0 when a key made it. */
  readonly detail: number;
  preventDefault(): void;
}
