import { Release } from "@pulumi/kubernetes/helm/v3/release.js";
import type * as pulumi from "@pulumi/pulumi";
import { at, isObject, textAt } from "../../constructs/kernel/json.ts";
import type { Manifest } from "../../constructs/kernel/objects.ts";

/** The engine's type of a Helm release. */
export const RELEASE_TYPE = "kubernetes:helm.sh/v3:Release";

/**
 * Installs a chart: one resource, hooks honoured, awaited. A failed first installation undoes itself, so that the next
 * `up` starts afresh.
 */
export function helmRelease(
  name: string,
  manifest: Manifest,
  spec: unknown,
  options: pulumi.CustomResourceOptions,
): pulumi.CustomResource {
  const repo = textAt(manifest, "spec", "repository");
  const values = at(spec, "values");
  return new Release(
    name,
    {
      name: manifest.metadata.name,
      namespace: manifest.metadata.namespace,
      createNamespace: false,
      chart: textAt(manifest, "spec", "chart") ?? "",
      version: textAt(manifest, "spec", "version"),
      ...(repo && { repositoryOpts: { repo } }),
      values: isObject(values) ? { ...values } : {},
      // null takes one of the chart's own values away
      allowNullValues: true,
      atomic: true,
      cleanupOnFail: true,
      // seconds: cert-manager's check after installation alone may take 300
      timeout: 600,
      // each revision is a Secret of half a megabyte
      maxHistory: 3,
    },
    { deleteBeforeReplace: true, ...options },
  );
}
