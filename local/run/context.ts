import type { Manifest } from "../../constructs/kernel/objects.ts";
import type { StandInContext } from "../stand-ins/index.ts";
import { type RunFolder, readJson, writeWhole } from "./folder.ts";
import type { Part } from "./plan.ts";
import type { World } from "./world.ts";

/** What stand-ins are given of a run. */
export function contextOf(
  { certificates }: RunFolder,
  world: World,
  parts: readonly Part[],
  note: (message: string) => void,
): StandInContext {
  return {
    world,
    objects: new Map(parts.map(({ identity, manifest }): [string, Manifest] => [identity, manifest])),
    kept: {
      get: <T>(key: string) => readJson<Record<string, T>>(certificates)?.[key],
      set: (key, value) => {
        const all = readJson<Record<string, unknown>>(certificates) ?? {};
        writeWhole(certificates, JSON.stringify({ ...all, [key]: value }), 0o600);
      },
    },
    note,
  };
}
