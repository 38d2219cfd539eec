import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../constructs/kernel/json.ts";
import { type OperatorFacts, operators } from "../../../stacks/doctor/operators.ts";
import { compareVersions, tagOf } from "../../../stacks/doctor/running.ts";
import { known } from "../../../stacks/findings/index.ts";
import { wantedObjects } from "../../../stacks/wanted/index.ts";
import { deployment, named, REFUSED, ROOMY, told } from "../../support/cluster.ts";
import { environment } from "../../support/platform.ts";

/** What is said of one operator. */
function ask(setting: string, facts: Partial<OperatorFacts>, chosen: "install" | "existing" = "install"): string[] {
  const config = environment("dev", { "filiera:operators": { [setting]: chosen } });
  const used = new Set(wantedObjects(config).map(({ manifest }) => `${manifest.apiVersion}/${manifest.kind}`));
  return told(operators({ ...ROOMY, ...facts }, config, used)).filter((each) => each.includes(`operators.${setting}:`));
}

const release = (name: string, namespace: string, status: string, version?: string) => ({
  name,
  namespace,
  status,
  revision: 1,
  ...(version !== undefined && { chart: { name, version, appVersion: version } }),
});

const ourNamespace = (name: string): OperatorFacts["present"] =>
  known(
    new Map([
      [
        `/Namespace//${name}`,
        { kind: "Namespace", metadata: { name, labels: { "app.kubernetes.io/part-of": "filiera" } } },
      ],
    ]),
  );

const ownedBy = (name: string, releaseName: string, releaseNamespace: string): JsonObject =>
  named(name, {
    annotations: {
      "meta.helm.sh/release-name": releaseName,
      "meta.helm.sh/release-namespace": releaseNamespace,
    },
  });

describe("an operator that is to be installed", () => {
  it("has nothing in its way", () => {
    expect(ask("certManager", {})).toEqual([
      "fine filiera:operators.certManager: cert-manager v1.21.1 is to be installed",
    ]);
  });

  it("finds kinds that an earlier release of its own has left", () => {
    const definitions = known([ownedBy("certificates.cert-manager.io", "cert-manager", "cert-manager")]);
    expect(ask("certManager", { definitions })).toEqual([
      "fine filiera:operators.certManager: cert-manager v1.21.1 is to be installed; 1 of its kinds are there from an earlier deployment, and are taken over",
    ]);
  });

  it("finds somebody else's kinds, by Helm and not", () => {
    const theirs = known([
      ownedBy("certificates.cert-manager.io", "cm", "security"),
      ownedBy("issuers.cert-manager.io", "cm", "security"),
    ]);
    expect(ask("certManager", { definitions: theirs })).toEqual([
      'problem filiera:operators.certManager: found "install", and its kinds are there already, certificates.cert-manager.io and others, installed by the Helm release security/cm → set it to "existing", or remove what is there first',
    ]);
    expect(ask("cloudnativePg", { definitions: known([named("clusters.postgresql.cnpg.io")]) })).toEqual([
      'problem filiera:operators.cloudnativePg: found "install", and its kinds are there already, clusters.postgresql.cnpg.io, installed not by Helm → set it to "existing", or remove what is there first',
    ]);
  });

  it("finds a release of its own name that is not filiera's", () => {
    const releases = known([release("cert-manager", "cert-manager", "deployed", "v1.14.0")]);
    expect(ask("certManager", { releases })).toEqual([
      'problem filiera:operators.certManager: found "install", and cert-manager v1.14.0 is there already, installed by the Helm release cert-manager/cert-manager, and not by filiera → set it to "existing", or remove what is there first',
    ]);
  });

  it("is there already: as it should be, older, newer", () => {
    const of = (version: string) =>
      ask("certManager", {
        present: ourNamespace("cert-manager"),
        releases: known([release("cert-manager", "cert-manager", "deployed", version)]),
      });
    expect(of("v1.21.1")).toEqual(["fine filiera:operators.certManager: cert-manager v1.21.1 is installed"]);
    expect(of("v1.20.3")).toEqual([
      "note filiera:operators.certManager: the Helm release cert-manager/cert-manager has cert-manager v1.20.3, and up moves it to v1.21.1",
    ]);
    expect(of("v1.22.0")).toEqual([
      "problem filiera:operators.certManager: the Helm release cert-manager/cert-manager has cert-manager v1.22.0, and this filiera would set it back to v1.21.1 → use the filiera that installed it, or a newer one",
    ]);
  });

  it("was left in the middle by a killed run, or failed", () => {
    const of = (status: string) =>
      ask("cloudnativePg", {
        present: ourNamespace("cnpg-system"),
        releases: known([release("cloudnative-pg", "cnpg-system", status)]),
      });
    expect(of("pending-install")).toEqual([
      "note filiera:operators.cloudnativePg: the Helm release cnpg-system/cloudnative-pg is pending-install since a run was killed → filiera up clears it",
    ]);
    expect(of("failed")).toEqual([
      "note filiera:operators.cloudnativePg: the Helm release cnpg-system/cloudnative-pg is failed → filiera up tries again",
    ]);
  });

  it("is not known, where releases may not be read", () => {
    expect(ask("certManager", { releases: REFUSED })).toEqual([
      "unknown filiera:operators.certManager: could not look: it is forbidden",
    ]);
  });
});

describe("an operator that is to be there", () => {
  const certificates = known(new Set(["cert-manager.io/v1/Certificate", "cert-manager.io/v1/ClusterIssuer"]));
  const controller = (namespace: string, tag: string, available = 1) =>
    known([
      deployment(namespace, "cert-manager", `mirror.example.com/jetstack/cert-manager-controller:${tag}`, available),
    ]);
  const databases = known(
    new Set(["postgresql.cnpg.io/v1/Cluster", "postgresql.cnpg.io/v1/Database", "postgresql.cnpg.io/v1/DatabaseRole"]),
  );

  it("is not", () => {
    expect(ask("certManager", {}, "existing")).toEqual([
      'problem filiera:operators.certManager: found "existing", and the cluster does not serve cert-manager.io/v1/Certificate, cert-manager.io/v1/ClusterIssuer → install it (filiera is made for cert-manager v1.21.1), or set it to "install"',
    ]);
    expect(ask("prometheusCrds", {}, "existing")).toEqual([
      'problem filiera:operators.prometheusCrds: found "existing", and the cluster does not serve monitoring.coreos.com/v1/PodMonitor, monitoring.coreos.com/v1/PrometheusRule, monitoring.coreos.com/v1/ServiceMonitor → install it (filiera is made for prometheus-operator-crds v0.93.1), or set it to "install"',
    ]);
  });

  it("is too old to know a kind", () => {
    const served = known(new Set(["postgresql.cnpg.io/v1/Cluster", "postgresql.cnpg.io/v1/Database"]));
    expect(ask("cloudnativePg", { served }, "existing")).toEqual([
      'problem filiera:operators.cloudnativePg: found "existing", and the cluster does not serve postgresql.cnpg.io/v1/DatabaseRole → upgrade it (filiera is made for cloudnative-pg 1.30.0), or set it to "install"',
    ]);
  });

  it("is, whatever registry its image is from", () => {
    expect(
      ask("certManager", { served: certificates, deployments: controller("cert-manager", "v1.21.1") }, "existing"),
    ).toEqual(["fine filiera:operators.certManager: cert-manager v1.21.1 runs in cert-manager"]);
  });

  it("is of another version", () => {
    expect(
      ask("certManager", { served: certificates, deployments: controller("cert-manager", "v1.18.2") }, "existing"),
    ).toEqual([
      "note filiera:operators.certManager: cert-manager v1.18.2 runs in cert-manager; filiera is made for v1.21.1",
    ]);
  });

  it("runs where the platform does not look for it", () => {
    expect(
      ask("certManager", { served: certificates, deployments: controller("security", "v1.21.1") }, "existing"),
    ).toEqual([
      "problem filiera:operators.certManager: it runs in the namespace security, not in cert-manager, and the Secret of the platform's authority is looked for in its own namespace → set filiera:tls to an issuer that the cluster has",
    ]);
    const deployments = known([
      deployment("operators", "cnpg", "ghcr.io/cloudnative-pg/cloudnative-pg@sha256:abcd", 1),
    ]);
    expect(ask("cloudnativePg", { served: databases, deployments }, "existing")).toEqual([
      "problem filiera:operators.cloudnativePg: it runs in the namespace operators, not in cnpg-system, and the databases' NetworkPolicies admit it from there alone → move it there, or have filiera install it",
    ]);
  });

  it("does not run", () => {
    expect(ask("cloudnativePg", { served: databases }, "existing")).toEqual([
      "note filiera:operators.cloudnativePg: no Deployment runs an image of cloudnative-pg, and somebody must act on its kinds → see that it runs",
    ]);
    const deployments = known([deployment("cnpg-system", "cnpg", "ghcr.io/cloudnative-pg/cloudnative-pg:1.30.0", 0)]);
    expect(ask("cloudnativePg", { served: databases, deployments }, "existing")).toEqual([
      "problem filiera:operators.cloudnativePg: the Deployment cnpg-system/cnpg has no pod that is available → mend it first",
    ]);
  });
});

describe("versions", () => {
  it("are compared by their numbers", () => {
    const inOrder = ["v1.9.0", "1.10.0", "v1.10.1-rc.1", "v2"];
    const shuffled = ["v2", "v1.10.1-rc.1", "v1.9.0", "1.10.0"];
    expect(shuffled.sort(compareVersions)).toEqual(inOrder);
    expect(compareVersions("v1.21.1", "1.21.1")).toBe(0);
  });

  it("stand in tags", () => {
    expect(["a/b:1.30.0", "r:5000/a:v1.2.3@sha256:ab", "a:latest", "r:5000/a", "a@sha256:ab"].map(tagOf)).toEqual([
      "1.30.0",
      "v1.2.3",
      undefined,
      undefined,
      undefined,
    ]);
  });
});
