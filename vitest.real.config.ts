import { defineConfig } from "vitest/config";

// what runs against real components: `npm run test:real` finds or makes them first
export default defineConfig({
  test: {
    include: ["test/real/**/*.test.ts"],
    globalSetup: ["test/real/setup.ts"],
    // each has a cluster of its own, and waits for it half of the time
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    reporters: ["default", "./test/real/reporter.ts"],
  },
});
