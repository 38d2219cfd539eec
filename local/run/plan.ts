import { identityOf, kindOf } from "../../constructs/kernel/identity.ts";
import type { Manifest } from "../../constructs/kernel/objects.ts";
import type { OrderedObject } from "../../constructs/kernel/order.ts";
import { type StandIn, standIns } from "../stand-ins/index.ts";
import { type Pod, podOf, type Service, serviceOf } from "./pod.ts";

/** What becomes of an object of the platform on this machine. */
export interface Part {
  readonly identity: string;
  readonly manifest: Manifest;
  readonly dependsOn: readonly string[];
  readonly standIn: StandIn | undefined;
  /** What the stand-in makes of it, or the object itself. */
  readonly objects: readonly Manifest[];
  /** Pods of these. */
  readonly pods: readonly Pod[];
  readonly services: readonly Service[];
  /** What kinds nothing does anything with here. */
  readonly isRun: boolean;
}

const DATA = new Set(["/Secret", "/ConfigMap", "/Service", "/Namespace"]);

/** What a machine makes of the objects, in their order. */
export function partsOf(objects: readonly OrderedObject[]): Part[] {
  return objects.map(({ identity, manifest, dependsOn }) => {
    const standIn = standIns[kindOf(manifest)];
    const made = standIn ? (standIn.objects?.(manifest) ?? []) : [manifest];
    const pods = made.flatMap((each) => podOf(each) ?? []).map((pod) => ({ ...pod, object: identity }));
    return {
      identity,
      manifest,
      dependsOn: [...dependsOn.keys()].map((before) => before.identity),
      standIn,
      objects: made,
      pods,
      services: made.flatMap((each) => serviceOf(each) ?? []),
      isRun: standIn !== undefined || pods.length > 0 || DATA.has(kindOf(manifest)),
    };
  });
}

/** Objects that hold data, by identity. */
export function dataIn(parts: readonly Part[]): Map<string, Manifest> {
  const all = parts.flatMap(({ objects }) => objects);
  const data = all.filter((each) => each.apiVersion === "v1" && (each.kind === "Secret" || each.kind === "ConfigMap"));
  return new Map(data.map((each) => [identityOf(each), each]));
}
