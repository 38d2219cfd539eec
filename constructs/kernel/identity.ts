import type { Manifest } from "./objects.ts";

/** The group of an apiVersion; empty for core kinds. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** `group/Kind`, whatever the version. */
export function kindOf(manifest: Pick<Manifest, "apiVersion" | "kind">): string {
  return `${groupOf(manifest.apiVersion)}/${manifest.kind}`;
}

/** `group/Kind/namespace/name`: what an object is to its cluster, whatever its version and wherever it is defined. */
export function identityOf(manifest: Pick<Manifest, "apiVersion" | "kind" | "metadata">): string {
  return identity(kindOf(manifest), manifest.metadata.namespace, manifest.metadata.name);
}

/** Puts an identity together; `kind` is `group/Kind`. */
export function identity(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}/${namespace ?? ""}/${name}`;
}
