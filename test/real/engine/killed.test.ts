import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listAt, textAt } from "../../../constructs/kernel/json.ts";
import { nameOf } from "../../../stacks/engine/state.ts";
import { StandIns } from "../apply/operators.ts";
import type { KubeObject } from "../control-plane/client.ts";
import { ControlPlane } from "../control-plane/control-plane.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";
import { playOnceInstalled, Target } from "./target.ts";
import { Withholding } from "./withheld.ts";

const { skip, title } = skipped(layers.engine);

/** A hook that a node must run, as the check of cert-manager's real chart is. */
const HOOK = JSON.stringify({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "cert-manager-startupapicheck", annotations: { "helm.sh/hook": "post-install" } },
  spec: {
    template: {
      metadata: { labels: { "app.kubernetes.io/instance": "cert-manager" } },
      spec: {
        restartPolicy: "Never",
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
        containers: [
          {
            name: "check",
            image: "check:1",
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          },
        ],
      },
    },
  },
});

const cluster: KubeObject = {
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "Cluster",
  metadata: { name: "postgres", namespace: "postgres" },
};
const root: KubeObject = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "minio-root", namespace: "minio" },
};
const node: KubeObject = { apiVersion: "v1", kind: "Node", metadata: { name: "one" } };

describe.skipIf(skip)(`${title}: a run that ends early`, { timeout: 900_000 }, () => {
  let plane: ControlPlane;
  let target: Target;
  let operators: StandIns;
  beforeAll(async () => {
    plane = await ControlPlane.start({ nodes: [{ name: "one" }] });
    target = new Target(plane);
    operators = new StandIns(plane);
    const templates = join(target.project, "charts/cert-manager/templates");
    mkdirSync(templates, { recursive: true });
    writeFileSync(join(templates, "hook.json"), HOOK);
    await cordon(true);
  });
  afterAll(() => plane.stop());

  async function cordon(unschedulable: boolean): Promise<void> {
    const change = { ...node, spec: { unschedulable } };
    await plane.client.request("PATCH", await plane.client.pathOf(node), change, "application/merge-patch+json");
  }

  /** Starts a command in a process group of its own. */
  function begin(
    operation: "up" | "destroy" = "up",
    env: Readonly<Record<string, string>> = {},
  ): ChildProcess & { readonly said: () => string } {
    const out = join(target.project, "output");
    writeFileSync(out, "");
    const child = spawn(
      process.execPath,
      [resolve("bin/filiera.js"), operation, "local", "--", "--yes", "--skip-preview"],
      {
        cwd: target.project,
        env: { ...process.env, ...target.env, ...env },
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => writeFileSync(out, chunk, { flag: "a" }));
    return Object.assign(child, { said: () => readFileSync(out, "utf8") });
  }

  const ended = (child: ChildProcess): Promise<number | null> => new Promise((done) => child.once("close", done));

  /** Everything at once, providers too, as a machine that loses its power. */
  async function kill(child: ChildProcess): Promise<void> {
    const over = ended(child);
    const family = familyOf(child.pid ?? 0);
    for (const pid of family) process.kill(pid, "SIGKILL");
    await over;
    await expect.poll(() => family.filter(isThere)).toEqual([]);
  }

  const revisions = async (status: string): Promise<readonly string[]> =>
    (await plane.client.list("v1", "Secret", "cert-manager"))
      .filter((each) => textAt(each, "metadata", "labels", "status") === status)
      .map((each) => textAt(each, "metadata", "name") ?? "");

  const until = <T>(what: string, answer: () => Promise<T | undefined>): Promise<T> =>
    plane.processes.until("kube-apiserver", what, answer, 240);

  const pending = (): string[] =>
    listAt(JSON.parse(target.state), "checkpoint", "latest", "pending_operations").map(
      (each) => `${textAt(each, "type")} ${nameOf(textAt(each, "resource", "urn") ?? "")}`,
    );

  it("by a request to stop, says what waits for what, and how to look further", async () => {
    const run = begin();
    const over = ended(run);
    await until("pending", async () => {
      const events = await plane.client.list("v1", "Event", "cert-manager");
      return events.find((each) => textAt(each, "reason") === "FailedScheduling");
    });
    process.kill(run.pid ?? 0, "SIGTERM");
    expect(await over, run.said()).toBe(1);
    const said = run.said().slice(run.said().indexOf("stopped before these were done:"));
    const lines = said.split("\n").map((line) => line.replace(/startupapicheck-\w+/, "startupapicheck-*"));
    const at = lines.findIndex((line) => line.includes("platform/operators/cert-manager/release"));
    expect(lines.slice(at, at + 3), said).toEqual([
      expect.stringMatching(
        /^ {2}platform\/operators\/cert-manager\/release \(constructs\/platform\/operators\.ts:\d+\): Release cert-manager\/cert-manager waits for its pods and hooks$/,
      ),
      expect.stringMatching(
        /^ {4}pod cert-manager-startupapicheck-\*: FailedScheduling: 0\/1 nodes are available: 1 node\(s\) were unschedulable\./,
      ),
      // its pod may be gone by then, and nothing would describe it
      expect.stringMatching(
        /^ {4}kubectl --context test --namespace cert-manager (?:get events --sort-by=.lastTimestamp|describe pod cert-manager-startupapicheck-\*)$/,
      ),
    ]);
    expect(said).toContain("what was done is in the state: mend the cause, and npx filiera up local goes on");
  });

  it("by a request to stop before it is known whether an object was made, goes on with that object", async () => {
    await using way = await Withholding.start(plane, /\/secrets\/minio-root\b|\/minio\/secrets\b/);
    await plane.client.delete(root);
    const run = begin("up", { KUBECONFIG: way.kubeconfig });
    const over = ended(run);
    await until("made", async () => (way.seen ? true : undefined));
    process.kill(run.pid ?? 0, "SIGTERM");
    expect(await over, run.said()).toBe(1);
    const uid = textAt(await plane.client.get(root), "metadata", "uid");
    expect(uid).toBeDefined();
    expect(run.said()).toContain(
      "the Secret minio/minio-root was made as a run was stopped: it is taken into the state",
    );
    const second = begin();
    await until("the release", async () => (await revisions("pending-install"))[0]);
    await kill(second);
    expect(textAt(await plane.client.get(root), "metadata", "uid")).toBe(uid);
    const password = textAt(await plane.client.get(root), "data", "password") ?? "";
    expect(password).not.toBe("");
    expect(target.state).not.toContain(password);
    expect(target.state).not.toContain(Buffer.from(password, "base64").toString());
  });

  it("by a kill in the middle of a Helm release, is found and cleared by the next", async () => {
    const first = begin();
    await until("a release being installed", async () => (await revisions("pending-install"))[0]);
    await kill(first);
    expect(await revisions("pending-install")).toEqual(["sh.helm.release.v1.cert-manager.v1"]);
    await cordon(false);
    // all operators but PostgreSQL's answer: the next run waits for the database
    const playing = playOnceInstalled(plane, operators, "cert-manager");
    const second = begin();
    await Promise.all([playing, until("a database", () => plane.client.get(cluster).catch(() => undefined))]);
    expect(second.said()).toContain("which is gone: it is unlocked");
    expect(second.said()).toContain(
      "a killed run left the Helm release cert-manager/cert-manager pending-install: its revision is cleared (Secret sh.helm.release.v1.cert-manager.v1)",
    );
    await until("the state", async () => (pending().some((each) => each.includes(":Cluster::")) ? true : undefined));
    await kill(second);
    expect(await revisions("deployed")).toEqual(["sh.helm.release.v1.cert-manager.v1"]);
  });

  it("by a kill while something is made, goes on with that very thing", async () => {
    expect(pending()).toContain("creating kubernetes:postgresql.cnpg.io/v1:Cluster::platform/postgres/postgres");
    const uid = textAt(await plane.client.get(cluster), "metadata", "uid");
    const [{ code, stdout, stderr }] = await Promise.all([
      target.run("up"),
      playOnceInstalled(plane, operators, "cloudnative-pg"),
    ]);
    expect([code, stderr], stdout).toEqual([0, ""]);
    expect(stdout).toContain("a killed run had made the Cluster postgres/postgres: it is taken over");
    expect(textAt(await plane.client.get(cluster), "metadata", "uid")).toBe(uid);
    expect(pending()).toEqual([]);
    const { code: again, changes, stdout: said } = await target.run("up", { flags: ["--expect-no-changes"] });
    expect([again, Object.keys(changes)], said).toEqual([0, ["same"]]);
  });

  it("by a kill in the middle of a Helm upgrade, is found and cleared by the next", async () => {
    const templates = join(target.project, "charts/cert-manager/templates");
    writeFileSync(join(templates, "hook.json"), HOOK.replace("post-install", "pre-upgrade"));
    await cordon(true);
    const env = { CHANGED_RELEASE: "cert-manager" };
    const run = begin("up", env);
    await until("a release being upgraded", async () => (await revisions("pending-upgrade"))[0]);
    await kill(run);
    expect(await revisions("pending-upgrade")).toEqual(["sh.helm.release.v1.cert-manager.v2"]);
    await cordon(false);
    const { code, stdout, stderr } = await target.run("up", { env });
    expect([code, stderr], stdout).toEqual([0, ""]);
    expect(stdout).toContain(
      "a killed run left the Helm release cert-manager/cert-manager pending-upgrade: its revision is cleared (Secret sh.helm.release.v1.cert-manager.v2)",
    );
    expect(await revisions("pending-upgrade")).toEqual([]);
    expect(await revisions("deployed")).toEqual(["sh.helm.release.v1.cert-manager.v2"]);
  });

  it("by a kill while it is destroyed, is destroyed by the next, and nothing is left", async () => {
    const destroy = begin("destroy");
    await until("an object that is gone", async () => ((await plane.client.get(cluster)) ? undefined : true));
    await kill(destroy);
    const { code, stdout, stderr } = await target.run("destroy");
    expect([code, stderr], stdout).toEqual([0, ""]);
    await nothingLeft();
  });

  it("by a kill in the middle of a Helm release, may be destroyed too", async () => {
    writeFileSync(join(target.project, "charts/cert-manager/templates/hook.json"), HOOK);
    await cordon(true);
    const run = begin();
    await until("a release being installed", async () => (await revisions("pending-install"))[0]);
    await kill(run);
    const { code, stdout, stderr } = await target.run("destroy");
    expect([code, stderr], stdout).toEqual([0, ""]);
    expect(stdout).toContain(
      "the Helm release cert-manager/cert-manager was made as a run was stopped: it is taken into the state",
    );
    await nothingLeft();
  });

  async function nothingLeft(): Promise<void> {
    expect(listAt(JSON.parse(target.state), "checkpoint", "latest", "resources")).toEqual([]);
    const names = async (apiVersion: string, kind: string) =>
      (await plane.client.list(apiVersion, kind)).map((each) => textAt(each, "metadata", "name") ?? "").sort();
    expect(await names("v1", "Namespace")).toEqual(["default", "kube-node-lease", "kube-public", "kube-system"]);
    // Helm does not wait until they are gone
    await expect.poll(() => names("apiextensions.k8s.io/v1", "CustomResourceDefinition")).toEqual([]);
  }
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A process and all that it started, directly or not. */
function familyOf(pid: number): number[] {
  const table = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n");
  const parents = table.map((line) => line.trim().split(/\s+/).map(Number));
  const family = [pid];
  for (const member of family)
    family.push(...parents.flatMap(([child = 0, parent]) => (parent === member ? [child] : [])));
  return family;
}
