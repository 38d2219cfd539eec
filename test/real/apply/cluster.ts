import type { FakeNode } from "../control-plane/nodes.ts";

/** A cluster in which every environment finds what it asks for: three zones, and the class of volumes of production. */
export const CLUSTER = {
  nodes: ["a", "b", "c"].flatMap((zone): FakeNode[] => [1, 2].map((i) => ({ name: `${zone}${i}`, zone }))),
  storageClasses: ["standard", "fast-retain"],
} as const;
