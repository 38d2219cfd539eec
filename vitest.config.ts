import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// it changes what a construct is, for all that is loaded with it
const ALONE = ["test/constructs/platform/renaming.test.ts"];

export default defineConfig({
  test: {
    // most of a file's time goes into loading what it tests: each worker does it once
    projects: [
      {
        extends: true,
        test: { name: "shared", isolate: false, include: ["test/**/*.test.ts"], exclude: ["test/real/**", ...ALONE] },
      },
      { extends: true, test: { name: "alone", isolate: true, include: ALONE } },
    ],
    maxWorkers: availableParallelism(),
    // some tests start processes, and machines are noisy
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    reporters: ["default", "./test/support/layers-reporter.ts"],
  },
});
