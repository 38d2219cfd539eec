import { stringify } from "yaml";
import type { Compiled } from "./compile.ts";

/**
 * The YAML text of a compiled pipeline as KFP reads it: the IR, and in a second document what only Kubernetes knows.
 * Keys are in order, lines are not folded, and a text that YAML 1.1 would read as something else is quoted.
 */
export function toPipelineYaml({ pipelineSpec, platformSpec }: Compiled): string {
  const documents = platformSpec ? [pipelineSpec, platformSpec] : [pipelineSpec];
  const options = { lineWidth: 0, aliasDuplicateObjects: false, compat: "yaml-1.1" } as const;
  return documents.map((document) => stringify(inOrder(document), options)).join("---\n");
}

/** The same with its keys in order. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, of]) => [key, inOrder(of)]));
}
