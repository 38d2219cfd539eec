import { type ApiObject, JsonPatch } from "cdk8s";
import { messageOf } from "./errors.ts";
import { at, type JsonObject, objectAt } from "./json.ts";

const PATCHES = Symbol.for("filiera.patches");

/**
 * Patches the finished manifest of an object (RFC 6902). Unlike cdk8s' own `addJsonPatch`, which runs before the
 * mapping to Kubernetes' field names and loses what that mapping does not know, nothing is lost, and a patch that
 * does not fit is an error.
 */
export function patch(object: ApiObject, ...operations: readonly JsonPatch[]): void {
  const holder: { [PATCHES]?: JsonPatch[] } & ApiObject = object;
  holder[PATCHES] = [...(holder[PATCHES] ?? []), ...operations];
}

/**
 * The rendered object with its patches.
 *
 * @throws Error for a patch of cdk8s whose effect was lost, and one of ours that does not fit
 */
export function patched(construct: ApiObject, rendered: unknown): unknown {
  const holder: { [PATCHES]?: JsonPatch[] } & ApiObject = construct;
  for (const lost of lostPatches(construct, rendered))
    throw new Error(
      `the JSON patch of ${lost} was lost: the typed object does not know that field at that place; use patch(object, …) from filiera/constructs`,
    );
  return (holder[PATCHES] ?? []).reduce(applyPatch, rendered);
}

function applyPatch(document: unknown, patch: JsonPatch): unknown {
  const { op, path } = operationOf(patch);
  const keys = keysOf(path);
  const changes = op === "replace" || op === "remove";
  const needed = changes ? keys : keys.slice(0, -1);
  if (at(document, ...needed) === undefined)
    throw new Error(
      `the JSON patch of ${path} does not fit the manifest: there is no /${needed.join("/")} to ${changes ? op : "put it in"}`,
    );
  try {
    return JsonPatch.apply(document, patch);
  } catch (error) {
    // fast-json-patch prints the whole document after the first line
    throw new Error(`the JSON patch of ${path} does not fit the manifest: ${messageOf(error).split("\n", 1)[0]}`);
  }
}

interface Operation {
  readonly op: unknown;
  readonly path: string;
  readonly value: unknown;
}

function operationOf(patch: object): Operation {
  const { op, path, value }: JsonObject = objectAt(patch, "operation");
  return { op, path: String(path), value: JSON.parse(JSON.stringify(value ?? null)) };
}

function keysOf(path: string): string[] {
  const keys = path.split("/").slice(1);
  return keys.map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The paths of public JSON patches whose effect is not in the manifest, where no later patch changed it again. */
function lostPatches(construct: ApiObject, rendered: unknown): string[] {
  const patches: unknown = Reflect.get(construct, "patches");
  const operations = (Array.isArray(patches) ? patches : []).map(operationOf);
  return operations.flatMap((operation, i) => {
    const later = operations.slice(i + 1).some((other) => overlap(scopeOf(operation.path), scopeOf(other.path)));
    return !later && isLost(operation, rendered) ? [operation.path] : [];
  });
}

function isLost({ op, path, value }: Operation, rendered: unknown): boolean {
  const keys = keysOf(path);
  const list = at(rendered, ...keys.slice(0, -1));
  const there: unknown = keys.at(-1) === "-" && Array.isArray(list) ? list.at(-1) : at(rendered, ...keys);
  if (op === "test") return false;
  if (op === "remove") return there !== undefined && scopeOf(path) === path;
  if (there === undefined || op === "move" || op === "copy") return there === undefined;
  if (typeof value !== "object" && typeof there !== "object") return there !== value;
  // a mapping may rename what is inside, but never has a reason to lose some of it
  return leavesOf(there) < leavesOf(value);
}

/** The path itself, or the whole list for an item of one, as items move. */
function scopeOf(path: string): string {
  return path.replace(/\/(?:-|\d+)$/, "");
}

function overlap(a: string, b: string): boolean {
  return `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`);
}

function leavesOf(value: unknown): number {
  if (typeof value !== "object") return 1;
  return Object.values(value ?? {}).reduce((sum: number, item: unknown) => sum + leavesOf(item), 0);
}
