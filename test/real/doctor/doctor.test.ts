import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { textAt } from "../../../constructs/kernel/json.ts";
import { examine } from "../../../stacks/doctor/index.ts";
import { exitCodeOf, type Report } from "../../../stacks/findings/index.ts";
import { told } from "../../support/cluster.ts";
import { filiera, project } from "../../support/filiera.ts";
import { type Changes, environment } from "../../support/platform.ts";
import { ControlPlane } from "../control-plane/control-plane.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";
import { account, READ_ALL } from "./account.ts";
import { definition, filler, helmRelease, namespace } from "./objects.ts";

const { skip, title } = skipped(layers.controlPlane);

const TOOLS = { node: process.versions.node, pulumi: [], wantedPlugins: new Map<string, string>() };
const NODES = ["a1", "b1", "c1"].map((name) => ({ name, zone: name.slice(0, 1) }));
const SET_ROOT = "filiera:cluster.context";

/** What the doctor says of an environment on a control plane, but for the tools of this machine. */
async function ask(kubeconfig: string, name: "dev" | "prod", changes: Changes = {}): Promise<Report> {
  const config = environment(name, { "filiera:cluster": { context: "test", kubeconfig }, ...changes });
  const { findings, ...report } = await examine(name, config, TOOLS);
  return { ...report, findings: findings.filter(({ check }) => check !== "tools") };
}

describe.skipIf(skip)(`${title}, as the doctor sees it`, () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await ControlPlane.start({ nodes: NODES });
  });
  afterAll(() => plane.stop());

  it("has room for a small platform, and nothing in its way", async () => {
    const report = await ask(plane.kubeconfig, "dev");
    expect(told(report.findings)).toEqual([
      `fine ${SET_ROOT}: its user may make all objects of the platform`,
      `fine filiera:cluster.kubernetesVersion: the API server is of Kubernetes ${report.kubernetes}`,
      `fine ${SET_ROOT}: no object of the platform's names is there yet`,
      "fine filiera:operators.certManager: cert-manager v1.21.1 is to be installed",
      "fine filiera:operators.cloudnativePg: cloudnative-pg 0.29.0 is to be installed",
      "fine filiera:operators.barmanCloud: plugin-barman-cloud 0.7.0 is to be installed",
      "fine filiera:operators.prometheusCrds: prometheus-operator-crds 31.0.1 is to be installed",
      "fine filiera:cluster.storageClass: standard, the default, by kwok.x-k8s.io/volume",
      "note filiera:cluster.storageClass: standard makes a volume before its pod has a node (volumeBindingMode Immediate), and the nodes are in 3 zones: a pod may end up where its volume is not → name a class with volumeBindingMode WaitForFirstConsumer",
      expect.stringMatching(
        /^fine filiera:cluster\.context: \d+ pods with [\d.]+ cores and [\d.]+ GiB fit on 3 nodes with 48 cores and 192 GiB left$/,
      ),
      `note ${SET_ROOT}: no CNI is known here, and some enforce no NetworkPolicies → see the documentation of the cluster's`,
      "note filiera:images.pullSecret: is not set: nodes must be able to pull from registry.example.com/filiera without it → set it, unless they are",
    ]);
    expect(exitCodeOf(report)).toBe(0);
  });

  it("lacks what production asks for", async () => {
    const report = await ask(plane.kubeconfig, "prod");
    const wrong = told(report.findings).filter((each) => each.startsWith("problem"));
    expect(wrong).toEqual([
      'problem filiera:cluster.storageClass: found "fast-retain", and the cluster has standard → name one of them, or make it',
      "problem filiera:mlflow.autoscaling: is set, and nobody serves metrics.k8s.io, by which it scales → install metrics-server, or remove the setting",
      expect.stringMatching(/^problem filiera:images\.digests: mlflow, minio-setup, minio, postgresql are not set/),
    ]);
    expect(exitCodeOf(report)).toBe(1);
  });

  it("tells the same to one who may only read, and what such a one may not do: nothing is written", async () => {
    const reader = await account(plane, "reader", [READ_ALL]);
    const [mine, theirs] = [await ask(plane.kubeconfig, "dev"), await ask(reader, "dev")];
    expect(theirs.findings.filter(({ check }) => check !== "access")).toEqual(
      mine.findings.filter(({ check }) => check !== "access"),
    );
    expect(told(theirs.findings)[0]).toMatch(
      /^problem filiera:cluster\.context: its user may not create namespaces, patch namespaces, delete namespaces, … \d+ more → ask the cluster's administrators for the role cluster-admin$/,
    );
  });

  it("cannot be looked at by one who may do nothing", async () => {
    const nobody = await account(plane, "nobody", []);
    const { findings, ...report } = await ask(nobody, "dev");
    expect(findings.filter(({ verdict }) => verdict === "unknown").map(({ path }) => path)).toEqual([
      SET_ROOT,
      "filiera:operators.certManager",
      "filiera:operators.cloudnativePg",
      "filiera:operators.barmanCloud",
      "filiera:operators.prometheusCrds",
      "filiera:cluster.storageClass",
      SET_ROOT,
      SET_ROOT,
    ]);
    expect(told(findings)).toContain(
      `unknown filiera:cluster.storageClass: could not look: the API server of "test" forbids it (storageclasses.storage.k8s.io is forbidden: User "system:serviceaccount:default:nobody" cannot list resource "storageclasses" in API group "storage.k8s.io" at the cluster scope): ask its administrators for the role cluster-admin`,
    );
    const unknown = findings.filter(({ verdict }) => verdict !== "problem");
    expect(exitCodeOf({ ...report, findings: unknown })).toBe(2);
  });

  it("is told of by the command, to people and to programs", async () => {
    const cluster = { kind: "existing", context: "test", kubeconfig: plane.kubeconfig };
    const file = { config: { "filiera:profile": "laptop", "filiera:cluster": cluster } };
    const cwd = project({ here: stringify(file) });
    const people = await filiera(["doctor", "here"], { cwd });
    expect(people.stdout.split("\n")[0]).toMatch(
      /^here {2}context "test", Kubernetes 1\.[\d.]+, https:\/\/127\.0\.0\.1:\d+$/,
    );
    expect(people.stdout).toContain("✗ images      filiera:images.registry: is not set, and filiera/minio-setup:1 and");
    const programs = await filiera(["doctor", "here", "--json"], { cwd });
    expect([people.code, programs.code]).toEqual([1, 1]);
    expect(JSON.parse(programs.stdout)).toMatchObject({ context: "test", verdict: "problems" });
  });

  it("has names that are taken, an operator of somebody else, and a release that a killed run left", async () => {
    for (const object of [
      namespace("minio"),
      namespace("cnpg-system", { "app.kubernetes.io/part-of": "filiera" }),
      namespace("security"),
      definition("cert-manager.io", "certificates", "Certificate", {
        "meta.helm.sh/release-name": "cm",
        "meta.helm.sh/release-namespace": "security",
      }),
      helmRelease("cm", "security", 1, "superseded", "v1.13.0"),
      helmRelease("cm", "security", 2, "deployed", "v1.14.0"),
      helmRelease("cloudnative-pg", "cnpg-system", 1, "deployed", "0.28.0"),
      helmRelease("plugin-barman-cloud", "cnpg-system", 1, "pending-install", "0.7.0"),
    ])
      await plane.client.create(object);
    const found = told((await ask(plane.kubeconfig, "dev")).findings);
    expect(found.filter((each) => /Namespace|operators/.test(each))).toEqual([
      "problem Namespace minio: is there already, and is not filiera's: it lacks the label app.kubernetes.io/part-of → remove it, or deploy to another cluster",
      'problem filiera:operators.certManager: found "install", and its kinds are there already, certificates.cert-manager.io, installed by the Helm release security/cm → set it to "existing", or remove what is there first',
      "note filiera:operators.cloudnativePg: the Helm release cnpg-system/cloudnative-pg has cloudnative-pg 0.28.0, and up moves it to 0.29.0",
      "note filiera:operators.barmanCloud: the Helm release cnpg-system/plugin-barman-cloud is pending-install since a run was killed → filiera up clears it",
      "fine filiera:operators.prometheusCrds: prometheus-operator-crds 31.0.1 is to be installed",
    ]);
    const existing = await ask(plane.kubeconfig, "dev", { "filiera:operators": { certManager: "existing" } });
    expect(told(existing.findings)).toContain(
      'problem filiera:operators.certManager: found "existing", and the cluster does not serve cert-manager.io/v1/ClusterIssuer → upgrade it (filiera is made for cert-manager v1.21.1), or set it to "install"',
    );
  });
});

describe.skipIf(skip)(`${title} that is too small, as the doctor sees it`, () => {
  it("has no room on nodes that others fill, and none on those that take no pods", async () => {
    await using plane = await ControlPlane.start({
      nodes: [
        { name: "small", cpu: "2", memory: "4Gi" },
        { name: "other", cpu: "2", memory: "3Gi" },
        { name: "gpu", gpus: 8, taints: [{ key: "nvidia.com/gpu", effect: "NoSchedule" }] },
      ],
      storageClasses: [],
      podSecurity: "privileged",
    });
    await plane.client.create(filler("filler", "small", "3Gi"));
    await plane.until(
      "kube-scheduler",
      "placed",
      filler("filler", "small", "3Gi"),
      (found) => textAt(found, "spec", "nodeName") !== undefined,
    );
    const found = told((await ask(plane.kubeconfig, "dev")).findings);
    expect(found.filter((each) => /^problem/.test(each))).toEqual([
      "problem filiera:cluster.storageClass: is not set, and no StorageClass is the cluster's default: the cluster has none → install a provisioner of volumes",
      expect.stringMatching(
        /^problem filiera:cluster\.context: the platform asks for [\d.]+ GiB of memory, and its nodes have 4 GiB of memory left → add a node, or ask for less in filiera:postgres, filiera:objectStore, filiera:kafka and filiera:mlflow$/,
      ),
    ]);
    expect(found).toContain(
      "note filiera:cluster.context: 1 node takes no pods of the platform, which tolerate no taint: gpu is tainted nvidia.com/gpu:NoSchedule",
    );
  });
});
