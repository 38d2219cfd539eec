import { CoreV1Api, type V1Secret } from "@kubernetes/client-node";
import type { Problem } from "../../constructs/kernel/errors.ts";
import type { ClusterAccess } from "../cluster/access.ts";
import type { Plan, PlannedResource } from "../plan/index.ts";

/** A revision of a Helm release, as its Secret in the cluster says. */
export interface ReleaseRevision {
  readonly name: string;
  readonly namespace: string;
  /** `deployed`, `pending-install`, … */
  readonly status: string;
  readonly revision: number;
  /** When it was last written. */
  readonly at: Date;
  /** Name of the Secret. */
  readonly secret: string;
  /** What of the plan it is. */
  readonly planned: PlannedResource;
}

/** Every revision of the releases that the plan names, and of no others. */
export async function releaseRevisions(access: ClusterAccess, plan: Plan): Promise<ReleaseRevision[]> {
  const planned = plan.resources.filter(({ kind }) => kind === "Release");
  const found = await Promise.all(
    planned.map(async (each): Promise<ReleaseRevision[]> => {
      const { name, namespace } = each.inputs;
      if (typeof name !== "string" || typeof namespace !== "string") return [];
      return (await secretsOf(access, namespace, name)).map((secret) => revisionOf(secret, each));
    }),
  );
  return found.flat();
}

/** Whether Helm knows a release, in whatever state it is. */
export async function hasRevisions(access: ClusterAccess, namespace: string, name: string): Promise<boolean> {
  return (await secretsOf(access, namespace, name)).length > 0;
}

/** Whether a resource is the release of a chart. */
export function isRelease({ type }: { readonly type: string }): boolean {
  return type === "kubernetes:helm.sh/v3:Release";
}

async function secretsOf(access: ClusterAccess, namespace: string, name: string): Promise<readonly V1Secret[]> {
  const labelSelector = `owner=helm,name=${name}`;
  const { items } = await access.ask(access.api(CoreV1Api).listNamespacedSecret({ namespace, labelSelector }));
  return items.filter(({ type }) => type === "helm.sh/release.v1");
}

function revisionOf({ metadata }: V1Secret, planned: PlannedResource): ReleaseRevision {
  const { labels = {}, name = "", namespace = "", creationTimestamp } = metadata ?? {};
  const written = Number(labels["modifiedAt"] ?? labels["createdAt"]);
  return {
    name: labels["name"] ?? "",
    namespace,
    status: labels["status"] ?? "",
    revision: Number(labels["version"]),
    at: Number.isNaN(written) ? new Date(creationTimestamp ?? 0) : new Date(written * 1000),
    secret: name,
    planned,
  };
}

/** Whether a run was killed in the middle of this revision: Helm refuses every later one. */
export function isPending({ status }: ReleaseRevision): boolean {
  return status.startsWith("pending-");
}

/** How long another run may be at a revision: longer, and it was killed. The timeout of ours is 10 minutes. */
const BUSY_MINUTES = 15;

/** Unfinished revisions that another run may be at. */
export function busyProblems(revisions: readonly ReleaseRevision[], now: Date): Problem[] {
  return revisions
    .filter((each) => isPending(each) && now.getTime() - each.at.getTime() < BUSY_MINUTES * 60_000)
    .map(({ name, namespace, status, planned }) => ({
      path: planned.origin?.construct ?? planned.title,
      message: `the Helm release ${namespace}/${name} is ${status} for less than ${BUSY_MINUTES} minutes: another run may be at it; wait, and try again`,
    }));
}

/**
 * Takes a revision out of Helm's books. What it installed stays, marked as the release's, and the next installation
 * takes it over.
 */
export async function forget(access: ClusterAccess, { secret, namespace }: ReleaseRevision): Promise<void> {
  await access.find(access.api(CoreV1Api).deleteNamespacedSecret({ name: secret, namespace }));
}
