import type { Problem } from "../constructs/kernel/errors.ts";

/** As many as a screen holds. */
const SHOWN = 12;

/** Problems as people read them: where, what, and how to mend it; at most a screen of them. */
export function formatProblems(problems: readonly Problem[], outcome = "nothing was written"): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const lines = problems.slice(0, SHOWN).map(({ path, message }) => `  ${path}: ${message}`);
  const more = problems.length > SHOWN ? [`  … and ${problems.length - SHOWN} more`] : [];
  return [`${count}, ${outcome}:`, ...lines, ...more].join("\n");
}
