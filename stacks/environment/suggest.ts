import { distance } from "fastest-levenshtein";

/** Longer texts are not typing errors, and comparing them costs the product of their lengths. */
const LONGEST = 64;

function gap(found: string, known: string): number {
  const [a, b] = [found.toLowerCase(), known.toLowerCase()];
  return a.length >= 3 && b.startsWith(a) ? 1 : distance(a, b);
}

/** The known name that was probably meant, if one is near enough: a third of its letters wrong at most. */
export function nearest(found: string, known: readonly string[]): string | undefined {
  if (found.length > LONGEST) return undefined;
  let best: { name: string; gap: number } | undefined;
  for (const name of known) {
    const between = gap(found, name);
    if (between <= Math.max(1, Math.floor(name.length / 3)) && (!best || between < best.gap))
      best = { name, gap: between };
  }
  return best?.name;
}

/** `; did you mean "…"?`, or nothing. */
export function didYouMean(found: string, known: readonly string[]): string {
  const name = nearest(found, known);
  return name === undefined || name === found ? "" : `; did you mean "${name}"?`;
}
