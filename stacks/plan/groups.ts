import { type Layer, layers } from "../../constructs/platform/layer.ts";
import type { Plan, PlannedResource } from "./plan.ts";

/** Resources of a layer that belong together: those of a namespace, or of a provider. */
export interface Group {
  readonly name: string;
  /** What runs or stores something first. */
  readonly resources: readonly PlannedResource[];
}

/** A layer of a plan, as it is read. */
export interface Band {
  readonly layer: Layer;
  readonly groups: readonly Group[];
}

/** The layers that a plan has something in, from the ground up. */
export function bandsOf({ resources }: Plan): Band[] {
  const groups = new Map<Layer, Map<string, PlannedResource[]>>();
  for (const resource of resources) {
    const band = groups.get(resource.layer) ?? new Map<string, PlannedResource[]>();
    const name = groupOf(resource);
    band.set(name, [...(band.get(name) ?? []), resource]);
    groups.set(resource.layer, band);
  }
  return layers.flatMap((layer) => {
    const band = [...(groups.get(layer) ?? [])].map(([name, members]) => ({
      name,
      resources: [...members.filter(({ footprint }) => footprint), ...members.filter(({ footprint }) => !footprint)],
    }));
    return band.length > 0 ? [{ layer, groups: band }] : [];
  });
}

/** What a resource is called beside others of its group: its title without the namespace. */
export function shortTitle({ title, type }: PlannedResource): string {
  return type.startsWith("kubernetes:") ? title.slice(title.indexOf("/") + 1) : title;
}

function groupOf({ type, title }: PlannedResource): string {
  if (!type.startsWith("kubernetes:"))
    return type.startsWith("pulumi:providers:") ? "providers" : (type.split(":", 1)[0] ?? type);
  return title.includes("/") ? (title.split("/", 1)[0] ?? title) : "cluster-wide";
}
