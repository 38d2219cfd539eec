import { type Browser, chromium } from "playwright-core";
import { findCommand, searchPath } from "../../../local/programs/find.ts";
import { folderOf } from "../prepared.ts";
import type { Tool } from "../tools/tool.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** A browser of the system's: tests install none. */
export const browser: Tool = {
  name: "chromium",
  cost: "nothing: it is only looked for",
  sources: () => [],
  find: () => searchPath().find((folder) => programIn(folder) !== undefined),
  missing: () => `there is no ${NAMES.join(", ")} on PATH`,
  make: () => Promise.reject(new Error("it comes with the system")),
};

/** Starts it without a window; it asks nobody outside for anything. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: programIn(folderOf(browser)) ?? "",
    args: [
      // there is no sandbox for root, and the pages are ours
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
}

function programIn(folder: string): string | undefined {
  return NAMES.flatMap((name) => findCommand(name, [folder]) ?? [])[0];
}
