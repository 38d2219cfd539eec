import type { Reporter } from "vitest/node";
import { type Layer, layers, uncovered } from "./layers.ts";

/** Ends a run with a line for each layer that was skipped, and why. */
export default class LayersReporter implements Reporter {
  onTestRunEnd(): void {
    const all: readonly Layer[] = [...Object.values(layers), ...uncovered];
    for (const { name, missing } of all) if (missing) process.stdout.write(`  skipped: ${name}: ${missing}\n`);
  }
}
