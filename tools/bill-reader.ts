import diff from "microdiff";
import { parseAllDocuments } from "yaml";
import { at, isObject, type JsonObject, listAt, objectAt, textAt } from "../constructs/kernel/json.ts";
import { containersOf, podTemplateOf } from "../constructs/kernel/pods.ts";
import type { Bill, BillCrd, BillWebhook, BillWorkload } from "../constructs/operator/bill.ts";

/** What `Chart.yaml` says of a chart, and where that chart was read. */
export interface ChartFacts {
  readonly name: string;
  readonly version: string;
  readonly appVersion: string;
  readonly source: string;
}

type Manifest = JsonObject & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonObject & { readonly name: string };
};

const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"] as const;
const WEBHOOKS = { MutatingWebhookConfiguration: "mutating", ValidatingWebhookConfiguration: "validating" } as const;
const IMAGE = /(?:^|=)((?:[a-z0-9-]+\.)+[a-z]{2,}(?:\/[a-z0-9._-]+)+:[\w.-]+(?:@sha256:[0-9a-f]{64})?)$/;

/** The bill of a chart, from what `helm template` printed; the number of replicas as it was asked for there. */
export function billOf(facts: ChartFacts, rendered: string): Bill {
  const manifests = parseAllDocuments(rendered)
    .map((document): unknown => document.toJS({ maxAliasCount: -1 }))
    .filter(isManifest);
  const lasting = manifests.filter((manifest) => hookOf(manifest) === undefined);
  return {
    chart: facts.name,
    version: facts.version,
    appVersion: facts.appVersion,
    source: facts.source,
    images: [...new Set(manifests.flatMap(imagesIn))].sort(),
    objects: countKinds(lasting),
    hookObjects: countKinds(manifests.filter((manifest) => hookOf(manifest) !== undefined)),
    workloads: sorted(manifests.flatMap(workloadOf), ({ kind, name }) => `${kind}/${name}`),
    crds: sorted(lasting.flatMap(crdOf), ({ group, kind }) => `${group}/${kind}`),
    webhooks: sorted(
      lasting.flatMap(webhooksOf),
      ({ configuration, type, name }) => `${configuration}/${type}/${name}`,
    ),
  };
}

function isManifest(value: unknown): value is Manifest {
  return isObject(value) && typeof value["kind"] === "string" && textAt(value, "metadata", "name") !== undefined;
}

function hookOf(manifest: Manifest): string | undefined {
  return textAt(manifest, "metadata", "annotations", "helm.sh/hook");
}

function countKinds(manifests: readonly Manifest[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { apiVersion, kind } of manifests)
    counts.set(`${apiVersion}/${kind}`, (counts.get(`${apiVersion}/${kind}`) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Every text that has the shape of an image with a tag: in containers, in flags, in settings. */
function imagesIn(value: unknown): string[] {
  if (typeof value !== "string")
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(imagesIn) : [];
  const image = IMAGE.exec(value)?.[1];
  return image ? [image] : [];
}

function workloadOf(manifest: Manifest): BillWorkload[] {
  const kind = WORKLOADS.find((each) => each === manifest.kind);
  const template = podTemplateOf(manifest);
  if (!kind || !template) return [];
  const hook = hookOf(manifest);
  const { name } = manifest.metadata;
  const [container, ...others] = containersOf(template.spec);
  if (!container || others.length > 0) throw new Error(`${kind}/${name} has ${others.length + 1} containers, not one`);
  const limits = {
    ...quantity(container, "limits", "cpu"),
    ...quantity(container, "limits", "memory"),
  };
  const ports = listAt(container, "ports").map(({ containerPort }) => Number(containerPort));
  return [
    {
      kind,
      name,
      replicas: Number(at(manifest, "spec", "replicas") ?? 1),
      ...(hook && { hook }),
      labels: texts(objectAt(manifest, "spec", "selector", "matchLabels"), template.labels),
      ports: ports.sort((a, b) => a - b),
      requests: {
        cpu: "0",
        memory: "0",
        ...quantity(container, "requests", "cpu"),
        ...quantity(container, "requests", "memory"),
      },
      ...(Object.keys(limits).length > 0 && { limits }),
    },
  ];
}

function quantity(container: JsonObject, list: "requests" | "limits", resource: "cpu" | "memory"): object {
  const found = at(container, "resources", list, resource);
  return found === undefined ? {} : { [resource]: String(found) };
}

/** The selector; for a Job, whose selector the API server makes, the recommended labels of its pods. */
function texts(selector: JsonObject, labels: JsonObject): Record<string, string> {
  const chosen = Object.entries(selector).length > 0 ? selector : recommended(labels);
  return Object.fromEntries(Object.entries(chosen).map(([key, value]) => [key, String(value)]));
}

function recommended(labels: JsonObject): JsonObject {
  const keys = ["name", "instance", "component"].map((key) => `app.kubernetes.io/${key}`);
  return Object.fromEntries(keys.flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]]])));
}

function crdOf(manifest: Manifest): BillCrd[] {
  if (manifest.kind !== "CustomResourceDefinition") return [];
  const versions = listAt(manifest, "spec", "versions");
  const nameOf = (version: JsonObject): string => textAt(version, "name") ?? "";
  return [
    {
      group: textAt(manifest, "spec", "group") ?? "",
      kind: textAt(manifest, "spec", "names", "kind") ?? "",
      plural: textAt(manifest, "spec", "names", "plural") ?? "",
      scope: textAt(manifest, "spec", "scope") === "Cluster" ? "Cluster" : "Namespaced",
      versions: versions.filter(({ served }) => served === true).map(nameOf),
      storageVersion: versions
        .filter(({ storage }) => storage === true)
        .map(nameOf)
        .join(),
    },
  ];
}

function webhooksOf(manifest: Manifest): BillWebhook[] {
  const type = Object.entries(WEBHOOKS).find(([kind]) => kind === manifest.kind)?.[1];
  if (!type) return [];
  return listAt(manifest, "webhooks").map((webhook) => ({
    type,
    configuration: manifest.metadata.name,
    name: textAt(webhook, "name") ?? "",
    failurePolicy: textAt(webhook, "failurePolicy") === "Ignore" ? "Ignore" : "Fail",
    service: {
      name: textAt(webhook, "clientConfig", "service", "name") ?? "",
      port: Number(at(webhook, "clientConfig", "service", "port") ?? 443),
    },
    resources: listAt(webhook, "rules")
      .flatMap((rule) => product(at(rule, "apiGroups"), at(rule, "resources")))
      .sort(),
  }));
}

function product(groups: unknown, resources: unknown): string[] {
  if (!Array.isArray(groups) || !Array.isArray(resources)) return [];
  return groups.flatMap((group) => resources.map((resource) => `${group}/${resource}`));
}

function sorted<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/**
 * The bill at two numbers of replicas made one: what follows the number says `"replicas"`.
 * Anything else that differs has no place in a bill, so it is an error.
 */
export function mergeReplicas(two: Bill, three: Bill): Bill {
  const workloads = two.workloads.map((workload, index): BillWorkload => {
    const follows = workload.replicas === 2 && three.workloads[index]?.replicas === 3;
    return follows ? { ...workload, replicas: "replicas" } : workload;
  });
  const same = {
    ...three,
    workloads: three.workloads.map((each, index) => ({ ...each, replicas: two.workloads[index]?.replicas })),
  };
  const [other] = diff(two, same);
  if (other) throw new Error(`${two.chart}: "${other.path.join(".")}" depends on the number of replicas`);
  return { ...two, workloads };
}
