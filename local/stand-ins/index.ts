import { certManager } from "./cert-manager.ts";
import { cloudNativePg } from "./cloudnative-pg.ts";
import type { StandIn } from "./stand-in.ts";
import { strimzi } from "./strimzi.ts";

export type { StandIn, StandInContext } from "./stand-in.ts";

/** What stands for operators, by the kinds that are theirs. */
export const standIns: Readonly<Record<string, StandIn>> = { ...certManager, ...cloudNativePg, ...strimzi };
