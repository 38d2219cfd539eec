import type { IConstruct } from "constructs";

/** The layers of a platform, from the ground up: how a plan is read. They say nothing about order. */
export const layers = ["cluster", "secrets", "namespaces", "operators", "trust", "data", "tracking"] as const;

export type Layer = (typeof layers)[number];

const LAYER = Symbol.for("filiera.layer");

/** Says to which layer a construct and everything inside it belongs. */
export function setLayer(construct: IConstruct, layer: Layer): void {
  Object.defineProperty(construct, LAYER, { value: layer });
}

/** The layer of a construct: its own or that of the nearest construct around it; `tracking` where none is said. */
export function layerOf(construct: IConstruct): Layer {
  for (const scope of construct.node.scopes.reverse()) {
    const holder: { [LAYER]?: Layer } & IConstruct = scope;
    if (holder[LAYER]) return holder[LAYER];
  }
  return "tracking";
}
