import { relative } from "node:path";
import { describe, expect, it } from "vitest";
import { leftBehind, runReport } from "../../cli/local-status.ts";
import { type ObjectStatus, RunFolder, type RunStatus } from "../../local/index.ts";
import { processOf } from "../../local/process/table.ts";
import { exitCodeOf } from "../../stacks/findings/index.ts";
import { told } from "../support/cluster.ts";
import { filiera, folder, project, write } from "../support/filiera.ts";

const object = (identity: string, more: Partial<ObjectStatus> = {}): ObjectStatus => ({
  identity,
  state: "ready",
  since: "2026-11-24T12:00:00.000Z",
  addresses: {},
  logs: {},
  restarts: 0,
  ...more,
});

const run = (objects: readonly ObjectStatus[], more: Partial<RunStatus> = {}): RunStatus => ({
  environment: "local",
  phase: "ready",
  supervisor: { pid: 4711, start: "1" },
  started: "2026-11-24T12:00:00.000Z",
  objects,
  notes: ["NetworkPolicies are not enforced here"],
  ...more,
});

describe("the status of a run on this machine", () => {
  it("is well: what is not run here does not count", () => {
    const report = runReport(
      run([
        object("apps/Deployment/mlflow/mlflow", { addresses: { http: "http://127.0.0.1:5000" } }),
        object("batch/Job/minio/minio-setup", { state: "done" }),
        object("networking.k8s.io/NetworkPolicy/mlflow/mlflow", { state: "not run here" }),
      ]),
    );
    expect(report.place).toBe("on this machine, run by process 4711 since 2026-11-24T12:00:00.000Z");
    expect(told(report.findings)).toEqual([
      "fine local: ready; 2 of 2 objects are well",
      "fine addresses: Deployment mlflow/mlflow at http://127.0.0.1:5000",
      "note local: NetworkPolicies are not enforced here",
    ]);
    expect(exitCodeOf(report)).toBe(0);
  });

  it("names what is not well, and where its output is", () => {
    const report = runReport(
      run([
        object("apps/Deployment/mlflow/mlflow", {
          state: "restarting",
          detail: "container main ended with status 1\nand more",
          logs: { main: "/tmp/main.log" },
        }),
        object("batch/Job/mlflow/mlflow-migrate", { state: "failed" }),
        object("apps/StatefulSet/minio/minio", { state: "waiting" }),
      ]),
    );
    expect(told(report.findings).slice(0, 4)).toEqual([
      "fine local: ready; 0 of 3 objects are well",
      'problem Deployment mlflow/mlflow: is restarting: container main ended with status 1 → filiera logs local "Deployment mlflow/mlflow"',
      "problem Job mlflow/mlflow-migrate: is failed → filiera run local says more",
      "note StatefulSet minio/minio: is waiting",
    ]);
    expect(exitCodeOf(report)).toBe(1);
  });

  it("tells of one whose supervisor died", () => {
    expect(told([leftBehind(run([]))])).toEqual([
      "problem local: process 4711, which ran it on this machine, is gone and was ready → filiera stop local ends what it left",
    ]);
  });
});

describe.concurrent("filiera status", () => {
  /** Asks in a project in which a run left this status, with no kubeconfig. */
  async function ask(left?: RunStatus) {
    const cwd = project();
    if (left) write(cwd, { [relative(cwd, new RunFolder(cwd, "local").status)]: JSON.stringify(left) });
    const { code, stdout } = await filiera(["status", "local", "--json"], {
      cwd,
      env: { HOME: folder(), KUBECONFIG: "" },
    });
    const { findings, ...report } = JSON.parse(stdout);
    return { code, report, found: told(findings) };
  }
  const alive = { pid: process.pid, start: processOf(process.pid)?.start ?? "" };

  it("is the run's as long as it goes on", async () => {
    const { code, report } = await ask(run([object("apps/Deployment/mlflow/mlflow")], { supervisor: alive }));
    expect([code, report.verdict]).toEqual([0, "fine"]);
    expect(report.place).toContain(`run by process ${process.pid} `);
  });

  it("is the cluster's where nothing runs here, or no longer", async () => {
    for (const left of [undefined, run([], { phase: "stopped", supervisor: alive })]) {
      const { code, report, found } = await ask(left);
      expect([code, report.verdict, report.context]).toEqual([2, "unknown", "kind-filiera"]);
      expect(found).toEqual([
        'unknown filiera:cluster.context: found "kind-filiera"; allowed: a context of the kubeconfig, and ~/.kube/config has none; kind create cluster --name filiera makes it',
      ]);
    }
  });

  it("tells first of a run that died", async () => {
    const { found } = await ask(run([], { supervisor: { pid: process.pid, start: "another's" } }));
    expect(found[0]).toBe(
      `problem local: process ${process.pid}, which ran it on this machine, is gone and was ready → filiera stop local ends what it left`,
    );
  });
});
