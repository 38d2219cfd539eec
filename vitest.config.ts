import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/real/**"],
    reporters: ["default", "./test/support/layers-reporter.ts"],
  },
});
