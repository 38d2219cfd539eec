import { FilieraError, type Problem } from "../../constructs/kernel/errors.ts";
import { Secret } from "../../constructs/settings/settings.ts";
import { type Concern, concerns, type Environment, environmentConfig, NAMESPACE, profileConfig } from "./config.ts";
import { concernOf, freeze, isMapping, join, kindOf, type Mapping, overlay, PlainCopy } from "./data.ts";
import { explain } from "./problems.ts";
import { type ProfileDefaults, profiles } from "./profiles.ts";
import type { Sound } from "./rule.ts";
import { rules } from "./rules.ts";
import { nearest } from "./suggest.ts";
import { core, entry, leafOf, type Schema } from "./walk.ts";

/** How secrets stand in what is parsed. */
export interface ParseOptions {
  /** `sealed`: as in the file, `{secure: …}`, which nobody here can read; `open`: decrypted by the engine, a text. */
  readonly secrets: "sealed" | "open";
  /** The environment's name, for the commands in messages. @default - `<env>` */
  readonly name?: string;
}

const isConcern = (name: string): name is Concern => Object.hasOwn(concerns, name);

/** What is wrong with a key of the configuration, if it is one of ours or nearly so. */
function keyProblem(key: string): Problem | undefined {
  const colon = key.indexOf(":");
  const name = key.slice(colon + 1);
  const isOurs = key.startsWith(NAMESPACE);
  if (isOurs && isConcern(name)) return undefined;
  const isForeign = colon > 0 && !isOurs && nearest(key.slice(0, colon), ["filiera"]) === undefined;
  if (isForeign) return undefined;
  const meant = nearest(name, Object.keys(concerns));
  const known = Object.keys(concerns).map((each) => NAMESPACE + each);
  return {
    path: /^[\w:.-]{1,60}$/.test(key) ? key : join("config", key),
    message: `unknown key; ${meant ? `did you mean "${NAMESPACE}${meant}"?` : `known here: ${known.join(", ")}`}`,
  };
}

/** Puts a `Secret` where the schema has one; what can't be one stays, to be complained about. */
function wrapSecrets(schema: Schema, value: unknown, mode: ParseOptions["secrets"]): unknown {
  if (leafOf(core(schema))?.secret) {
    if (mode === "open") return typeof value === "string" && value !== "" ? Secret.open(value) : value;
    const isSealed = isMapping(value) && Object.keys(value).length === 1 && typeof value["secure"] === "string";
    return isSealed && value["secure"] !== "" ? Secret.sealed() : value;
  }
  const inside = (step: string | number, inner: unknown) => {
    const found = entry(schema, value, step);
    return found ? wrapSecrets(found, inner, mode) : inner;
  };
  if (Array.isArray(value)) return value.map((item, index) => inside(index, item));
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inside(key, inner)]));
}

/** Our keys as plain data, without their prefix, and what was wrong with the keys and the data. */
function read(raw: Mapping) {
  const copy = new PlainCopy();
  const given: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(raw)) {
    const wrong = keyProblem(key);
    if (wrong) copy.problems.push(wrong);
    else if (key.startsWith(NAMESPACE) && value !== undefined) given[key.slice(NAMESPACE.length)] = copy.of(value, key);
  }
  return { given, problems: copy.problems };
}

/** What a path like `filiera:mlflow.replicas` has in the file. */
function isWritten(given: unknown, path: string): boolean {
  let value = given;
  for (const step of path.slice(NAMESPACE.length).split(".")) value = isMapping(value) ? value[step] : undefined;
  return value !== undefined;
}

/** Our schema on each concern; those without a problem are sound and go on to the rules. */
function check(given: Mapping, defaults: Mapping, wrong: ReadonlySet<Concern>, stack: string) {
  const whole = overlay(defaults, given);
  const parsed = environmentConfig.safeParse(whole, { jitless: true });
  const issues = parsed.error?.issues ?? [];
  const unsound = new Set<string>([...wrong, ...issues.map((issue) => String(issue.path[0]))]);
  const problems = explain(environmentConfig, whole, issues, stack);
  const sound = new Set(Object.keys(concerns).filter((name): name is Concern => isConcern(name) && !unsound.has(name)));
  return { environment: parsed.data, problems, sound, whole };
}

/** A profile's defaults, without those of what is there only where the file asks for it. */
function asked({ kafka, ...defaults }: ProfileDefaults, given: Mapping): Partial<ProfileDefaults> {
  return given["kafka"] === undefined ? defaults : { ...defaults, kafka };
}

/** The sound concerns alone, typed. */
function partly(whole: unknown, sound: ReadonlySet<string>): Partial<Environment> {
  const kept = isMapping(whole) ? Object.entries(whole).filter(([name]) => sound.has(name)) : [];
  return environmentConfig.partial().safeParse(Object.fromEntries(kept), { jitless: true }).data ?? {};
}

/** One order for all, and nothing twice: neither may hang on the order of keys in the file. */
function arranged(problems: readonly Problem[]): Problem[] {
  const unique = new Map(problems.map((each) => [`${each.path}\n${each.message}`, each]));
  return [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

/**
 * The environment that the configuration means: checked, every default filled in, frozen.
 * Throws a `FilieraError` with all that is wrong, each with its path.
 */
export function parseEnvironment(raw: Readonly<Record<string, unknown>>, options: ParseOptions): Environment {
  if (!isMapping(raw))
    throw FilieraError.at("config", `found ${kindOf(raw)}; allowed: a mapping of filiera:<concern> keys`);
  const { given: plain, problems } = read(raw);
  const given = wrapSecrets(environmentConfig, plain, options.secrets);
  const profile = profileConfig.safeParse(plain["profile"]).data;
  // with an unknown profile, laptop's defaults, which leave out nothing, keep its consequences out of the list
  const defaults = asked(profiles[profile ?? "laptop"], plain);
  const damaged = new Set(
    Object.keys(concerns)
      .filter(isConcern)
      .filter((name) => problems.some(({ path }) => concernOf(path) === NAMESPACE + name)),
  );
  const checked = check(isMapping(given) ? given : {}, defaults, damaged, options.name ?? "<env>");
  const sound: Sound = {
    environment: checked.environment ?? partly(checked.whole, checked.sound),
    concerns: checked.sound,
    origin: (path) => (isWritten(plain, path) ? "" : profile ? ` (the ${profile} profile's default)` : " (a default)"),
  };
  const all = arranged([...problems, ...checked.problems, ...rules.flatMap((rule) => rule.check(sound))]);
  if (all.length > 0 || !checked.environment) throw new FilieraError(all);
  return freeze(checked.environment);
}

/**
 * The configuration as Pulumi's engine hands it to a program, where every value is a text and the structured ones are
 * JSON. To be parsed with `secrets: "open"`.
 */
export function configFromEngine(config: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      if (!key.startsWith(NAMESPACE) || !/^\s*[[{]/.test(value)) return [key, value];
      try {
        const parsed: unknown = JSON.parse(value);
        return [key, parsed];
      } catch {
        return [key, value];
      }
    }),
  );
}
