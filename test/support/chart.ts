import { ApiObject, App, Chart } from "cdk8s";
import type { Construct } from "constructs";

/** An empty chart, the root of a test's tree. */
export function chart(id = "test"): Chart {
  return new Chart(new App(), id);
}

/** The parts of an object that a test cares about. */
export interface Parts {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly [field: string]: unknown;
}

/** A ConfigMap in the namespace `team`, or whatever else is said. */
export function object(scope: Construct, id: string, parts: Parts = {}): ApiObject {
  const { apiVersion = "v1", kind = "ConfigMap", name = id, namespace = "team", ...fields } = parts;
  return new ApiObject(scope, id, { apiVersion, kind, metadata: { name, namespace }, ...fields });
}

/** An object without a namespace. */
export function clusterObject(scope: Construct, id: string, parts: Parts): ApiObject {
  const { apiVersion = "v1", kind = "ConfigMap", name = id, ...fields } = parts;
  return new ApiObject(scope, id, { apiVersion, kind, metadata: { name }, ...fields });
}
