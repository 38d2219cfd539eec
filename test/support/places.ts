import { settled } from "../../constructs/kernel/here.ts";
import type { Text } from "../../constructs/kernel/late.ts";

/** A text or a number with its places as they are in a cluster. */
export function inCluster(value: Text | number): unknown {
  return settled({ value: typeof value === "number" ? value : String(value) }).value;
}
