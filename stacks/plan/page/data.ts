import { groupOf, identity } from "../../../constructs/kernel/identity.ts";
import { type Json, textAt } from "../../../constructs/kernel/json.ts";
import { formatAmounts } from "../amounts.ts";
import type { Plan, PlannedResource } from "../plan.ts";

/** What the page shows of a resource once it is selected. */
export interface PageNode {
  readonly urn: string;
  /** The resource in the page's address, after the `#`. */
  readonly id: string;
  /** `group/Kind/namespace/name` of an object of Kubernetes. */
  readonly identity?: string;
  readonly type: string;
  readonly kind: string;
  readonly layer: string;
  readonly title: string;
  /** What a change or a deletion must heed. */
  readonly flags: readonly string[];
  /** What it asks of the cluster, each amount with its unit. */
  readonly asks: readonly string[];
  /** Whether an operator or a chart asks for that, by its bill. */
  readonly bill: boolean;
  readonly images: readonly string[];
  readonly origin?: PlannedResource["origin"];
  /** Places of what comes before it in the list of nodes. */
  readonly dependsOn: readonly number[];
  readonly inputs: { readonly [key: string]: Json };
}

/** The nodes of a plan in the plan's order. */
export function nodesOf({ resources }: Plan): PageNode[] {
  const places = new Map(resources.map(({ urn }, i) => [urn, i]));
  const ids = idsOf(resources);
  return resources.map((resource) => {
    const { urn, type, kind, layer, title, footprint, origin, dependsOn, inputs } = resource;
    return {
      urn,
      id: ids.get(urn) ?? urn,
      ...identityIn(inputs),
      type,
      kind,
      layer,
      title,
      flags: flagsOf(resource),
      asks: footprint ? formatAmounts(footprint) : [],
      bill: footprint?.source === "bill",
      images: footprint?.images ?? [],
      ...(origin && { origin }),
      dependsOn: dependsOn.flatMap((other) => places.get(other) ?? []),
      inputs,
    };
  });
}

function identityIn(inputs: PlannedResource["inputs"]): { readonly identity?: string } {
  const [apiVersion, kind, name] = [
    textAt(inputs, "apiVersion"),
    textAt(inputs, "kind"),
    textAt(inputs, "metadata", "name"),
  ];
  if (apiVersion === undefined || kind === undefined || name === undefined) return {};
  return { identity: identity(`${groupOf(apiVersion)}/${kind}`, textAt(inputs, "metadata", "namespace"), name) };
}

/** `Kind/title`, which people can read and type; the URN where two resources would share that. */
export function idsOf(resources: readonly PlannedResource[]): Map<string, string> {
  const taken = new Map<string, number>();
  const short = ({ kind, title }: PlannedResource) => `${kind}/${title}`;
  for (const resource of resources) taken.set(short(resource), (taken.get(short(resource)) ?? 0) + 1);
  return new Map(
    resources.map((resource) => [resource.urn, taken.get(short(resource)) === 1 ? short(resource) : resource.urn]),
  );
}

/** What a change or a deletion of the resource must heed, in words. */
export function flagsOf({ protect, retainOnDelete, ignoreChanges }: PlannedResource): string[] {
  return [
    ...(protect ? ["protected"] : []),
    ...(retainOnDelete ? ["kept on delete"] : []),
    ...ignoreChanges.map((path) => `${path} has another owner`),
  ];
}
