import type { Late } from "../kernel/late.ts";

/**
 * The generations of a consumer's credential. Each has a name of its own, so that two of them are let in at a time: the
 * new one is there before anybody uses it, and the one before it stays until the next.
 */
export interface Generations {
  /** Raised by one to rotate the credential. From 2 on the consumer's name has the generation at its end. @default 1 */
  readonly generation?: number;
  /** The secret of the generation before, which is let in still. @default - it is refused */
  readonly previous?: Late;
}

/** A name to sign in by, and its secret. */
export interface Credential {
  readonly name: string;
  readonly secret: Late;
}

/** Ends of names that a rotation makes: no consumer may be called so. */
const GENERATION = /[-_]g\d+$/;

/** Whether a consumer's name is taken for a rotated credential's. */
export function endsInGeneration(name: string): boolean {
  return GENERATION.test(name);
}

/** Why it is refused, as it reads after the name. */
export const GENERATION_REFUSED = "a name that ends in g and a number is that of a rotated credential";

/** What a credential is called in its generation: `mlflow` at first, then `mlflow-g2`. */
export function generationName(name: string, generation: number, hyphen: "-" | "_" = "-"): string {
  return generation === 1 ? name : `${name}${hyphen}g${generation}`;
}

/** The credentials that are let in: the one in use, and the one before it where that is. */
export function credentials(
  name: string,
  secret: Late,
  { generation = 1, previous }: Generations,
  hyphen?: "-" | "_",
): readonly [Credential, ...Credential[]] {
  return [
    { name: generationName(name, generation, hyphen), secret },
    ...(previous && generation > 1 ? [{ name: generationName(name, generation - 1, hyphen), secret: previous }] : []),
  ];
}
