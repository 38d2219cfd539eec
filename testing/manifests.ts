import { Construct, type IConstruct } from "constructs";
import type { JsonObject } from "../constructs/kernel/json.ts";
import { render } from "../constructs/kernel/render.ts";

/** Manifests in order, or the construct that they are rendered from. */
export type Manifests = IConstruct | readonly JsonObject[];

/**
 * The manifests of the objects below a construct, in the order in which they would be created; what is late stands in
 * them as a hole such as `${postgres/mlflow}`.
 *
 * @throws FilieraError where the objects cannot be rendered
 */
export function manifestsOf(scope: IConstruct): JsonObject[] {
  return render(scope).map(({ manifest }) => manifest);
}

/** Renders what is not rendered yet. */
export function listOf(manifests: unknown): readonly unknown[] {
  if (Construct.isConstruct(manifests)) return manifestsOf(manifests);
  if (Array.isArray(manifests)) return manifests;
  throw new TypeError("manifests are a construct, or what manifestsOf made of one");
}
