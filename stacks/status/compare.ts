import { parseQuantity } from "../../constructs/footprint/quantity.ts";
import { at, isObject, type JsonObject } from "../../constructs/kernel/json.ts";
import { HOLE } from "../wanted/index.ts";

/** A field that is not what the file says. */
export interface Difference {
  /** `spec.replicas`, `spec.template.spec.containers[main].image`. */
  readonly field: string;
  /** What the file says; undefined where it says nothing, and nothing may be there. */
  readonly wanted: unknown;
  readonly found: unknown;
}

/** Maps that hold what was set and nothing else: what more is in them changes what is chosen or read. */
const CLOSED = /(?:^|\.)(?:matchLabels|data|binaryData)$|^spec\.selector$/;
/** Of a NetworkPolicy that is all of it: one more peer opens a door. */
const CLOSED_POLICY = /^spec(?:[.[]|$)/;
/** Where amounts stand, which the API server writes in its own way: `1000m` as `1`. */
const AMOUNTS = /(?:^|\.)(?:requests|limits|overhead)\.[^.]+$|\.(?:size|sizeLimit|storage|averageValue)$/;
/** Where durations stand, which controllers write in full: `2160h` as `2160h0m0s`. */
const DURATIONS = /\.(?:duration|renewBefore|interval|scrapeTimeout)$/;

/**
 * Where an object is not what was asked for. Only what was asked for is compared: a cluster fills in much more, and
 * others may add labels and annotations. Holes are not compared, nor is what a server writes in another way.
 */
export function differences(wanted: { readonly [key: string]: unknown }, live: JsonObject): Difference[] {
  const { apiVersion: _, kind, metadata, ...rest } = wanted;
  const closed = kind === "NetworkPolicy" ? CLOSED_POLICY : CLOSED;
  const [labels, annotations] = [at(metadata, "labels"), at(metadata, "annotations")];
  return [
    ...Object.entries(rest).flatMap(([key, value]) => compare(value, live[key], key, closed)),
    ...compare(labels, at(live, "metadata", "labels"), "metadata.labels", closed),
    ...compare(annotations, at(live, "metadata", "annotations"), "metadata.annotations", closed),
  ];
}

function compare(wanted: unknown, found: unknown, field: string, closed: RegExp): Difference[] {
  if (wanted === HOLE || wanted === undefined || wanted === null) return [];
  // what is empty is left out by the API server
  if (found === undefined && isEmpty(wanted, field, closed)) return [];
  if (Array.isArray(wanted)) return compareLists(wanted, found, field, closed);
  if (isObject(wanted)) return compareMaps(wanted, found, field, closed);
  return isSame(wanted, found, field) ? [] : [{ field, wanted, found }];
}

function compareMaps(
  wanted: Readonly<Record<string, unknown>>,
  found: unknown,
  field: string,
  closed: RegExp,
): Difference[] {
  if (!isObject(found)) return [{ field, wanted, found }];
  const differing = Object.entries(wanted).flatMap(([key, value]) =>
    compare(value, found[key], step(field, key), closed),
  );
  if (!closed.test(field)) return differing;
  // whatever the value: a key that is asked for must be there
  const absent = Object.keys(wanted).filter((key) => wanted[key] === HOLE && found[key] === undefined);
  const more = Object.keys(found).filter((key) => !Object.hasOwn(wanted, key));
  return [
    ...differing,
    ...absent.map((key) => ({ field: step(field, key), wanted: HOLE, found: undefined })),
    ...more.map((key) => ({ field: step(field, key), wanted: undefined, found: found[key] })),
  ];
}

/** Members with names are compared by name: their order says nothing where they have one. */
function compareLists(wanted: readonly unknown[], found: unknown, field: string, closed: RegExp): Difference[] {
  if (!Array.isArray(found)) return [{ field, wanted, found }];
  const items: readonly unknown[] = found;
  const key = ["name", "mountPath"].find((each) => isKeyed(wanted, each) && isKeyed(items, each));
  if (key === undefined)
    return Array.from({ length: Math.max(wanted.length, items.length) }).flatMap((_, i) =>
      i < wanted.length ? compare(wanted[i], items[i], `${field}[${i}]`, closed) : extra(items[i], `${field}[${i}]`),
    );
  const byKey = new Map(items.map((item) => [keyOf(item, key), item]));
  const asked = new Set(wanted.map((item) => keyOf(item, key)));
  return [
    ...wanted.flatMap((item) =>
      compare(item, byKey.get(keyOf(item, key)), `${field}[${String(keyOf(item, key))}]`, closed),
    ),
    ...[...byKey].flatMap(([name, item]) => (asked.has(name) ? [] : extra(item, `${field}[${String(name)}]`))),
  ];
}

function extra(found: unknown, field: string): Difference[] {
  return [{ field, wanted: undefined, found }];
}

function isSame(wanted: unknown, found: unknown, field: string): boolean {
  if (wanted === found) return true;
  if (AMOUNTS.test(field)) return sameAs(parseQuantity, wanted, found);
  if (DURATIONS.test(field)) return sameAs(secondsOf, wanted, found);
  return false;
}

function sameAs(read: (text: string) => number | undefined, wanted: unknown, found: unknown): boolean {
  const [one, other] = [read(String(wanted)), read(String(found))];
  return one !== undefined && one === other;
}

/** Seconds of a duration as Go writes it; undefined if it is none. */
function secondsOf(text: string): number | undefined {
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (!match || text === "") return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return hours * 3600 + minutes * 60 + seconds;
}

/** Whether it says nothing, or nothing that is known: but a key that is asked for must be there. */
function isEmpty(value: unknown, field: string, closed: RegExp): boolean {
  if (value === "" || value === 0 || value === false || value === HOLE) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (!isObject(value)) return false;
  const inner = Object.entries(value);
  return (
    (inner.length === 0 || !closed.test(field)) && inner.every(([key, each]) => isEmpty(each, step(field, key), closed))
  );
}

function isKeyed(list: readonly unknown[], key: string): boolean {
  const keys = list.map((item) => keyOf(item, key));
  return list.length > 0 && keys.every((each) => typeof each === "string") && new Set(keys).size === keys.length;
}

function keyOf(item: unknown, key: string): unknown {
  return isObject(item) ? item[key] : undefined;
}

function step(field: string, key: string): string {
  return /^[\w-]+$/.test(key) ? `${field}.${key}` : `${field}["${key}"]`;
}
