import { describe, expect, it } from "vitest";
import { footprintOf } from "../../../constructs/footprint/footprint.ts";
import { at, listAt } from "../../../constructs/kernel/json.ts";
import { collect } from "../../../constructs/kernel/objects.ts";
import { order } from "../../../constructs/kernel/order.ts";
import { forGitops } from "../../../constructs/operator/gitops.ts";
import { Operator, operatorCharts } from "../../../constructs/operator/index.ts";
import { chart, object } from "../../support/chart.ts";
import { SCRAPERS } from "../../support/nouns.ts";
import { find } from "../../support/platform.ts";

type Name = keyof typeof operatorCharts;

function install(names: readonly Name[], replicas = 2) {
  const root = chart();
  const operators = names.map(
    (name) => new Operator(root, name, { chart: operatorCharts[name], replicas, scrapers: SCRAPERS }),
  );
  for (const operator of operators) for (const other of operators) operator.workWith(other);
  return { root, operators };
}

function releases(names: readonly Name[]): string[] {
  const { root } = install(names);
  return order(root, collect(root))
    .filter(({ manifest }) => manifest.kind === "HelmRelease")
    .map(({ manifest }) => manifest.metadata.name);
}

describe("an operator", () => {
  it("is one release of a pinned chart, with as many replicas as asked for", () => {
    const { root } = install(["cert-manager"], 3);
    const release = find(
      collect(root).map(({ manifest }) => manifest),
      "HelmRelease",
      "cert-manager",
    );
    expect(release).toMatchObject({
      metadata: { namespace: "cert-manager" },
      spec: {
        chart: "oci://quay.io/jetstack/charts/cert-manager",
        version: "v1.21.1",
        values: { replicaCount: 3, webhook: { replicaCount: 3 }, cainjector: { replicaCount: 3 } },
      },
    });
  });

  it("comes after its pods' policies, and before its kinds", () => {
    const { root } = install(["cert-manager"]);
    object(root, "early", { apiVersion: "cert-manager.io/v1", kind: "Issuer" });
    const objects = order(root, collect(root));
    const kinds = objects.map(({ manifest }) => manifest.kind);
    expect(kinds).toEqual([...Array(4).fill("NetworkPolicy"), "HelmRelease", "Issuer"]);
    const issuer = objects.at(-1);
    expect([...(issuer?.dependsOn.values() ?? [])]).toEqual(["cert-manager.io/Issuer is a kind that it provides"]);
  });

  it("comes after those whose kinds its chart holds, in whatever order they are defined", () => {
    const sorted = ["cert-manager", "plugin-barman-cloud"];
    const two = releases(["barman-cloud", "cert-manager"]);
    expect(two).toEqual(sorted);
    expect(releases(["barman-cloud", "cloudnative-pg", "cert-manager"]).indexOf("cert-manager")).toBeLessThan(
      releases(["barman-cloud", "cloudnative-pg", "cert-manager"]).indexOf("plugin-barman-cloud"),
    );
  });

  it("lets the operator call its plugin, on both sides", () => {
    const { root } = install(["cloudnative-pg", "barman-cloud"]);
    const manifests = collect(root).map(({ manifest }) => manifest);
    const ports = (name: string, direction: string) =>
      listAt(find(manifests, "NetworkPolicy", name), "spec", direction).flatMap((rule) =>
        listAt(rule, "ports").map(({ port }) => port),
      );
    expect(ports("plugin-barman-cloud", "ingress")).toEqual([9090]);
    expect(ports("cloudnative-pg", "egress")).toContain(9090);
  });

  it("counts what its bill says", () => {
    const { root, operators } = install(["cloudnative-pg"], 2);
    const [operator] = operators;
    const found = collect(root).find(({ construct }) => construct === operator?.release);
    expect(found && footprintOf(found.construct, found.manifest)).toMatchObject({ pods: 2, cpu: 0.2, source: "bill" });
  });
});

describe("an operator for GitOps", () => {
  const { root } = install(["cert-manager", "cloudnative-pg"]);
  const manifests = collect(root).map(({ manifest }) => manifest);
  const oci = find(manifests, "HelmRelease", "cert-manager");
  const classic = find(manifests, "HelmRelease", "cloudnative-pg");

  it("is a source and a release of Flux, which keeps its kinds fresh", () => {
    const [source, release] = forGitops(oci, "flux");
    expect(source).toEqual({
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "HelmRepository",
      metadata: { name: "cert-manager", namespace: "cert-manager" },
      spec: { interval: "24h", url: "oci://quay.io/jetstack/charts", type: "oci" },
    });
    expect(release).toMatchObject({
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      kind: "HelmRelease",
      spec: {
        releaseName: "cert-manager",
        chart: {
          spec: {
            chart: "cert-manager",
            version: "v1.21.1",
            sourceRef: { kind: "HelmRepository", name: "cert-manager" },
          },
        },
        install: { crds: "CreateReplace" },
        upgrade: { crds: "CreateReplace" },
        values: { crds: { enabled: true, keep: true } },
      },
    });
    expect(forGitops(classic, "flux")[0]).toMatchObject({
      spec: { url: "https://cloudnative-pg.github.io/charts" },
    });
    expect(at(forGitops(classic, "flux")[0], "spec", "type")).toBeUndefined();
  });

  it("is an Application of Argo CD, which writes OCI registries without their scheme", () => {
    const [application, ...others] = forGitops(oci, "argocd");
    expect(others).toEqual([]);
    expect(application).toMatchObject({
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name: "cert-manager", namespace: "argocd" },
      spec: {
        source: {
          repoURL: "quay.io/jetstack/charts",
          chart: "cert-manager",
          targetRevision: "v1.21.1",
          helm: { releaseName: "cert-manager" },
        },
        destination: { server: "https://kubernetes.default.svc", namespace: "cert-manager" },
      },
    });
    expect(forGitops(classic, "argocd")[0]).toMatchObject({
      spec: { source: { repoURL: "https://cloudnative-pg.github.io/charts", chart: "cloudnative-pg" } },
    });
  });

  it.each(["flux", "argocd"] as const)("leaves everything else to %s as it is", (tool) => {
    const policy = find(manifests, "NetworkPolicy", "cert-manager");
    expect(forGitops(policy, tool)).toEqual([policy]);
  });
});
