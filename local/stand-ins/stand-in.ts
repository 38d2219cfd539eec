import type { Manifest } from "../../constructs/kernel/objects.ts";
import type { World } from "../run/world.ts";

/** What a stand-in may do when its object's turn comes. */
export interface StandInContext {
  readonly world: World;
  /** Every object, by identity. */
  readonly objects: ReadonlyMap<string, Manifest>;
  /** Keeps a document from one run to the next. */
  readonly kept: { get<T>(key: string): T | undefined; set(key: string, value: unknown): void };
  readonly note: (message: string) => void;
}

/** What an operator would make of a custom resource: core objects, and what it does once they run. */
export interface StandIn {
  /** Objects in the order in which they are needed. @default [] */
  readonly objects?: (manifest: Manifest) => readonly Manifest[];
  /** Done when the objects are ready. @default - nothing */
  readonly act?: (manifest: Manifest, context: StandInContext) => Promise<void>;
}
