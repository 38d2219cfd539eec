import { groupOf, kindOf } from "../../constructs/kernel/identity.ts";
import { type OperatorChart, operatorCharts } from "../../constructs/operator/index.ts";
import { HELM_RELEASE } from "../../constructs/operator/operator.ts";
import type { Action, Reader } from "../cluster/reader.ts";
import type { ServedKinds } from "../cluster/resources.ts";
import type { WantedObject } from "../wanted/index.ts";
import type { Denied } from "./facts.ts";

const charts: readonly OperatorChart[] = Object.values(operatorCharts);

/** What of all that a deployment does the caller may not do. One question suffices for an administrator. */
export async function denied(
  reader: Reader,
  kinds: ServedKinds,
  wanted: readonly WantedObject[],
): Promise<readonly Denied[]> {
  if (await reader.may({ verb: "*", group: "*", resource: "*" })) return [];
  const actions = await actionsOf(kinds, wanted);
  const answers = await Promise.all(
    actions.map(async (action) => ((await reader.may(action)) ? [] : [deniedOf(action)])),
  );
  return answers.flat();
}

function deniedOf({ verb, group, resource, namespace }: Action): Denied {
  return { verb, resource: group === "" ? resource : `${resource}.${group}`, namespace };
}

/** Making, changing and removing each kind of object in each of its namespaces, once. */
async function actionsOf(kinds: ServedKinds, wanted: readonly WantedObject[]): Promise<Action[]> {
  const actions = new Map<string, Action>();
  const add = async (apiVersion: string, kind: string, namespace: string | undefined): Promise<void> => {
    const found = await kinds.of(apiVersion, kind);
    const within = found?.namespaced === false ? undefined : namespace;
    for (const verb of ["create", "patch", "delete"]) {
      const group = groupOf(apiVersion);
      const resource = found?.plural ?? pluralOf(group, kind);
      const action = { verb, group, resource, ...(within !== undefined && { namespace: within }) };
      actions.set(JSON.stringify(action), action);
    }
  };
  for (const { manifest } of wanted) {
    const { namespace } = manifest.metadata;
    if (kindOf(manifest) !== HELM_RELEASE) await add(manifest.apiVersion, manifest.kind, namespace);
    else
      for (const object of Object.keys(billOf(manifest.metadata.name))) {
        const slash = object.lastIndexOf("/");
        await add(object.slice(0, slash), object.slice(slash + 1), namespace);
      }
  }
  return [...actions.values()];
}

function billOf(release: string): Readonly<Record<string, number>> {
  // Helm keeps its own state in Secrets
  const state = { "v1/Secret": 1 };
  return { ...charts.find((chart) => chart.release === release)?.bill.objects, ...state };
}

/** Of a kind that is not served yet, because its operator is still to come. */
function pluralOf(group: string, kind: string): string {
  const crds = charts.flatMap(({ bill }) => bill.crds);
  return crds.find((crd) => crd.group === group && crd.kind === kind)?.plural ?? `${kind.toLowerCase()}s`;
}
