import { at, isObject } from "../constructs/kernel/json.ts";
import { type Difference, differences } from "./difference.ts";
import { listOf, type Manifests } from "./manifests.ts";

/** What a manifest has at least: other fields may be there too, lists are compared item by item. */
export interface PartialManifest {
  readonly [field: string]: unknown;
}

/** What a matcher says, as vitest, Jest and others understand it. */
export interface Matched {
  readonly pass: boolean;
  readonly message: () => string;
}

/**
 * The matchers as methods of `expect(…)`. Declare them to the types of your test runner once:
 *
 * @example
 * import { type ManifestMatchers, matchers } from "filiera/testing";
 * import { expect } from "vitest";
 *
 * declare module "vitest" {
 *   interface Matchers<R, T> extends ManifestMatchers {}
 * }
 * expect.extend(matchers);
 */
export interface ManifestMatchers {
  /** Among the manifests, or below the construct, is one with at least these fields. */
  toContainManifest(expected: PartialManifest): void;
  /** What has these fields is there, and all of it is created before anything that has those of `later`. */
  toComeBefore(later: PartialManifest, manifests: Manifests): void;
}

/** Matchers for `expect.extend`. */
export const matchers = {
  toContainManifest(received: unknown, expected: PartialManifest): Matched {
    const manifests = listOf(received);
    const found = manifests.find((manifest) => differences(manifest, expected).length === 0);
    return {
      pass: found !== undefined,
      message: () =>
        found === undefined
          ? `there is no manifest with ${JSON.stringify(expected)}${nearest(manifests, expected)}`
          : `there is a manifest with ${JSON.stringify(expected)}: ${nameOf(found)}`,
    };
  },

  toComeBefore(received: unknown, later: PartialManifest, among: Manifests): Matched {
    const manifests = listOf(among);
    const earlier = isObject(received) ? received : {};
    const places = (fields: PartialManifest): number[] =>
      manifests.flatMap((manifest, place) => (differences(manifest, fields).length === 0 ? [place] : []));
    const [before, after] = [places(earlier), places(later)];
    const missing = [...(before.length === 0 ? [earlier] : []), ...(after.length === 0 ? [later] : [])];
    if (missing.length > 0)
      return {
        pass: false,
        message: () => missing.map((fields) => `there is no manifest with ${JSON.stringify(fields)}`).join("\n"),
      };
    const [last, first] = [Math.max(...before), Math.min(...after)];
    return {
      pass: last < first,
      message: () =>
        `${nameOf(manifests[last])} (number ${last + 1}) comes ${last < first ? "before" : "after"} ${nameOf(manifests[first])} (number ${first + 1})`,
    };
  },
} as const;

/** How the manifest that differs the least differs, one of the same kind if there is any. */
function nearest(manifests: readonly unknown[], expected: PartialManifest): string {
  const ofKind = manifests.filter((manifest) => at(manifest, "kind") === expected["kind"]);
  let found: { readonly manifest: unknown; readonly differing: readonly Difference[] } | undefined;
  for (const manifest of ofKind.length > 0 ? ofKind : manifests) {
    const differing = differences(manifest, expected);
    if (!found || differing.length < found.differing.length) found = { manifest, differing };
  }
  if (!found) return ": there are no manifests at all";
  const lines = found.differing.map(({ path, message }) => `\n  ${path}: ${message}`);
  return `; the nearest is ${nameOf(found.manifest)}:${lines.join("")}`;
}

function nameOf(manifest: unknown): string {
  const name = [at(manifest, "metadata", "namespace"), at(manifest, "metadata", "name")].filter(Boolean).join("/");
  return `${at(manifest, "kind")} ${name}`;
}
