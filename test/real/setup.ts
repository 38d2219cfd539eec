import type { TestProject } from "vitest/node";
import { layers, type RealLayer } from "./layers.ts";
import { type Found, prepare, type Tool } from "./tools/tool.ts";

/** Before all tests: finds or makes what they run, one thing after the other, since each takes all cores. */
export default async function setup(project: TestProject): Promise<void> {
  const all: readonly RealLayer[] = Object.values(layers);
  const tools = new Set<Tool>(all.flatMap((layer) => layer.tools));
  const found: Record<string, Found> = {};
  for (const tool of tools)
    found[tool.name] = await prepare(tool, {
      strict: process.env["CI"] !== undefined && process.env["CI"] !== "false",
      say: (line) => process.stdout.write(`  ${line}\n`),
    });
  project.provide("tools", found);
}
