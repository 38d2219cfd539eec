import { inject } from "vitest";
import { missing, type RealLayer } from "./layers.ts";
import type { Tool } from "./tools/tool.ts";

/** For `describe.skipIf`: whether a layer is skipped, and a title that says why. */
export function skipped(layer: RealLayer): { readonly skip: boolean; readonly title: string } {
  const reason = missing(layer, inject("tools"));
  return { skip: reason !== undefined, title: reason === undefined ? layer.name : `${layer.name}: ${reason}` };
}

/** The folder of a tool that is there. */
export function folderOf({ name }: Tool): string {
  const found = inject("tools")[name];
  if (!found || "missing" in found) throw new Error(`${name} is not there`);
  return found.folder;
}
