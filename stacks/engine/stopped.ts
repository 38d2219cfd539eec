import { CoreV1Api, type CoreV1Event } from "@kubernetes/client-node";
import { objectAt, textAt } from "../../constructs/kernel/json.ts";
import type { ClusterAccess } from "../cluster/access.ts";
import type { Plan, PlannedResource } from "../plan/index.ts";
import { type EngineEvent, type Unfinished, unfinished } from "./events.ts";
import { resourceArgument } from "./preflight.ts";
import { nameOf } from "./state.ts";

/** What a stopped run was waiting for. */
export interface Waiting {
  /** Path of the construct, and where it was made. */
  readonly construct: string;
  readonly source: string | undefined;
  /** `Deployment mlflow/mlflow`. */
  readonly object: string;
  /** What it was waited for: `Available`, `condition=Ready`. */
  readonly condition: string;
  /** What the engine said of it last. */
  readonly said: string;
  /** The last event of its pods, or its own. */
  readonly event: string | undefined;
  /** The command to look further. */
  readonly look: string;
}

/** What the engine waits for where a kind has a readiness of its own. */
const CONDITIONS: Readonly<Record<string, string>> = {
  Deployment: "Available",
  StatefulSet: "all of its pods being ready",
  Job: "Complete",
  Release: "its pods and hooks",
  PersistentVolumeClaim: "Bound",
  Namespace: "being gone",
};

/** How each construct that a run did not finish stands, as far as the cluster tells. */
export async function waitingOf(events: readonly EngineEvent[], plan: Plan, access: ClusterAccess): Promise<Waiting[]> {
  const planned = new Map(plan.resources.map((each) => [nameOf(each.urn), each]));
  return Promise.all(
    unfinished(events).flatMap((each) => {
      const resource = planned.get(nameOf(each.urn));
      return resource?.type.startsWith("kubernetes:") ? [waiting(each, resource, access)] : [];
    }),
  );
}

async function waiting(
  { said, operation }: Unfinished,
  { kind, title, origin, inputs }: PlannedResource,
  access: ClusterAccess,
): Promise<Waiting> {
  const apiVersion = textAt(inputs, "apiVersion") ?? "";
  const name = textAt(inputs, "metadata", "name") ?? textAt(inputs, "name") ?? title;
  const namespace = textAt(inputs, "metadata", "namespace") ?? textAt(inputs, "namespace");
  const waitFor = textAt(inputs, "metadata", "annotations", "pulumi.com/waitFor");
  const last = namespace === undefined ? undefined : await lastEvent(access, namespace, { kind, name, inputs });
  const kubectl = `kubectl --context ${access.context}${namespace === undefined ? "" : ` --namespace ${namespace}`}`;
  return {
    construct: origin?.construct ?? title,
    source: origin?.source,
    object: `${kind} ${title}`,
    condition: operation === "delete" ? "being gone" : (waitFor ?? CONDITIONS[kind] ?? "being there"),
    said: said.split("\n", 1)[0] ?? "",
    event: last && describe(last.event),
    look: `${kubectl} ${last ? lookAt(last) : describeCommand(apiVersion, kind, name)}`,
  };
}

/** An event, and whether its pod is still there. */
interface Last {
  readonly event: CoreV1Event;
  readonly pod: string | undefined;
  readonly there: boolean;
}

/** The command that says more than the event. */
function lookAt({ event, pod, there }: Last): string {
  if (pod === undefined) return `describe ${event.involvedObject.kind?.toLowerCase()} ${event.involvedObject.name}`;
  if (!there) return "get events --sort-by=.lastTimestamp";
  return event.reason === "BackOff" ? `logs ${pod} --all-containers --previous` : `describe pod ${pod}`;
}

function describeCommand(apiVersion: string, kind: string, name: string): string {
  return kind === "Release" ? "get pods" : `describe ${resourceArgument(apiVersion, kind)} ${name}`;
}

/** The last event of the object's pods, also of those that are gone; else of the object or what it made. */
async function lastEvent(
  access: ClusterAccess,
  namespace: string,
  object: { readonly kind: string; readonly name: string; readonly inputs: PlannedResource["inputs"] },
): Promise<Last | undefined> {
  const core = access.api(CoreV1Api);
  const [pods, events] = await Promise.all([
    access.ask(core.listNamespacedPod({ namespace, labelSelector: selectorOf(object) })),
    access.ask(core.listNamespacedEvent({ namespace })),
  ]);
  const names = new Set(pods.items.map(({ metadata }) => metadata?.name));
  const latest = [...events.items].sort((a, b) => timeOf(b) - timeOf(a));
  const own = ({ involvedObject: { name = "" } }: CoreV1Event): boolean =>
    name === object.name || name.startsWith(`${object.name}-`);
  const ofPod = latest.filter(({ involvedObject }) => involvedObject.kind === "Pod");
  const event =
    ofPod.find(({ involvedObject }) => names.has(involvedObject.name)) ?? ofPod.find(own) ?? latest.find(own);
  if (!event) return undefined;
  const { kind, name } = event.involvedObject;
  return { event, pod: kind === "Pod" ? name : undefined, there: names.has(name) };
}

/** Labels of the pods that stand behind an object. */
function selectorOf({ kind, name, inputs }: { kind: string; name: string; inputs: PlannedResource["inputs"] }): string {
  if (kind === "Release") return `app.kubernetes.io/instance=${name}`;
  if (kind === "Cluster") return `cnpg.io/cluster=${name}`;
  if (kind === "Job") return `batch.kubernetes.io/job-name=${name}`;
  const labels = Object.entries(objectAt(inputs, "spec", "selector", "matchLabels"));
  // no pod has this label
  return labels.length > 0 ? labels.map(([key, value]) => `${key}=${value}`).join(",") : "filiera.dev/none";
}

function timeOf({ lastTimestamp, eventTime, metadata }: CoreV1Event): number {
  return new Date(lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? 0).getTime();
}

function describe({ involvedObject, reason, message }: CoreV1Event): string {
  const said = (message ?? "").split("\n", 1)[0];
  return `${involvedObject.kind?.toLowerCase()} ${involvedObject.name}: ${reason}: ${said}`;
}

/** As many as a screen holds. */
const SHOWN = 4;

/** What stopped, a few lines each. */
export function formatWaiting(waiting: readonly Waiting[]): string[] {
  const lines = waiting
    .slice(0, SHOWN)
    .flatMap(({ construct, source, object, condition, said, event, look }) => [
      `  ${construct}${source ? ` (${source})` : ""}: ${object} waits for ${condition}`,
      ...(event ? [`    ${event}`] : said ? [`    ${said}`] : []),
      `    ${look}`,
    ]);
  const rest = waiting.length - SHOWN;
  return rest > 0 ? [...lines, `  … and ${rest} more`] : lines;
}
