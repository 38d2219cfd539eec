import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { JsonObject } from "../../../constructs/kernel/json.ts";
import { listAt, textAt } from "../../../constructs/kernel/json.ts";
import { operatorCharts } from "../../../constructs/operator/index.ts";
import { examine } from "../../../stacks/doctor/index.ts";
import { exitCodeOf, type Report } from "../../../stacks/findings/index.ts";
import { examineDeployed } from "../../../stacks/status/index.ts";
import { told } from "../../support/cluster.ts";
import { filiera, project } from "../../support/filiera.ts";
import { type Changes, KAFKA, resolved } from "../../support/platform.ts";
import { applyInOrder } from "../apply/apply.ts";
import { CLUSTER } from "../apply/cluster.ts";
import { StandIns } from "../apply/operators.ts";
import { appliedBy, stepsOfProgram, stepsOfRendering } from "../apply/steps.ts";
import { conditionOf } from "../control-plane/client.ts";
import { ControlPlane } from "../control-plane/control-plane.ts";
import { account, READ_ALL } from "../doctor/account.ts";
import { helmRelease } from "../doctor/objects.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";

const { skip } = skipped(layers.environments);

const OBJECTS = appliedBy(stepsOfRendering(resolved("prod", KAFKA)));
const ALL = OBJECTS.length;
const SECRETS = OBJECTS.filter(({ kind }) => kind === "Secret").length;

describe.skipIf(skip)("the status of a platform on a real control plane", () => {
  let plane: ControlPlane;
  let before: Report;

  const cluster = (kubeconfig: string): Changes => ({
    ...KAFKA,
    "filiera:cluster": { kind: "existing", context: "test", kubeconfig },
  });
  const ask = (kubeconfig = plane.kubeconfig, changes: Changes = {}) =>
    examineDeployed("prod", resolved("prod", { ...cluster(kubeconfig), ...changes }));
  const wrong = async (...of: Parameters<typeof ask>) =>
    told((await ask(...of)).findings).filter((each) => !/^fine |HorizontalPodAutoscaler/.test(each));
  const patch = (path: string, body: JsonObject, type = "application/merge-patch+json") =>
    plane.client.request("PATCH", path, body, type);

  beforeAll(async () => {
    plane = await ControlPlane.start(CLUSTER);
    before = await ask();
    await applyInOrder(
      plane,
      await stepsOfProgram("prod", resolved("prod", cluster(plane.kubeconfig))),
      new StandIns(plane).install,
    );
    // it looks every 15 s; nobody serves metrics here, and so it has something to say
    await plane.until(
      "kube-controller-manager",
      "looked at by the autoscaler",
      {
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "mlflow", namespace: "mlflow" },
      },
      (found) => conditionOf(found, "ScalingActive") === "False",
    );
    for (const { release, namespace, chart } of Object.values(operatorCharts))
      await plane.client.create(helmRelease(release, namespace, 1, "deployed", chart.version));
  });
  afterAll(() => plane.stop());

  it("is nothing before it is deployed", () => {
    expect(told(before.findings)).toEqual([
      `problem filiera:cluster.context: nothing of prod is in "test": none of its ${ALL} objects → filiera up prod makes them`,
    ]);
    expect(exitCodeOf(before)).toBe(1);
  });

  it("is well right after it was, but for metrics: no object differs by what the API server made of it", async () => {
    const report = await ask();
    expect(told(report.findings)).toEqual([
      `fine filiera:cluster.context: ${ALL - 1} of ${ALL} objects are there and well`,
      expect.stringMatching(
        /^problem mlflow\/HorizontalPodAutoscaler mlflow: does not scale: the HPA was unable to compute the replica count/,
      ),
      expect.stringMatching(/^fine filiera:operators: cert-manager v1\.21\.1, /),
      "fine filiera:cluster.context: all objects are what the file says, and there are no others",
    ]);
    expect(exitCodeOf({ ...report, findings: report.findings.filter(({ check }) => check !== "health") })).toBe(0);
  });

  it("is the same to one who may only read: nothing is written", async () => {
    const reader = await account(plane, "reader", [READ_ALL]);
    expect((await ask(reader)).findings).toEqual((await ask()).findings);
  });

  it("is known in part to one who may not read Secrets", async () => {
    const resources = ["pods", "configmaps", "services", "serviceaccounts", "namespaces"];
    const viewer = await account(plane, "viewer", [
      { ...READ_ALL, apiGroups: [""], resources },
      { ...READ_ALL, apiGroups: ["apps", "batch", "policy", "autoscaling", "networking.k8s.io"] },
      {
        ...READ_ALL,
        apiGroups: [
          "cert-manager.io",
          "postgresql.cnpg.io",
          "barmancloud.cnpg.io",
          "kafka.strimzi.io",
          "monitoring.coreos.com",
        ],
      },
    ]);
    const report = await ask(viewer);
    const found = told(report.findings);
    expect(found[0]).toMatch(
      /^unknown filiera:cluster\.context: could not look at 1 object \(Secret\): the API server of "test" forbids it \(secrets "[\w-]+" is forbidden: /,
    );
    expect(found).toContain(`fine filiera:cluster.context: ${ALL - 1 - SECRETS} of ${ALL} objects are there and well`);
    expect(exitCodeOf({ ...report, findings: report.findings.filter(({ verdict }) => verdict !== "problem") })).toBe(2);
  });

  it("is what the doctor takes for an earlier deployment: its own pods make no room smaller", async () => {
    const config = resolved("prod", cluster(plane.kubeconfig));
    const { findings } = await examine("prod", config, { node: "24", pulumi: [], wantedPlugins: new Map() });
    const found = told(findings);
    expect(found).toContain(`fine filiera:cluster.context: ${ALL} objects are there from an earlier deployment`);
    expect(found).toContain("fine filiera:operators.certManager: cert-manager v1.21.1 is installed");
    expect(found).toContainEqual(expect.stringMatching(/ fit on 6 nodes with 96 cores and 384 GiB left$/));
  });

  it("tells what the file no longer says", async () => {
    const found = await wrong(plane.kubeconfig, { "filiera:objectStore": { versioning: false } });
    expect(found).toEqual([
      expect.stringMatching(/^problem minio\/Job minio-setup-[0-9a-f]{8}: is not there → filiera up prod makes it$/),
      expect.stringMatching(
        /^problem minio\/ConfigMap minio-setup: data\["state\.json"\] is …\S*versioning\S*true\S*, and the file says …\S*versioning\S*false/,
      ),
      expect.stringMatching(
        /^problem minio\/Job minio-setup-[0-9a-f]{8}: is filiera's, and the file does not ask for it → /,
      ),
    ]);
  });

  it("tells what was changed by hand, and what was deleted", async () => {
    await patch("/apis/apps/v1/namespaces/minio/statefulsets/minio", { spec: { replicas: 3 } });
    await patch("/apis/networking.k8s.io/v1/namespaces/postgres/networkpolicies/postgres", {
      spec: { ingress: [{ from: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }] },
    });
    await patch("/api/v1/namespaces/mlflow/secrets/mlflow-admin", { data: { password: null } });
    await patch("/api/v1/namespaces/mlflow/configmaps/mlflow-auth", { data: { "more.ini": "x" } });
    await plane.client.delete({ apiVersion: "v1", kind: "Service", metadata: { name: "minio", namespace: "minio" } });
    // what an autoscaler sets is nobody's drift
    await patch("/apis/apps/v1/namespaces/mlflow/deployments/mlflow", { spec: { replicas: 4 } });
    await plane.until(
      "kube-controller-manager",
      "scaled",
      { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "mlflow", namespace: "mlflow" } },
      (found) => Number(Object(found["status"])["readyReplicas"]) === 4,
    );
    const found = (await wrong()).filter((each) => !/PodDisruptionBudget/.test(each));
    expect(found).toEqual([
      "problem minio/Service minio: is not there → filiera up prod makes it",
      "problem minio/StatefulSet minio: spec.replicas is 3, and the file says 4 → filiera up prod makes it what the file says",
      expect.stringMatching(
        /^problem postgres\/NetworkPolicy postgres: .*; spec\.ingress\[0\]\.from\[0\]\.ipBlock is {"cidr":"0\.0\.0\.0\/0"}, of which the file says nothing/,
      ),
      "problem mlflow/Secret mlflow-admin: data.password is not there → filiera up prod makes it what the file says",
      'problem mlflow/ConfigMap mlflow-auth: data["more.ini"] is "x", of which the file says nothing → filiera up prod makes it what the file says',
    ]);
  });

  it("tells why pods do not run, and the command to look further", async () => {
    const pods = await plane.client.list("v1", "Pod", "mlflow");
    const pod = pods.find((each) => listAt(each, "metadata", "ownerReferences")[0]?.["kind"] === "ReplicaSet");
    const name = textAt(pod, "metadata", "name");
    await patch(`/api/v1/namespaces/mlflow/pods/${name}/status`, {
      status: {
        conditions: [{ type: "Ready", status: "False" }],
        containerStatuses: [
          {
            name: "main",
            image: "x",
            imageID: "",
            ready: false,
            restartCount: 3,
            state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 40s" } },
            lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
          },
        ],
      },
    });
    await plane.until(
      "kube-controller-manager",
      "not ready",
      { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "mlflow", namespace: "mlflow" } },
      (found) => Number(Object(found["status"])["readyReplicas"]) === 3,
    );
    expect(await wrong()).toContain(
      `problem mlflow/Deployment mlflow: 3 of 4 pods are ready; pod ${name}: main waits, CrashLoopBackOff: back-off 40s, after exit status 137 (OOMKilled) → kubectl --context test --namespace mlflow describe pod ${name}`,
    );
  });

  it("is told of by the command, to people and to programs", async () => {
    const file = { config: { "filiera:profile": "laptop", ...cluster(plane.kubeconfig) } };
    const cwd = project({ here: stringify(file) });
    const people = await filiera(["status", "here"], { cwd });
    expect([people.code, people.stderr]).toEqual([1, ""]);
    expect(people.stdout.split("\n").length).toBeLessThan(40);
    const programs = await filiera(["status", "here", "--json"], { cwd });
    expect(JSON.parse(programs.stdout)).toMatchObject({ environment: "here", verdict: "problems" });
  });
});
