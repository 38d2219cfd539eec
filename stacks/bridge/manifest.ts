import { getVersion } from "@pulumi/kubernetes/utilities.js";
import * as pulumi from "@pulumi/pulumi";
import type { Manifest as KubernetesManifest } from "../../constructs/kernel/objects.ts";
import { apiVersions } from "./aliases.ts";

/** A manifest whose late leaves are Outputs. */
export type Properties = Readonly<Record<string, pulumi.Input<unknown>>>;

/**
 * One object of Kubernetes as one resource, under the type that the typed classes of @pulumi/kubernetes use, so that
 * the provider awaits, compares and protects it in its own way, and policies see it as what it is.
 */
export class Manifest extends pulumi.CustomResource {
  readonly #type: string;

  constructor(
    name: string,
    manifest: KubernetesManifest,
    properties: Properties,
    options: pulumi.CustomResourceOptions,
  ) {
    const type = typeOf(manifest);
    super(
      type,
      name,
      // keys without a value are read back from the cluster
      { status: undefined, ...properties },
      pulumi.mergeOptions(
        {
          version: getVersion(),
          aliases: otherVersions(manifest).map((type) => ({ type })),
          ...(manifest.kind === "Secret" && { additionalSecretOutputs: ["data", "stringData"] }),
        },
        options,
      ),
    );
    this.#type = type;
  }

  /** What the cluster says at a path of the object. */
  field([root, ...path]: readonly string[]): pulumi.OutputInstance<unknown> {
    const value: unknown = root === undefined ? undefined : Reflect.get(this, root);
    if (!pulumi.Output.isInstance(value)) throw new Error(`${this.#type} has no field ${root}`);
    return value.apply((known: unknown) => path.reduce(step, known));
  }
}

function step(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Reflect.get(value, key);
}

/** The resource type that the typed classes have: `core` for the group that has no name. */
export function typeOf({ apiVersion, kind }: KubernetesManifest): string {
  return `kubernetes:${withGroup(apiVersion)}:${kind}`;
}

/** The types that the object would have under other versions of its API: moving between them keeps it. */
function otherVersions({ apiVersion, kind }: KubernetesManifest): string[] {
  const own = withGroup(apiVersion);
  const known = apiVersions[`${own.split("/", 1)[0]}/${kind}`]?.split(" ") ?? [];
  return known.filter((version) => version !== own).map((version) => `kubernetes:${version}:${kind}`);
}

function withGroup(apiVersion: string): string {
  return apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`;
}
