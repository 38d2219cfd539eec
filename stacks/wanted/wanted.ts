import { App } from "cdk8s";
import { generationName } from "../../constructs/connections/generation.ts";
import { type Bound, bind } from "../../constructs/kernel/bind.ts";
import { withChecksums } from "../../constructs/kernel/checksum.ts";
import { isObject } from "../../constructs/kernel/json.ts";
import { late } from "../../constructs/kernel/late.ts";
import { collect } from "../../constructs/kernel/objects.ts";
import { type OrderedObject, order } from "../../constructs/kernel/order.ts";
import { withoutFields } from "../../constructs/kernel/render.ts";
import { platform } from "../../constructs/platform/platform.ts";
import type { Environment } from "../environment/index.ts";

/** Stands in a manifest where only a deployment knows the value. */
export const HOLE = Symbol.for("filiera.hole");

export type Holed = Bound<typeof HOLE>;
export type HoledObject = { readonly [key: string]: Holed };

/** An object that the environment's file asks for. */
export interface WantedObject extends OrderedObject {
  /** What it says of the object, with holes for what only a deployment knows, without fields that others own. */
  readonly holed: HoledObject;
}

/** Every object that an environment asks for, in order. Reads nothing but the environment. */
export function wantedObjects(environment: Environment): WantedObject[] {
  const { pullSecret } = environment.images;
  const { chart } = platform(new App(), environment, {
    secret: (name, generation) => late.named(generationName(name, generation)),
    ...(pullSecret && { registryPassword: late.named("registry/password") }),
    ...(environment.backup && { backupKey: late.named("backup/key") }),
  });
  return order(chart, withChecksums(collect(chart), late.named("checksums"))).map((object) => {
    const owned = withoutFields(object.manifest, object.options.ignoreChanges);
    const holed: Holed = bind<typeof HOLE>(owned, () => HOLE);
    return { ...object, holed: isHoledObject(holed) ? holed : {} };
  });
}

function isHoledObject(value: Holed): value is HoledObject {
  return isObject(value);
}
