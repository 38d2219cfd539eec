import type { Problem } from "../../constructs/kernel/errors.ts";
import { groupOf } from "../../constructs/kernel/identity.ts";
import { textAt } from "../../constructs/kernel/json.ts";
import type { ClusterAccess } from "../cluster/access.ts";
import type { Plan, PlannedResource } from "../plan/index.ts";
import { isPending, type ReleaseRevision } from "./releases.ts";
import { nameOf, type StackState } from "./state.ts";

/** What a first look at the cluster found, before anything is changed. */
export interface Preflight {
  readonly problems: readonly Problem[];
  /** What the program makes, a killed run had begun, and the cluster has: it is ours, and taken over. */
  readonly halfMade: readonly PlannedResource[];
  /** Revisions of our releases that a killed run left behind, and that Helm would stumble over. */
  readonly leftBehind: readonly ReleaseRevision[];
}

/** @see preflight */
export interface PreflightProps {
  readonly access: ClusterAccess;
  readonly plan: Plan;
  readonly state: StackState;
  readonly revisions: readonly ReleaseRevision[];
  /** Whether objects that somebody else made are to be taken over. */
  readonly takeOver: boolean;
}

/** Asks the cluster for objects that stand in the way of an `up`, or that are half made; changes nothing. */
export async function preflight(props: PreflightProps): Promise<Preflight> {
  const { access, plan, state, revisions, takeOver } = props;
  const known = new Set(state.resources.map(({ urn }) => nameOf(urn)));
  const begun = new Set(
    state.pending.flatMap(({ operation, resource }) => (operation === "creating" ? [nameOf(resource.urn)] : [])),
  );
  const unknown = plan.resources.filter(({ urn, type }) => type.startsWith("kubernetes:") && !known.has(nameOf(urn)));
  const there = await existing(access, unknown, revisions);
  const [ours, foreign] = [true, false].map((mine) => there.filter(({ urn }) => begun.has(nameOf(urn)) === mine));
  return {
    problems: takeOver ? [] : (foreign ?? []).map((each) => foreignProblem(each, access)),
    halfMade: (ours ?? []).filter(({ kind }) => kind !== "Release"),
    leftBehind: revisions.filter(
      (revision) => isPending(revision) || (ours ?? []).some(({ urn }) => urn === revision.planned.urn),
    ),
  };
}

/** The state is one cluster's: with another context, `up` would take everything down in the first. */
export function contextProblems({ context }: Pick<ClusterAccess, "context">, { resources }: StackState): Problem[] {
  const before = resources
    .filter(({ type }) => type === "pulumi:providers:kubernetes")
    .map(({ inputs }) => textAt(inputs, "clusterIdentifier") ?? textAt(inputs, "context"))
    .find((each) => each !== undefined);
  if (before === undefined || before === context) return [];
  return [
    {
      path: "filiera:cluster.context",
      message: `found "${context}", and this environment is deployed to "${before}": destroy it there first, or make another environment for "${context}"`,
    },
  ];
}

/** Which of the resources the cluster has. */
async function existing(
  access: ClusterAccess,
  resources: readonly PlannedResource[],
  revisions: readonly ReleaseRevision[],
): Promise<PlannedResource[]> {
  const found = await Promise.all(
    resources.map(async (each) => {
      if (each.kind === "Release") return revisions.some(({ planned }) => planned.urn === each.urn) ? [each] : [];
      const header = headerOf(each);
      if (!header) return [];
      return (await access.find(access.objects.read(header))) ? [each] : [];
    }),
  );
  return found.flat();
}

function headerOf({ inputs }: PlannedResource) {
  const [apiVersion, kind, name, namespace] = [
    textAt(inputs, "apiVersion"),
    textAt(inputs, "kind"),
    textAt(inputs, "metadata", "name"),
    textAt(inputs, "metadata", "namespace"),
  ];
  if (apiVersion === undefined || kind === undefined || name === undefined) return undefined;
  return { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } };
}

function foreignProblem({ kind, title, origin, inputs }: PlannedResource, { context }: ClusterAccess): Problem {
  const path = origin?.construct ?? title;
  const is = "is in the cluster already, and the state of this environment does not know it: remove it";
  if (kind === "Release") {
    const [name, namespace] = [textAt(inputs, "name"), textAt(inputs, "namespace")];
    const uninstall = `helm uninstall ${name} --kube-context ${context} --namespace ${namespace}`;
    return { path, message: `the Helm release ${title} ${is} (${uninstall}), or set filiera:operators to find it` };
  }
  const namespace = textAt(inputs, "metadata", "namespace");
  const kubectl = `kubectl --context ${context}${namespace === undefined ? "" : ` --namespace ${namespace}`}`;
  const what = `${resourceArgument(textAt(inputs, "apiVersion") ?? "", kind)} ${textAt(inputs, "metadata", "name")}`;
  return {
    path,
    message: `the ${kind} ${title} ${is} (${kubectl} delete ${what}), or take it over (PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true)`,
  };
}

/** A kind as kubectl finds it, though several groups may have one of that name. */
export function resourceArgument(apiVersion: string, kind: string): string {
  const group = groupOf(apiVersion);
  return group.includes(".") && !group.endsWith(".k8s.io") ? `${kind.toLowerCase()}.${group}` : kind.toLowerCase();
}
