import type resource from "@pulumi/pulumi/proto/resource_pb.js";
import type { OrderedObject } from "../../constructs/kernel/order.ts";
import type { Environment } from "../../stacks/environment/index.ts";
import { type Plan, planOf } from "../../stacks/plan/plan.ts";
import { type RecordedResource, type Recording, type RecordOptions, record } from "../../stacks/plan/recording.ts";
import { program } from "../../stacks/program.ts";
import { listen } from "./recorded.ts";

/** One resource as the program asked the engine for it, secrets and all. */
export interface Requested extends RecordedResource {
  /** The inputs as they go over the wire: `{ [SIGNATURE]: …, value }` for a secret. */
  readonly wire: unknown;
  /** All that it waits for, directly or not. */
  readonly before: ReadonlySet<string>;
}

export interface Deployed extends Recording {
  readonly requested: readonly Requested[];
  readonly plan: Plan;
  /** The one resource whose URN ends so: `ClusterRole::name`. */
  one(end: string): Requested;
}

/** Runs the program of an environment, and tells what the engine was asked for. */
export async function deployed(
  name: string,
  environment: Environment,
  { preview, says }: Pick<RecordOptions, "says"> & { readonly preview: boolean },
): Promise<Deployed> {
  const wires = new Map<string, unknown>();
  const observed = new Map<string, OrderedObject>();
  const recording = await record(
    () => {
      listen((request: resource.RegisterResourceRequest) =>
        wires.set(`${request.getType()} ${request.getName()}`, request.getObject()?.toJavaScript()),
      );
      return program(environment, { observe: (type, id, object) => observed.set(`${type} ${id}`, object) });
    },
    { project: "filiera", stack: name, preview, ...(says && { says }) },
  );
  const before = closure(recording.resources);
  const requested = recording.resources
    .filter(({ custom }) => custom)
    .map(
      (each): Requested => ({
        ...each,
        wire: wires.get(`${each.type} ${each.name}`),
        before: before.get(each.urn) ?? new Set(),
      }),
    );
  return {
    ...recording,
    requested,
    plan: planOf(name, recording, observed, []),
    one: (end) => {
      const found = requested.filter(({ urn }) => urn.endsWith(end));
      const [first] = found;
      if (!first || found.length > 1) throw new Error(`${found.length} resources are ${end}, not one`);
      return first;
    },
  };
}

/** Everything that each resource waits for; a resource is asked for after all of those. */
function closure(resources: readonly RecordedResource[]): Map<string, ReadonlySet<string>> {
  const known = new Map<string, ReadonlySet<string>>();
  for (const { urn, dependsOn } of resources)
    known.set(urn, new Set(dependsOn.flatMap((other) => [other, ...(known.get(other) ?? [])])));
  return known;
}
