import { DEFAULT_SCHEMA, dump, Type } from "js-yaml";
import { stringify } from "yaml";
import type { Compiled } from "./compile.ts";

/** What some reader of YAML 1.1 takes for a number or a day, and js-yaml does not: `1_000`, `1:30`, `1e3`, `0b1`, `2026-1-2`. */
const NUMBER = /^(?:[-+]?(?:0b[01_]+|0x[\da-f_]+|[\d_.:]*(?:e[-+]?\d+)?)|\d{4}-\d\d?-\d\d?)$/i;
/** Reads as a text everywhere, however like a number. */
const VERSION = /^\d+\.\d+\.[\d.]+$/;
/** js-yaml quotes a text that some type of its schema would read as another. */
const schema = DEFAULT_SCHEMA.extend({
  implicit: [
    new Type("tag:yaml.org,2002:number", {
      kind: "scalar",
      resolve: (text: unknown) => typeof text === "string" && NUMBER.test(text) && !VERSION.test(text),
    }),
  ],
});

/** A text whose last line is blanks, in JSON: KFP's readers keep them, others only where it is quoted. */
const BLANK_END = /\\n(?: |\\t)+(?:\\n)*"/;

/**
 * The YAML text of a compiled pipeline as KFP reads it: the IR, and in a second document what only Kubernetes knows.
 * Keys are in order, lines are not folded, and a text that YAML 1.1 would read as something else is quoted.
 */
export function toPipelineYaml({ pipelineSpec, platformSpec }: Compiled): string {
  const documents = platformSpec ? [pipelineSpec, platformSpec] : [pipelineSpec];
  return documents.map(written).join("---\n");
}

/** By js-yaml, which is five times as fast as yaml, with which writing took longer than compiling; yaml quotes more. */
function written(document: object): string {
  return BLANK_END.test(JSON.stringify(document))
    ? stringify(document, { lineWidth: 0, aliasDuplicateObjects: false, compat: "yaml-1.1", sortMapEntries: true })
    : dump(document, { schema, lineWidth: -1, noRefs: true, sortKeys: true });
}
