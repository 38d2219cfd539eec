import { identityOf } from "../../constructs/kernel/identity.ts";
import { at, isObject, listAt, objectAt, textAt } from "../../constructs/kernel/json.ts";

/** A resource in a stack's state. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly parent?: string;
  readonly provider?: string;
  /** URNs of what it needs. */
  readonly dependencies?: readonly unknown[];
}

/** Something that a killed run had begun, and of which nobody knows how it ended. */
export interface PendingOperation {
  readonly operation: string;
  readonly resource: StateResource;
}

/** What `pulumi stack export` says of a stack. */
export interface StackState {
  readonly resources: readonly StateResource[];
  readonly pending: readonly PendingOperation[];
}

/** Reads what `pulumi stack export` printed. */
export function readState(exported: unknown): StackState {
  return {
    resources: listAt(exported, "deployment", "resources").map(resourceOf),
    pending: listAt(exported, "deployment", "pending_operations").map((each) => ({
      operation: textAt(each, "type") ?? "",
      resource: resourceOf(each["resource"]),
    })),
  };
}

/** A resource as Pulumi writes it, in a state or in an event. */
export function resourceOf(value: unknown): StateResource {
  const [parent, provider, dependencies] = [
    textAt(value, "parent"),
    textAt(value, "provider"),
    at(value, "dependencies"),
  ];
  return {
    urn: textAt(value, "urn") ?? "",
    type: textAt(value, "type") ?? "",
    id: textAt(value, "id") ?? "",
    inputs: objectAt(value, "inputs"),
    ...(parent && { parent }),
    ...(provider && { provider }),
    ...(Array.isArray(dependencies) && { dependencies }),
  };
}

/** The type and name of a resource: its URN without stack, project and parents. */
export function nameOf(urn: string): string {
  const [, , types = "", ...name] = urn.split("::");
  return `${types.split("$").at(-1)}::${name.join("::")}`;
}

/** `group/Kind/namespace/name` of an object of Kubernetes, if the resource is one. */
export function identityIn({ type, inputs }: Pick<StateResource, "type" | "inputs">): string | undefined {
  const { apiVersion, kind, metadata } = inputs;
  if (!type.startsWith("kubernetes:") || typeof apiVersion !== "string" || typeof kind !== "string") return undefined;
  const name = at(metadata, "name");
  if (typeof name !== "string" || !isObject(metadata)) return undefined;
  const namespace = textAt(metadata, "namespace");
  return identityOf({ apiVersion, kind, metadata: { name, ...(namespace && { namespace }) } });
}
