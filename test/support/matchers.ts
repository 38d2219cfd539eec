import { expect } from "vitest";
import { type ManifestMatchers, matchers } from "../../testing/index.ts";

declare module "vitest" {
  // the parameters of vitest's own interface
  interface Matchers<R, T> extends ManifestMatchers {}
}

expect.extend(matchers);
