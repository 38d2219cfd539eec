import { ApiObject } from "cdk8s";
import type { IConstruct } from "constructs";
import { isFilieraError, messageOf, type Problem, throwProblems } from "./errors.ts";
import { sourcesOf } from "./evaluate.ts";
import { settled } from "./here.ts";
import { identityOf } from "./identity.ts";
import { at, isObject, type JsonObject, listAt, objectAt } from "./json.ts";
import { readLeaf } from "./marker.ts";
import { type ObjectOptions, Options } from "./options.ts";
import { patched } from "./patches.ts";
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

/** @see collect */
export interface CollectOptions {
  /** @default "settled" */
  readonly places?: "settled" | "kept";
}

/**
 * Every object below a construct, in the order of definition, checked: all problems at once.
 * Linear in the number of objects. Places are what they are in a cluster, unless they are kept for a back end.
 *
 * @throws FilieraError for objects that cannot be rendered, spoilt late values and identities used twice.
 */
export function collect(scope: IConstruct, { places = "settled" }: CollectOptions = {}): PlatformObject[] {
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
    objects.push({
      construct,
      identity,
      manifest: places === "kept" ? manifest : settled(manifest),
      options: Options.resolve(construct),
    });
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
  return patched(construct, withoutPathHash(construct.toJson()));
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
