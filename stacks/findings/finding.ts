/**
 * What a check comes to: `fine`; `note`, what its reader should know; `problem`, what must be mended; `unknown`, where
 * it could not look.
 */
export type Verdict = "fine" | "note" | "problem" | "unknown";

/** What one check found in one place. */
export interface Finding {
  /** Name of the check: `storage`. */
  readonly check: string;
  readonly verdict: Verdict;
  /** Path of the setting, or what the object is to the cluster: `mlflow/Deployment mlflow`. */
  readonly path: string;
  /** What was found, and what is allowed: lower case, no full stop. */
  readonly found: string;
  /** How to mend it; a `problem` has one. */
  readonly fix?: string;
}

/** Findings of one check, made one by one. */
export interface Findings {
  fine(path: string, found: string): Finding;
  note(path: string, found: string, fix?: string): Finding;
  problem(path: string, found: string, fix: string): Finding;
  unknown(path: string, found: string, fix?: string): Finding;
}

/** What a check says, under its name. */
export function findingsOf(check: string): Findings {
  const make =
    (verdict: Verdict) =>
    (path: string, found: string, fix?: string): Finding => ({
      check,
      verdict,
      path,
      found,
      ...(fix !== undefined && { fix }),
    });
  return { fine: make("fine"), note: make("note"), problem: make("problem"), unknown: make("unknown") };
}

/** Where findings were looked for. */
export interface Report {
  readonly environment: string;
  /** The context that the environment names, where a cluster was looked at. */
  readonly context?: string;
  /** URL of its API server, once that is known. */
  readonly server?: string;
  /** Version of the API server, once it has answered. */
  readonly kubernetes?: string;
  /** Where it was not a cluster: what else, in words. */
  readonly place?: string;
  readonly findings: readonly Finding[];
}

/**
 * Exit status of a command: 0, all is well; 1, there are problems; 2, there are none as far as it could look, or it
 * never reached what it was to look at.
 */
export function exitCodeOf({ kubernetes, place, findings }: Report): 0 | 1 | 2 {
  if (kubernetes === undefined && place === undefined) return 2;
  if (findings.some(({ verdict }) => verdict === "problem")) return 1;
  return findings.some(({ verdict }) => verdict === "unknown") ? 2 : 0;
}

/** An answer of the cluster, or why there is none. */
export type Answer<T> =
  | { readonly kind: "known"; readonly value: T }
  | { readonly kind: "refused"; readonly why: string };

export function known<T>(value: T): Answer<T> {
  return { kind: "known", value };
}

/** Findings of a check that needs an answer; where there is none, that it could not look. */
export function given<T>(
  answer: Answer<T>,
  { unknown }: Findings,
  path: string,
  check: (value: T) => readonly Finding[],
): readonly Finding[] {
  return answer.kind === "known" ? check(answer.value) : [unknown(path, `could not look: ${answer.why}`)];
}
