import { identity } from "./identity.ts";
import { isObject, type JsonObject, listAt, objectAt, textAt } from "./json.ts";
import type { Manifest } from "./objects.ts";

/** The pods that an object of a core kind runs. */
export interface PodTemplate {
  readonly labels: JsonObject;
  readonly annotations: JsonObject;
  readonly spec: JsonObject;
  /** Where the template stands in the manifest: `["spec", "template"]`; empty for a Pod itself. */
  readonly path: readonly string[];
}

const TEMPLATE_PATHS: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};
const TEMPLATE_GROUPS = new Set(["v1", "apps/v1", "batch/v1"]);

/** The pod template of an object; undefined for kinds that run no pods of their own. */
export function podTemplateOf(manifest: Manifest): PodTemplate | undefined {
  const path = TEMPLATE_GROUPS.has(manifest.apiVersion) ? TEMPLATE_PATHS[manifest.kind] : undefined;
  if (!path) return undefined;
  const metadata = objectAt(manifest, ...path, "metadata");
  return {
    labels: objectAt(metadata, "labels"),
    annotations: objectAt(metadata, "annotations"),
    spec: objectAt(manifest, ...path, "spec"),
    path,
  };
}

/** Every container of a pod, the initial ones first. */
export function containersOf(podSpec: JsonObject): readonly JsonObject[] {
  return [...listAt(podSpec, "initContainers"), ...listAt(podSpec, "containers")];
}

/** Identities of what a pod cannot start without: Secrets, ConfigMaps, claims, its ServiceAccount. */
export function referencesOf(manifest: Manifest, podSpec: JsonObject): string[] {
  const references = new Set<string>();
  const add = (kind: string, name: string | undefined): void => {
    if (name !== undefined) references.add(identity(kind, manifest.metadata.namespace, name));
  };
  const addSource = (source: JsonObject): void => {
    add("/Secret", textAt(source, "secret", "secretName") ?? textAt(source, "secret", "name"));
    add("/ConfigMap", textAt(source, "configMap", "name"));
    add("/PersistentVolumeClaim", textAt(source, "persistentVolumeClaim", "claimName"));
    for (const projected of listAt(source, "projected", "sources")) addSource(projected);
  };
  for (const volume of listAt(podSpec, "volumes")) addSource(volume);
  for (const container of containersOf(podSpec)) {
    for (const from of listAt(container, "envFrom")) {
      add("/Secret", textAt(from, "secretRef", "name"));
      add("/ConfigMap", textAt(from, "configMapRef", "name"));
    }
    for (const { valueFrom } of listAt(container, "env")) {
      if (!isObject(valueFrom)) continue;
      add("/Secret", textAt(valueFrom, "secretKeyRef", "name"));
      add("/ConfigMap", textAt(valueFrom, "configMapKeyRef", "name"));
    }
  }
  for (const secret of listAt(podSpec, "imagePullSecrets")) add("/Secret", textAt(secret, "name"));
  add("/ServiceAccount", textAt(podSpec, "serviceAccountName"));
  if (manifest.kind === "StatefulSet") add("/Service", textAt(manifest, "spec", "serviceName"));
  return [...references];
}

/** Whether a `matchLabels` selector chooses pods with these labels. */
export function matches(matchLabels: JsonObject, labels: JsonObject): boolean {
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
}
