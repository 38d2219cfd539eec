import type { IConstruct } from "constructs";
import { isObject, objectAt } from "./json.ts";
import { type Late, late, type Tree } from "./late.ts";
import type { Manifest, PlatformObject } from "./objects.ts";
import { podTemplateOf, referencesOf } from "./pods.ts";

/** The annotation of a pod template that changes with what its pods mount or read at start. */
export const CHECKSUM = "filiera.dev/checksum";
const RESTARTS = Symbol.for("filiera.restartsOnChange");

/** Declares that the pods of an object must be restarted when a Secret or ConfigMap that they use changes. */
export function restartOnChange(object: IConstruct): void {
  Object.defineProperty(object, RESTARTS, { value: true });
}

/**
 * Gives the pods that asked for it a checksum of what they use, keyed so that it tells nothing about secrets.
 * Without a key (manifests for GitOps) an annotation for the Reloader controller says the same.
 */
export function withChecksums(objects: readonly PlatformObject[], key: Late | undefined): PlatformObject[] {
  const byIdentity = new Map(objects.map((object) => [object.identity, object]));
  return objects.map((object) => {
    const template = RESTARTS in object.construct ? podTemplateOf(object.manifest) : undefined;
    if (!template) return object;
    if (!key) return { ...object, manifest: annotate(object.manifest, [], "reloader.stakater.com/auto", "true") };
    const used = referencesOf(object.manifest, template.spec).flatMap((name): [string, Tree][] => {
      const found = byIdentity.get(name)?.manifest;
      return found?.kind === "Secret" || found?.kind === "ConfigMap" ? [[name, contentOf(found)]] : [];
    });
    if (used.length === 0) return object;
    const checksum = late.hash(key, Object.fromEntries(used)).toString();
    return { ...object, manifest: annotate(object.manifest, template.path, CHECKSUM, checksum) };
  });
}

function contentOf(manifest: Manifest): Tree {
  return {
    data: { ...treeOf(objectAt(manifest, "data")), ...treeOf(objectAt(manifest, "stringData")) },
    binaryData: treeOf(objectAt(manifest, "binaryData")),
  };
}

function treeOf(values: Readonly<Record<string, unknown>>): Record<string, Tree> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));
}

/** A copy of the manifest with an annotation on the metadata below a path. */
function annotate(manifest: Manifest, path: readonly string[], name: string, value: string): Manifest {
  const metadata = objectAt(manifest, ...path, "metadata");
  const annotated = { ...metadata, annotations: { ...objectAt(metadata, "annotations"), [name]: value } };
  const copy = setAt(manifest, [...path, "metadata"], annotated);
  return { ...manifest, ...copy, metadata: { ...manifest.metadata, ...objectAt(copy, "metadata") } };
}

function setAt(value: unknown, [key, ...rest]: readonly string[], replacement: object): Record<string, never> | object {
  if (key === undefined) return replacement;
  const here = isObject(value) ? value : {};
  return { ...here, [key]: setAt(here[key], rest, replacement) };
}
