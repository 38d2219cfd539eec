import { kindOf } from "../kernel/identity.ts";
import { type JsonObject, listAt, objectAt, textAt } from "../kernel/json.ts";
import { HELM_RELEASE } from "./operator.ts";

/** The tools that manifests are rendered for. */
export const gitopsTools = ["flux", "argocd"] as const;
export type Gitops = (typeof gitopsTools)[number];

/** A manifest as a GitOps tool applies it: a Helm release becomes the tool's own objects, all else stays. */
export function forGitops(manifest: JsonObject, tool: Gitops): readonly JsonObject[] {
  const { apiVersion, kind } = manifest;
  if (kindOf({ apiVersion: String(apiVersion), kind: String(kind) }) !== HELM_RELEASE) return [manifest];
  return tool === "flux" ? flux(manifest) : [argo(manifest)];
}

interface Coordinates {
  readonly name: string;
  readonly namespace: string;
  /** Name of the chart in its repository. */
  readonly chart: string;
  /** URL of the repository: `oci://…` or `https://…`. */
  readonly repository: string;
  readonly version: string;
  readonly values: JsonObject;
  /** Releases that must be there before it. */
  readonly after: readonly JsonObject[];
}

function coordinatesOf(release: JsonObject): Coordinates {
  const chart = textAt(release, "spec", "chart") ?? "";
  const slash = chart.lastIndexOf("/");
  return {
    name: textAt(release, "metadata", "name") ?? "",
    namespace: textAt(release, "metadata", "namespace") ?? "",
    chart: chart.slice(slash + 1),
    repository: textAt(release, "spec", "repository") ?? chart.slice(0, slash),
    version: textAt(release, "spec", "version") ?? "",
    values: objectAt(release, "spec", "values"),
    after: listAt(release, "spec", "after"),
  };
}

/** @see https://fluxcd.io/flux/components/helm/helmreleases */
function flux(release: JsonObject): JsonObject[] {
  const { name, namespace, chart, repository, version, values, after } = coordinatesOf(release);
  const source = {
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "HelmRepository",
    metadata: { name, namespace },
    spec: { interval: "24h", url: repository, ...(repository.startsWith("oci://") && { type: "oci" }) },
  };
  const helmRelease = {
    apiVersion: "helm.toolkit.fluxcd.io/v2",
    kind: "HelmRelease",
    metadata: { name, namespace },
    spec: {
      interval: "1h",
      releaseName: name,
      // cert-manager's own check after installation may take five minutes, Flux's default
      timeout: "10m",
      ...(after.length > 0 && { dependsOn: after }),
      chart: { spec: { chart, version, sourceRef: { kind: "HelmRepository", name } } },
      install: { crds: "CreateReplace", remediation: { retries: 3 } },
      upgrade: { crds: "CreateReplace", remediation: { retries: 3 } },
      values,
    },
  };
  return [source, helmRelease];
}

/** @see https://argo-cd.readthedocs.io/en/stable/user-guide/helm */
function argo(release: JsonObject): JsonObject {
  const { name, namespace, chart, repository, version, values, after } = coordinatesOf(release);
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: {
      name,
      namespace: "argocd",
      annotations: { "argocd.argoproj.io/sync-wave": after.length > 0 ? "1" : "0" },
    },
    spec: {
      project: "default",
      source: {
        // Argo CD names OCI repositories without their scheme
        repoURL: repository.replace(/^oci:\/\//, ""),
        chart,
        targetRevision: version,
        helm: { releaseName: name, valuesObject: values },
      },
      destination: { server: "https://kubernetes.default.svc", namespace },
      syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ["ServerSideApply=true"] },
    },
  };
}
