import { createHash } from "node:crypto";
import { messageOf } from "../../../constructs/kernel/errors.ts";
import { cached, inCache } from "../../../local/cache.ts";

/** Something that real tests run and npm does not bring: found on this machine, or made once and kept outside the tree. */
export interface Tool {
  /** Also the beginning of its folder's name in the cache. */
  readonly name: string;
  /** What making it takes, said before it is made: `compiled by Go: 4 minutes on two cores, 122 MB`. */
  readonly cost: string;
  /** Texts from which it is made, versions and recipe among them: others make another tool. */
  sources(): readonly string[];
  /** Where it is already, outside the cache. @default - nowhere */
  find?(): string | undefined;
  /** Why it cannot be made here; undefined where it can. */
  missing(): string | undefined;
  /** Makes it in an empty folder. */
  make(folder: string): Promise<void>;
}

/** Where a tool is, or why it is not there. */
export type Found = { readonly folder: string } | { readonly missing: string };

/** Circumstances of a preparation. */
export interface Preparation {
  /** Whether a tool that could be made here, and was not, is a failure and not a reason to skip. */
  readonly strict: boolean;
  /** Is told what happens, line by line. */
  readonly say: (line: string) => void;
}

/**
 * Finds a tool, or makes it in the cache: of two runs at once the second waits for the first, and a build that was
 * killed leaves nothing that looks whole.
 *
 * @throws Error where it is strict and a tool that can be made here fails to be.
 */
export async function prepare(tool: Tool, { strict, say }: Preparation): Promise<Found> {
  const { name } = tool;
  const elsewhere = tool.find?.();
  if (elsewhere !== undefined) {
    say(`${name}: ${elsewhere}`);
    return { folder: elsewhere };
  }
  const key = `${name}-${hashOf(tool)}`;
  const kept = inCache("tools", key);
  if (kept !== undefined) return { folder: kept };
  const missing = tool.missing();
  if (missing !== undefined) return { missing };
  const started = performance.now();
  const make = (folder: string): Promise<void> => {
    say(`${name}: ${tool.cost}; kept in ${folder}`);
    return tool.make(folder);
  };
  try {
    const { folder, made } = await cached("tools", key, make, {
      waiting: () => say(`${name}: another run makes it`),
    });
    if (made) say(`${name}: made in ${Math.round((performance.now() - started) / 1000)} s`);
    return { folder };
  } catch (error) {
    const failed = `${name} could not be made: ${messageOf(error)}`;
    if (strict) throw new Error(failed, { cause: error });
    return { missing: failed };
  }
}

function hashOf(tool: Tool): string {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}`);
  for (const text of tool.sources()) hash.update(`\0${text}`);
  return hash.digest("hex").slice(0, 16);
}
