import type { Problem } from "../../constructs/kernel/errors.ts";
import type { Concern, Environment } from "./config.ts";

/** The concerns of an environment that are sound in themselves. */
export interface Sound {
  readonly environment: Partial<Environment>;
  readonly concerns: ReadonlySet<Concern>;
  /** ` (the … profile's default)` where the file doesn't write the setting. */
  readonly origin: (path: string) => string;
}

/** What must hold between settings, and why. */
export interface Rule {
  /** The rule and its reason, a sentence. */
  readonly about: string;
  readonly check: (sound: Sound) => readonly Problem[];
}

function has<Key extends Concern>(
  sound: Sound,
  needs: readonly Key[],
): sound is Sound & { readonly environment: Pick<Environment, Key> } {
  return needs.every((need) => sound.concerns.has(need));
}

type Origin = Sound["origin"];

/** A rule over the concerns that it names; it waits until all of them are sound. */
export function rule<Key extends Concern>(
  about: string,
  needs: readonly Key[],
  check: (environment: Pick<Environment, Key>, origin: Origin) => Problem | readonly Problem[] | undefined,
): Rule {
  return {
    about,
    check: (sound) => (has(sound, needs) ? [check(sound.environment, sound.origin) ?? []].flat() : []),
  };
}

/** A rule of the production profile alone. */
export function production<Key extends Concern>(
  about: string,
  needs: readonly Key[],
  check: (environment: Pick<Environment, Key>) => Problem | undefined,
): Rule {
  const all = rule<Key>(about, needs, check);
  return {
    about,
    check: (sound) => (has(sound, ["profile"]) && sound.environment.profile === "production" ? all.check(sound) : []),
  };
}

/** What is wrong with a number that is too small for production, if it is. */
export function tooFew(path: string, found: number, least: number, reason: string): Problem | undefined {
  if (found >= least) return undefined;
  return { path, message: `found ${found}; allowed: ${least} or more in production, so that ${reason}` };
}
