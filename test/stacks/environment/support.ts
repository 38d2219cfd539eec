import { isFilieraError } from "../../../constructs/kernel/errors.ts";
import { type Environment, loadEnvironmentFile, parseEnvironment } from "../../../stacks/environment/index.ts";

export type Raw = Record<string, unknown>;
export const NAMES = ["local", "dev", "staging", "prod"] as const;

/** The smallest configuration of a profile that parses. */
export function smallest(profile: string): Raw {
  const cluster = { kind: "existing", context: "here" };
  if (profile === "laptop") return { "filiera:profile": profile, "filiera:cluster": cluster };
  return {
    "filiera:profile": profile,
    "filiera:cluster": cluster,
    "filiera:state": {
      backend: { kind: "s3", bucket: "states", region: "eu-central-1" },
      secrets: { kind: "awskms", key: "alias/states", region: "eu-central-1" },
    },
    "filiera:domain": "ml.example.com",
    "filiera:images": { registry: "registry.example.com/filiera" },
  };
}

export function parse(raw: Raw): Environment {
  return parseEnvironment(raw, { secrets: "sealed", name: "dev" });
}

export function parseFile(name: string): Environment {
  return parseEnvironment(loadEnvironmentFile("environments", name), { secrets: "sealed", name });
}

/** The lines that a user would see; any other error is thrown on. */
export function complaints(action: () => unknown): readonly string[] {
  try {
    action();
    return [];
  } catch (error) {
    if (!isFilieraError(error)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}
