import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** A layer of tests that needs more than npm. */
export interface Layer {
  readonly name: string;
  /** Why it cannot run here; undefined where it can. */
  readonly missing: string | undefined;
}

/** The real CRDs of the components: beside a checkout in development, in no clone. */
export const CRDS = join(import.meta.dirname, "../../../shared/crds");

/** What KFP's own SDK compiles: beside a checkout in development, in no clone. */
export const KFP_IR = join(import.meta.dirname, "../../../shared/kfp-ir");

export const layers = {
  crds: {
    name: "custom resources against their CRDs",
    missing: existsSync(CRDS) ? undefined : "there is no shared/crds beside the project",
  },
  kfpIr: {
    name: "pipelines as KFP's own SDK compiles them",
    missing: existsSync(KFP_IR) ? undefined : "there is no shared/kfp-ir beside the project",
  },
  python: {
    name: "INI values as Python reads them",
    missing: works("python3", "--version") ? undefined : "there is no python3 on PATH",
  },
} as const satisfies Readonly<Record<string, Layer>>;

/** The layers that other commands cover: said in every run, so that nobody takes silence for proof. */
export const uncovered: readonly Layer[] = [
  { name: "a real Kubernetes", missing: "npm run test:real" },
  { name: "rendered containers as processes", missing: "npm run test:real" },
  { name: "a real Pulumi engine", missing: "npm run test:real, with Pulumi on PATH" },
];

function works(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
