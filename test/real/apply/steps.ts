import { renderPlatform } from "../../../cli/render.ts";
import { identityOf, kindOf } from "../../../constructs/kernel/identity.ts";
import { isObject, type Json, type JsonObject, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import { HELM_RELEASE } from "../../../constructs/operator/operator.ts";
import { RELEASE_TYPE } from "../../../stacks/bridge/release.ts";
import type { Environment } from "../../../stacks/environment/index.ts";
import { says } from "../../support/aws.ts";
import { deployed } from "../../support/deployed.ts";
import { SECRET_SIGNATURE, SIGNATURE } from "../../support/recorded.ts";
import type { KubeObject } from "../control-plane/client.ts";

/** One thing to do in a cluster, and what must be done before. */
export interface Step {
  readonly id: string;
  readonly after: readonly string[];
  readonly does:
    | { readonly kind: "apply"; readonly object: KubeObject; readonly waitFor?: string; readonly skipAwait: boolean }
    /** A Helm release, by its name. */
    | { readonly kind: "install"; readonly release: string }
    /** What is no object of the cluster: a password, a component, a provider. */
    | { readonly kind: "nothing" };
}

/** What `pulumi up` would do, as its program asks for it, every secret as it would be written. */
export async function stepsOfProgram(name: string, environment: Environment): Promise<Step[]> {
  const run = await deployed(name, environment, { preview: false, says });
  const wires = new Map(run.requested.map(({ urn, wire }) => [urn, disclosed(wire)]));
  return run.resources.map(({ urn, type, dependsOn }): Step => {
    const inputs = wires.get(urn);
    const step = { id: urn, after: dependsOn };
    if (type === RELEASE_TYPE) return { ...step, does: { kind: "install", release: textAt(inputs, "name") ?? "" } };
    const object = type.startsWith("kubernetes:") ? kubeObject(inputs) : undefined;
    return { ...step, does: object ? applied(object) : { kind: "nothing" } };
  });
}

/** What a GitOps tool would apply, the holes of its templates filled with their own names. */
export function stepsOfRendering(environment: Environment): Step[] {
  return renderPlatform(environment).map(
    ({ object: { identity, dependsOn, options, manifest }, manifest: rendered }) => {
      const step = { id: identity, after: [...dependsOn.keys()].map((other) => other.identity) };
      if (kindOf(manifest) === HELM_RELEASE)
        return { ...step, does: { kind: "install", release: manifest.metadata.name } };
      const { waitFor, skipAwait = false } = options;
      return { ...step, does: { kind: "apply", object: kubeObjectOf(rendered), waitFor, skipAwait } };
    },
  );
}

/** The steps that apply an object, with it. */
export function appliedBy(steps: readonly Step[]): KubeObject[] {
  return steps.flatMap(({ does }) => (does.kind === "apply" ? [does.object] : []));
}

/** A name of an object for people: `Deployment mlflow/mlflow`. */
export function nameOf(object: KubeObject): string {
  return identityOf(object);
}

/** The provider reads annotations, and so does whoever stands for it. */
function applied(object: KubeObject): Step["does"] {
  const annotations = objectAt(object, "metadata", "annotations");
  return {
    kind: "apply",
    object,
    waitFor: textAt(annotations, "pulumi.com/waitFor"),
    skipAwait: annotations["pulumi.com/skipAwait"] === "true",
  };
}

/** A document as an object of Kubernetes. */
export function kubeObjectOf(value: unknown): KubeObject {
  const object = kubeObject(value);
  if (!object) throw new Error(`${JSON.stringify(value)} is no object of Kubernetes`);
  return object;
}

function kubeObject(value: unknown): KubeObject | undefined {
  const [apiVersion, kind, name] = [
    textAt(value, "apiVersion"),
    textAt(value, "kind"),
    textAt(value, "metadata", "name"),
  ];
  if (!isObject(value) || apiVersion === undefined || kind === undefined || name === undefined) return undefined;
  const namespace = textAt(value, "metadata", "namespace");
  const metadata = { ...objectAt(value, "metadata"), name, ...(namespace !== undefined && { namespace }) };
  return { ...value, apiVersion, kind, metadata };
}

/** What came over the wire, with its secrets. */
function disclosed(value: unknown): Json {
  if (Array.isArray(value)) return value.map(disclosed);
  if (isObject(value)) {
    if (value[SIGNATURE] === SECRET_SIGNATURE) return disclosed(value["value"]);
    const fields: JsonObject = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, disclosed(item)]));
    return fields;
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}
