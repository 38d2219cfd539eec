import { gzipSync } from "node:zlib";
import type { JsonObject } from "../../../constructs/kernel/json.ts";
import type { KubeObject } from "../control-plane/client.ts";

/** A namespace, with these labels. */
export function namespace(name: string, labels: Readonly<Record<string, string>> = {}): KubeObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { ...labels } } };
}

/** A kind with no fields of interest. */
export function definition(group: string, plural: string, kind: string, annotations: JsonObject): KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}`, annotations },
    spec: {
      group,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      scope: "Namespaced",
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  };
}

/** A revision of a Helm release, as Helm keeps its books. */
export function helmRelease(
  name: string,
  namespace: string,
  revision: number,
  status: string,
  version: string,
): KubeObject {
  const chart = { metadata: { name: name === "cm" ? "cert-manager" : name, version, appVersion: version } };
  const book = gzipSync(JSON.stringify({ name, chart })).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: `sh.helm.release.v1.${name}.v${revision}`,
      namespace,
      labels: { owner: "helm", name, status, version: String(revision) },
    },
    type: "helm.sh/release.v1",
    data: { release: Buffer.from(book).toString("base64") },
  };
}

/** A pod that takes so much memory of a node. */
export function filler(name: string, nodeName: string, memory: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: {
      nodeSelector: { "kubernetes.io/hostname": nodeName },
      containers: [{ name: "main", image: "registry.example.com/filler:1", resources: { requests: { memory } } }],
    },
  };
}
