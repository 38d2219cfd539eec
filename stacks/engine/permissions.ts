import { AuthorizationV1Api, type V1ResourceAttributes } from "@kubernetes/client-node";
import type { Problem } from "../../constructs/kernel/errors.ts";
import { groupOf } from "../../constructs/kernel/identity.ts";
import { textAt } from "../../constructs/kernel/json.ts";
import { operatorCharts } from "../../constructs/operator/index.ts";
import type { ClusterAccess } from "../cluster/access.ts";
import type { Plan } from "../plan/index.ts";

const VERBS = ["get", "create", "patch", "delete"] as const;

/** How many denied things are named. */
const NAMED = 4;

/** What of the plan the cluster would not let this user do; one question where the user may do everything. */
export async function permissionProblems(access: ClusterAccess, plan: Plan): Promise<Problem[]> {
  if (await may(access, { verb: "*", group: "*", resource: "*" })) return [];
  const questions = kindsOf(plan).flatMap(({ apiVersion, kind }) =>
    VERBS.map((verb) => ({ verb, group: groupOf(apiVersion), resource: pluralOf(kind) })),
  );
  const answers = await Promise.all(questions.map(async (each) => ({ ...each, may: await may(access, each) })));
  const denied = answers
    .filter((each) => !each.may)
    .map(({ verb, group, resource }) => [verb, group ? `${resource}.${group}` : resource].join(" "));
  if (denied.length === 0) return [];
  const rest = denied.length - NAMED;
  const shown = [...denied.slice(0, NAMED), ...(rest > 0 ? [`… ${rest} more`] : [])].join(", ");
  return [
    {
      path: "filiera:cluster.context",
      message: `user "${access.user}" may not do in "${access.context}" what is planned (${shown}): ask its administrators for the role cluster-admin`,
    },
  ];
}

async function may(access: ClusterAccess, resourceAttributes: V1ResourceAttributes): Promise<boolean> {
  const body = { spec: { resourceAttributes } };
  const { status } = await access.ask(access.api(AuthorizationV1Api).createSelfSubjectAccessReview({ body }));
  return status?.allowed ?? false;
}

interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** The kinds of the objects, and of those that the charts bring; Helm keeps its books in Secrets. */
function kindsOf({ resources }: Plan): readonly Kind[] {
  const releases = resources.flatMap(({ kind, inputs }) => (kind === "Release" ? [textAt(inputs, "name")] : []));
  const charts = Object.values(operatorCharts).filter(({ release }) => releases.includes(release));
  const inCharts = charts.flatMap(({ bill }) =>
    [...Object.keys(bill.objects), ...Object.keys(bill.hookObjects)].map((each) => {
      const slash = each.lastIndexOf("/");
      return { apiVersion: each.slice(0, slash), kind: each.slice(slash + 1) };
    }),
  );
  const own = resources.flatMap(({ inputs }): Kind[] => {
    const [apiVersion, kind] = [textAt(inputs, "apiVersion"), textAt(inputs, "kind")];
    return apiVersion !== undefined && kind !== undefined ? [{ apiVersion, kind }] : [];
  });
  const secrets = charts.length > 0 ? [{ apiVersion: "v1", kind: "Secret" }] : [];
  const all = [...own, ...inCharts, ...secrets].map((each): [string, Kind] => [
    `${groupOf(each.apiVersion)}/${each.kind}`,
    each,
  ]);
  return [...new Map(all).values()];
}

/** The plural that Kubernetes guesses of a kind, as all kinds of ours have it. */
function pluralOf(kind: string): string {
  const singular = kind.toLowerCase();
  if (singular.endsWith("s")) return `${singular}es`;
  return singular.endsWith("y") ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}
