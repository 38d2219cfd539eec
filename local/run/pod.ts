import { FilieraError } from "../../constructs/kernel/errors.ts";
import { identityOf } from "../../constructs/kernel/identity.ts";
import { at, type JsonObject, listAt, objectAt, textAt } from "../../constructs/kernel/json.ts";
import type { Manifest } from "../../constructs/kernel/objects.ts";
import { podTemplateOf } from "../../constructs/kernel/pods.ts";

/** A container as its pod's manifest has it. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly spec: JsonObject;
  /** Ports by name. */
  readonly ports: ReadonlyMap<string, number>;
}

/** The one pod of an object: what a machine runs of it. */
export interface Pod {
  /** Identity of the object that it is a pod of. */
  readonly object: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: JsonObject;
  readonly spec: JsonObject;
  readonly init: readonly Container[];
  readonly containers: readonly Container[];
  /** Claims of a StatefulSet, by the name of their volume. */
  readonly claims: readonly string[];
  readonly retries: number;
}

const RUN = new Set(["Deployment", "StatefulSet", "Job", "CronJob", "Pod"]);

/**
 * The pod of an object of a core kind; undefined for those that run none.
 *
 * @throws FilieraError for more than one replica
 */
export function podOf(manifest: Manifest): Pod | undefined {
  const template = podTemplateOf(manifest);
  if (!template || !RUN.has(manifest.kind)) return undefined;
  const object = identityOf(manifest);
  const replicas = at(manifest, "spec", "replicas") ?? 1;
  if (replicas !== 1 && replicas !== 0)
    throw FilieraError.at(
      object,
      `runs ${replicas} pods, and one machine runs one of each: take an environment with filiera:profile laptop or small`,
    );
  const retries = at(manifest, ...(manifest.kind === "CronJob" ? ["spec", "jobTemplate"] : []), "spec", "backoffLimit");
  return {
    object,
    kind: manifest.kind,
    namespace: manifest.metadata.namespace ?? "default",
    name: manifest.metadata.name,
    labels: template.labels,
    spec: template.spec,
    init: listAt(template.spec, "initContainers").map(containerOf),
    containers: listAt(template.spec, "containers").map(containerOf),
    claims: listAt(manifest, "spec", "volumeClaimTemplates").flatMap(
      (claim) => textAt(claim, "metadata", "name") ?? [],
    ),
    retries: typeof retries === "number" ? retries : 6,
  };
}

/** Whether the pod runs to completion. */
export function completes({ kind }: Pod): boolean {
  return kind === "Job" || kind === "CronJob";
}

/** `namespace/name:port`, by which a port of a pod is known between runs. */
export function portKey({ namespace, name }: Pod, port: number): string {
  return `${namespace}/${name}:${port}`;
}

function containerOf(spec: JsonObject): Container {
  const ports = listAt(spec, "ports").flatMap(({ name, containerPort }): [string, number][] =>
    typeof containerPort === "number" ? [[typeof name === "string" ? name : String(containerPort), containerPort]] : [],
  );
  return { name: textAt(spec, "name") ?? "main", image: textAt(spec, "image") ?? "", spec, ports: new Map(ports) };
}

/** A Service, and which port of its pods stands behind each of its own. */
export interface Service {
  readonly namespace: string;
  readonly name: string;
  readonly selector: JsonObject;
  readonly ports: ReadonlyMap<number, string | number>;
}

/** A Service that selects pods. */
export function serviceOf(manifest: Manifest): Service | undefined {
  if (manifest.kind !== "Service" || manifest.apiVersion !== "v1") return undefined;
  const ports = listAt(manifest, "spec", "ports").flatMap(({ port, targetPort }): [number, string | number][] => {
    if (typeof port !== "number") return [];
    return [[port, typeof targetPort === "string" || typeof targetPort === "number" ? targetPort : port]];
  });
  return {
    namespace: manifest.metadata.namespace ?? "default",
    name: manifest.metadata.name,
    selector: objectAt(manifest, "spec", "selector"),
    ports: new Map(ports),
  };
}
