import { Release } from "@pulumi/kubernetes/helm/v3/release.js";
import type * as pulumi from "@pulumi/pulumi";
import { at, isObject, objectAt, textAt } from "../../constructs/kernel/json.ts";
import type { Manifest } from "../../constructs/kernel/objects.ts";

/** The engine's type of a Helm release. */
export const RELEASE_TYPE = "kubernetes:helm.sh/v3:Release";

/** Installs a chart: one resource, hooks honoured, awaited. */
export function helmRelease(
  name: string,
  manifest: Manifest,
  spec: pulumi.Input<unknown>,
  options: pulumi.CustomResourceOptions,
): pulumi.CustomResource {
  const { name: releaseName, namespace } = manifest.metadata;
  const { timeoutSeconds } = objectAt(manifest, "spec");
  const repo = textAt(manifest, "spec", "repository");
  return new Release(
    name,
    {
      name: releaseName,
      namespace,
      chart: textAt(manifest, "spec", "chart") ?? "",
      version: textAt(manifest, "spec", "version"),
      ...(repo && { repositoryOpts: { repo } }),
      values: pulumiObject(at(spec, "values")),
      timeout: typeof timeoutSeconds === "number" ? timeoutSeconds : undefined,
    },
    options,
  );
}

function pulumiObject(value: unknown): { [key: string]: unknown } {
  return isObject(value) ? { ...value } : {};
}
