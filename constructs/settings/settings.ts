import { z } from "zod";
import { parseQuantity } from "../footprint/quantity.ts";

/** How a setting's leaf is described in messages and in the editors' schema. */
export interface Leaf {
  /** What is allowed, as it reads after "allowed:". */
  readonly expects: string;
  /** A guess at what was meant, from what was found. */
  readonly suggest?: (found: string) => string | undefined;
  /** Whether the value must be encrypted and never shown. */
  readonly secret?: true;
}

/** The leaves by schema; wrappers (`optional`, `default`, `describe`) keep their leaf's entry. */
export const leaves = z.registry<Leaf>();

/** The schema's output, readonly all the way down. */
export type DeepReadonly<T> = T extends Secret
  ? T
  : T extends readonly (infer Item)[]
    ? readonly DeepReadonly<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
      : T;

/** An issue worded for the user, to be shown as it stands; `path` is relative to the checked object. */
export function problem(path: readonly (string | number)[], message: string): z.core.$ZodRawIssue {
  return { code: "custom", message, path: [...path], params: { worded: true }, input: undefined };
}

/**
 * A value that is never shown. It is open where the engine has decrypted it, and sealed where a program only plans
 * or renders: then nobody holds its text.
 */
export class Secret {
  readonly #text: string | undefined;

  private constructor(text: string | undefined) {
    this.#text = text;
    Object.freeze(this);
  }

  static sealed(): Secret {
    return new Secret(undefined);
  }

  static open(text: string): Secret {
    return new Secret(text);
  }

  get isOpen(): boolean {
    return this.#text !== undefined;
  }

  /** The text itself, for the one place that hands it to the engine as a secret. Throws while sealed. */
  reveal(): string {
    if (this.#text === undefined) throw new Error("a sealed secret cannot be revealed: only the engine decrypts it");
    return this.#text;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[secret]";
  }
}

/** A leaf that must be encrypted in the file; by the time it is parsed it is a `Secret`. */
export const secret = z
  .custom<Secret>((value) => value instanceof Secret)
  .register(leaves, { expects: "an encrypted value", secret: true });

/** A whole number within bounds, both included. */
export function count(min: number, max: number) {
  return z.int().min(min).max(max);
}

/** A text that matches, described by what it is. */
export function text(expects: string, pattern: RegExp, max = 253) {
  return z.string().max(max).regex(pattern).register(leaves, { expects });
}

const SIZE = /^(?=[\d.]*[1-9])(\d{1,15}(?:\.\d{1,9})?)(k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)$/;
const NEARLY_SIZE = /^\s*(\d{1,15}(?:\.\d{1,9})?)\s*([kmgtp])(?:i?b|i)?\s*$/i;

/**
 * A size of memory or storage as Kubernetes writes it; the unit is required, as a bare number would be bytes. It comes
 * to whole bytes: the API server calls others invalid.
 */
export const size = z
  .string()
  .regex(SIZE)
  .check(({ value, issues }) => {
    const found = bytes(value);
    if (Number.isInteger(found) || !SIZE.test(value)) return;
    const near = found < 2 ** 20 ? `${Math.ceil(found / 2 ** 10)}Ki` : `${Math.round(found / 2 ** 20)}Mi`;
    issues.push(problem([], `found "${value}", which is ${found} bytes; allowed: whole bytes, such as ${near}`));
  })
  .register(leaves, {
    expects: "a size with its unit, such as 512Mi or 20Gi",
    suggest: (found) => {
      const [, amount, letter] = NEARLY_SIZE.exec(found) ?? [];
      return amount && letter ? `${amount}${letter.toUpperCase()}i` : undefined;
    },
  });

/** A size in bytes. */
export function bytes(written: string): number {
  return parseQuantity(written) ?? Number.NaN;
}

const CPU = /^(?=[\d.]*[1-9])(?:\d{1,9}m|\d{1,6}(?:\.\d{1,3})?)$/;

function canonicalCpu(written: string | number): string {
  const text = String(written);
  const milli = text.endsWith("m") ? Number(text.slice(0, -1)) : Math.round(Number(text) * 1000);
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
}

/** CPUs as Kubernetes writes them, brought to one spelling: 0.5 and "0.5" become 500m. */
export const cpu = z
  .union([z.string().regex(CPU), z.number().min(0.001).max(100_000)])
  .transform(canonicalCpu)
  .register(leaves, { expects: "a number of CPUs, such as 2, 0.5 or 500m" });

/** What a container asks for. CPU has no limit: an idle neighbour's share may be used, and throttling helps nobody. */
export const resources = z
  .strictObject({
    requests: z.strictObject({
      cpu: cpu.describe("CPUs that are set aside, such as 2, 0.5 or 500m"),
      memory: size.describe("memory that is set aside, such as 512Mi or 4Gi"),
    }),
    limits: z
      .strictObject({ memory: size.describe("memory at which the container is killed; default: what it requests") })
      .optional(),
  })
  .check(({ value, issues }) => {
    const { requests, limits } = value;
    if (limits && bytes(limits.memory) < bytes(requests.memory))
      issues.push(
        problem(
          ["limits", "memory"],
          `found "${limits.memory}"; allowed: requests.memory, "${requests.memory}", or more`,
        ),
      );
  })
  // memory can't be taken back from a process, so the limit is what the scheduler counted on
  .transform(({ requests, limits }) => ({ requests, limits: limits ?? { memory: requests.memory } }));

export type Resources = DeepReadonly<z.output<typeof resources>>;

/** Raised by one, the credential is made anew at the next `up`. */
export const credentialGeneration = count(1, 1_000_000)
  .default(1)
  .describe("raise it by one to have the credentials made anew at the next up");

/** Consumers' credentials of which two are let in at a time. */
export const rotation = {
  credentialGeneration,
  previousCredential: z
    .enum(["accepted", "refused"])
    .default("accepted")
    .describe("whether consumers are let in with the credentials of the generation before too"),
};

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";

/** The name of a Kubernetes object. */
export const objectName = text(
  "a name of lower-case letters, digits, hyphens and dots",
  new RegExp(`^${LABEL}(?:\\.${LABEL})*$`),
);

/** The name of a namespace: it is also a label's value, by which policies know it. */
export const namespaceName = text(
  "a namespace's name: at most 63 lower-case letters, digits and hyphens",
  new RegExp(`^${LABEL}$`),
  63,
);

const LABEL_PART = "[A-Za-z0-9](?:[\\w.-]{0,61}[A-Za-z0-9])?";

/** The name of a label, with or without a domain before it. */
export const labelName = text(
  "a label's name, such as release or example.com/team",
  new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*/)?${LABEL_PART}$`),
);

/** The value of a label, which may be empty. */
export const labelValue = text(
  "a label's value: at most 63 letters, digits, dots, hyphens and underscores, a letter or digit at both ends",
  new RegExp(`^(?:${LABEL_PART})?$`),
  63,
);

/** A DNS name of two labels or more. */
export const dnsName = text(
  "a DNS name in lower case, such as ml.example.com",
  new RegExp(`^(?:${LABEL}\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$`),
);

/** A bucket's name: S3's rules without dots, which no wildcard certificate covers. */
export const bucketName = text(
  "a bucket's name: 3 to 63 lower-case letters, digits and hyphens",
  /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
);
