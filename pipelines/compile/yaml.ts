import { stringify } from "yaml";
import type { Compiled } from "./compile.ts";

/**
 * The YAML text of a compiled pipeline as KFP reads it: the IR, and in a second document what only Kubernetes knows.
 * Keys are in order, lines are not folded, and a text that YAML 1.1 would read as something else is quoted.
 */
export function toPipelineYaml({ pipelineSpec, platformSpec }: Compiled): string {
  const documents = platformSpec ? [pipelineSpec, platformSpec] : [pipelineSpec];
  const options = { lineWidth: 0, aliasDuplicateObjects: false, compat: "yaml-1.1", sortMapEntries: true } as const;
  return documents.map((document) => stringify(document, options)).join("---\n");
}
