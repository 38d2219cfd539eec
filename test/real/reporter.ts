import type { Reporter, Vitest } from "vitest/node";
import { layers, missing, type RealLayer } from "./layers.ts";

/** Ends a run with a line for each layer that was skipped, and why. */
export default class RealReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(): void {
    const { tools } = this.#vitest?.getRootProject().getProvidedContext() ?? {};
    const all: readonly RealLayer[] = Object.values(layers);
    for (const layer of all) {
      const reason = missing(layer, tools ?? {});
      if (reason !== undefined) process.stdout.write(`  skipped: ${layer.name}: ${reason}\n`);
    }
  }
}
