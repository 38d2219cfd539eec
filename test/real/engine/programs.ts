import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Tool } from "../tools/tool.ts";

/** What `up` runs: the engine, its host for Node, and the providers of our resources. */
const PROGRAMS = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-kubernetes", "pulumi-resource-random"];

/** Pulumi's engine, where all of it is on PATH; it is fetched from nowhere. */
export const engine: Tool = {
  name: "pulumi",
  cost: "found on PATH, never made",
  sources: () => [],
  find: () => (absent().length === 0 ? onPath("pulumi") : undefined),
  missing: () => `not on PATH: ${absent().join(", ")}`,
  make: () => Promise.reject(new Error("Pulumi is found on PATH, never made")),
};

function absent(): string[] {
  return PROGRAMS.filter((program) => onPath(program) === undefined);
}

function onPath(program: string): string | undefined {
  return (process.env["PATH"] ?? "").split(delimiter).find((folder) => existsSync(join(folder, program)));
}
