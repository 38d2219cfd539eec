import { basename, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type Footprint, footprintOf } from "../../constructs/footprint/footprint.ts";
import type { Json } from "../../constructs/kernel/json.ts";
import { originOf } from "../../constructs/kernel/noun.ts";
import type { OrderedObject } from "../../constructs/kernel/order.ts";
import { type Layer, layerOf, layers } from "../../constructs/platform/layer.ts";
import { isResolved } from "../../constructs/workload/index.ts";
import type { RecordedResource, Recording } from "./recording.ts";

/** One thing that `up` would make. */
export interface PlannedResource {
  /** Unique in the plan and stable: the URN. */
  readonly urn: string;
  /** Type as the engine knows it, for example `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  readonly name: string;
  readonly layer: Layer;
  /** `namespace/name` or `name`: how people call it. */
  readonly title: string;
  /** The last part of the type: `Deployment`, `RandomPassword`. */
  readonly kind: string;
  /** The manifest or the inputs; what must not be shown reads `[secret]`, what is not known yet `[known after up]`. */
  readonly inputs: { readonly [key: string]: Json };
  /** URNs of what comes before it. */
  readonly dependsOn: readonly string[];
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly ignoreChanges: readonly string[];
  /** What it asks of the cluster. */
  readonly footprint?: Footprint;
  /** Where in the code it comes from: path in the tree of constructs, its noun, and `file:line` of that. */
  readonly origin?: { readonly construct: string; readonly noun?: string; readonly source?: string };
}

/** Everything that `up` would make, and what that takes. */
export interface Plan {
  readonly environment: string;
  readonly resources: readonly PlannedResource[];
  readonly totals: Totals;
  readonly images: readonly PlannedImage[];
  /** Names of the stack's outputs with their values, or why they are not shown. */
  readonly outputs: { readonly [name: string]: Json };
  /** What the reader should know before deploying. */
  readonly warnings: readonly string[];
}

/** Requests of everything in the plan: cores, bytes, whole GPUs. */
export interface Totals extends Omit<Footprint, "images" | "source"> {
  readonly resources: number;
  /** Objects of Kubernetes among the resources. */
  readonly objects: number;
  /** The part of cpu, memory and storage that charts and operators bring, as far as their bills say. */
  readonly fromBills: Omit<Footprint, "images" | "source">;
}

/** An image and who uses it. */
export interface PlannedImage {
  readonly reference: string;
  /** Whether the reference names a digest. */
  readonly resolved: boolean;
  /** URNs of its users. */
  readonly usedBy: readonly string[];
}

/** What the program told of the objects behind its resources, by the resources' type and name. */
export type Observed = ReadonlyMap<string, OrderedObject>;

/** Puts a recording and the objects behind it together. */
export function planOf(
  environment: string,
  recording: Recording,
  observed: Observed,
  warnings: readonly string[],
): Plan {
  const resources = recording.resources
    .filter(({ custom, type }) => custom && type !== "pulumi:pulumi:Stack")
    .map((resource) => planned(resource, observed.get(`${resource.type} ${resource.name}`)))
    .sort((a, b) => layers.indexOf(a.layer) - layers.indexOf(b.layer) || compare(a.urn, b.urn));
  return {
    environment,
    resources,
    totals: totalsOf(resources),
    images: imagesOf(resources),
    outputs: Object.fromEntries(Object.entries(recording.outputs).sort(([a], [b]) => compare(a, b))),
    warnings,
  };
}

function planned(resource: RecordedResource, object: OrderedObject | undefined): PlannedResource {
  const { urn, type, name, inputs, dependsOn, protect, retainOnDelete, ignoreChanges } = resource;
  const origin = object && originOf(object.construct);
  return {
    urn,
    type,
    name,
    layer: object ? layerOf(object.construct) : layerOfType(type),
    title: object
      ? [object.manifest.metadata.namespace, object.manifest.metadata.name].filter(Boolean).join("/")
      : name,
    kind: type.startsWith("pulumi:providers:") ? "Provider" : (type.split(":").at(-1) ?? type),
    inputs,
    dependsOn: [...dependsOn].sort(compare),
    protect,
    retainOnDelete,
    ignoreChanges,
    ...(object && { footprint: footprintOf(object.construct, object.manifest) }),
    ...(object && {
      origin: {
        construct: object.construct.node.path,
        ...(origin && { noun: origin.noun, source: `${sourcePath(origin.file)}:${origin.line}` }),
      },
    }),
  };
}

/** The layer of what is no object of Kubernetes. */
function layerOfType(type: string): Layer {
  if (type.startsWith("pulumi:providers:")) return "cluster";
  return type.startsWith("aws:") ? "data" : "secrets";
}

/** The file relative to this package, or to where the program runs; elsewhere its name alone: no paths of machines. */
function sourcePath(file: string): string {
  const path = file.startsWith("file:") ? fileURLToPath(file) : file;
  const here = relative(fileURLToPath(new URL("../..", import.meta.url)), path);
  const inside = here.startsWith("..") ? relative(process.cwd(), path) : here;
  return inside.startsWith("..") ? basename(path) : inside.split(sep).join("/");
}

function totalsOf(resources: readonly PlannedResource[]): Totals {
  const footprints = resources.flatMap(({ footprint }) => footprint ?? []);
  const add = (from: readonly Footprint[]) => {
    const total = { pods: 0, cpu: 0, memory: 0, gpu: 0, storage: 0 };
    for (const { pods, cpu, memory, gpu, storage } of from) {
      total.pods += pods;
      total.cpu += cpu;
      total.memory += memory;
      total.gpu += gpu;
      total.storage += storage;
    }
    return { ...total, cpu: Number(total.cpu.toFixed(3)) };
  };
  return {
    resources: resources.length,
    objects: resources.filter(({ type }) => type.startsWith("kubernetes:")).length,
    ...add(footprints),
    fromBills: add(footprints.filter(({ source }) => source === "bill")),
  };
}

function imagesOf(resources: readonly PlannedResource[]): PlannedImage[] {
  const users = new Map<string, string[]>();
  for (const { urn, footprint } of resources)
    for (const reference of footprint?.images ?? []) users.set(reference, [...(users.get(reference) ?? []), urn]);
  return [...users]
    .sort(([a], [b]) => compare(a, b))
    .map(([reference, usedBy]) => ({ reference, resolved: isResolved({ reference }), usedBy }));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
