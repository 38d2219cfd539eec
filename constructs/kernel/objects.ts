import { ApiObject, JsonPatch } from "cdk8s";
import type { IConstruct } from "constructs";
import { isFilieraError, messageOf, type Problem, throwProblems } from "./errors.ts";
import { sourcesOf } from "./evaluate.ts";
import { identityOf } from "./identity.ts";
import { at, isObject, type JsonObject, listAt, objectAt } from "./json.ts";
import { readLeaf } from "./marker.ts";
import { type ObjectOptions, Options } from "./options.ts";
import { podTemplateOf } from "./pods.ts";

/** An object of Kubernetes as it will be applied, late values still as markers. */
export interface Manifest extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonObject & { readonly name: string; readonly namespace?: string };
}

/** One object of the platform. */
export interface PlatformObject {
  readonly construct: ApiObject;
  /** `group/Kind/namespace/name`, without the version: what the object is to the cluster. */
  readonly identity: string;
  readonly manifest: Manifest;
  readonly options: ObjectOptions;
}

/** A label that cdk8s-plus sets: a hash of the construct's path, which a rename would change. */
const PATH_HASH = "cdk8s.io/metadata.addr";
const CDK8S_PREFIX = /^Failed serializing construct at path '.*?' with name '.*?': (?:\w*Error: )?/;
const PATCHES = Symbol.for("filiera.patches");
const COMPLETION = Symbol.for("filiera.completion");

/**
 * Calls back once, when the whole tree is defined and before its objects are read: for what can be made only when
 * all of its parts are known, such as an object named by a hash of what was added to it.
 */
export function whenComplete(construct: IConstruct, action: () => void): void {
  const holder: { [COMPLETION]?: (() => void)[] } & IConstruct = construct;
  holder[COMPLETION] = [...(holder[COMPLETION] ?? []), action];
}

function complete(scope: IConstruct): void {
  for (let found = true; found; ) {
    found = false;
    for (const construct of scope.node.findAll()) {
      const holder: { [COMPLETION]?: (() => void)[] } & IConstruct = construct;
      for (let action = holder[COMPLETION]?.shift(); action; action = holder[COMPLETION]?.shift()) {
        found = true;
        action();
      }
    }
  }
}

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
 * Every object below a construct, in the order of definition, checked: all problems at once.
 * Linear in the number of objects.
 *
 * @throws FilieraError for objects that cannot be rendered, spoilt late values and identities used twice.
 */
export function collect(scope: IConstruct): PlatformObject[] {
  const objects: PlatformObject[] = [];
  const problems: Problem[] = [];
  const owners = new Map<string, string>();
  complete(scope);
  for (const construct of scope.node.findAll()) {
    if (!ApiObject.isApiObject(construct)) continue;
    const path = construct.node.path;
    const manifest = finish(construct, problems);
    if (!manifest) continue;
    const identity = identityOf(manifest);
    const owner = owners.get(identity);
    if (owner !== undefined)
      problems.push({
        path,
        message: `is ${identity}, and so is ${owner}: give one of them another name or namespace`,
      });
    owners.set(identity, path);
    objects.push({ construct, identity, manifest, options: Options.resolve(construct) });
  }
  throwProblems(problems);
  return objects;
}

function finish(construct: ApiObject, problems: Problem[]): Manifest | undefined {
  const path = construct.node.path;
  try {
    const rendered = asManifest(render(construct));
    const before = problems.length;
    for (const message of problemsOf(rendered)) problems.push({ path, message });
    return problems.length === before ? rendered : undefined;
  } catch (error) {
    if (isFilieraError(error)) problems.push(...error.problems);
    else problems.push({ path, message: messageOf(error).replace(CDK8S_PREFIX, "") });
    return undefined;
  }
}

function render(construct: ApiObject): unknown {
  const holder: { [PATCHES]?: JsonPatch[] } & ApiObject = construct;
  const rendered: unknown = withoutPathHash(construct.toJson());
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

function asManifest(rendered: unknown): Manifest {
  const metadata = objectAt(rendered, "metadata");
  const { name, namespace } = metadata;
  if (isObject(rendered) && typeof name === "string" && (namespace === undefined || typeof namespace === "string")) {
    const { apiVersion, kind } = rendered;
    if (typeof apiVersion === "string" && typeof kind === "string")
      return { ...rendered, apiVersion, kind, metadata: { ...metadata, name, ...(namespace && { namespace }) } };
  }
  throw new Error("is not an object of Kubernetes: it needs apiVersion, kind and metadata.name, all of them text");
}

function problemsOf(manifest: Manifest): string[] {
  const { apiVersion, kind, metadata } = manifest;
  const problems: string[] = [];
  for (const [field, value] of Object.entries({ apiVersion, kind, name: metadata.name, namespace: metadata.namespace }))
    if (readLeaf(value).kind !== "plain")
      problems.push(`${field} is late: an object's identity must be known when it is planned`);
  if (problems.length === 0) scan(manifest, "", problems);
  const selector = at(manifest, "spec", "selector");
  if (podTemplateOf(manifest) && isObject(selector)) {
    const chosen = [...Object.keys(objectAt(selector, "matchLabels")), ...listAt(selector, "matchExpressions")];
    if (chosen.length === 0) problems.push("spec.selector is empty, which would select every pod");
  }
  return problems;
}

function scan(value: unknown, path: string, problems: string[]): void {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) scan(item, `${path}[${i}]`, problems);
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (readLeaf(key).kind !== "plain") problems.push(`${path}: a map key is late: keys must be known when planned`);
      else scan(item, path === "" ? key : `${path}.${key}`, problems);
    }
  } else {
    const message = problemOf(value);
    if (message !== undefined) problems.push(`${path}: ${message}`);
  }
}

function problemOf(value: unknown): string | undefined {
  const leaf = readLeaf(value);
  if (leaf.kind === "broken") return leaf.message;
  try {
    if (leaf.kind === "late") sourcesOf(leaf.expression);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Drops the hash of the construct's path from labels; in a selector it is an error. */
function withoutPathHash(rendered: unknown): unknown {
  if (!mentionsPathHash(rendered)) return rendered;
  return strip(rendered, []);
}

function mentionsPathHash(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(mentionsPathHash);
  if (!isObject(value)) return false;
  return Object.hasOwn(value, PATH_HASH) || value["key"] === PATH_HASH || Object.values(value).some(mentionsPathHash);
}

function strip(value: unknown, path: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item, i) => strip(item, [...path, String(i)]));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).flatMap(([key, item]): [string, unknown][] => {
    if (key !== PATH_HASH && !(key === "key" && item === PATH_HASH)) return [[key, strip(item, [...path, key])]];
    if (path.at(-1) === "labels" && path.at(-2) === "metadata") return [];
    throw new Error(
      `${path.join(".")} selects by ${PATH_HASH}, a hash of the construct's path, so that renaming it would replace the object: select by labels of your own (select: false, then select(…))`,
    );
  });
  return Object.fromEntries(entries);
}
