import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, textAt } from "../../../constructs/kernel/json.ts";
import { folder } from "../../support/filiera.ts";
import type { KubeObject } from "../control-plane/client.ts";
import { ControlPlane } from "../control-plane/control-plane.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";

const { skip, title } = skipped(layers.engine);

/** An autoscaler under a version of its API: what the two call the same is written differently. */
const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import { ApiObject, App, Chart } from "cdk8s";
import { Options } from ${JSON.stringify(resolve("constructs/kernel/options.ts"))};
import { lower } from ${JSON.stringify(resolve("stacks/bridge/lower.ts"))};
import { existingCluster } from ${JSON.stringify(resolve("stacks/cluster/existing.ts"))};
const resource = { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } };
const specs = {
  "autoscaling/v1": { targetCPUUtilizationPercentage: 80 },
  "autoscaling/v2": { metrics: [{ type: "Resource", resource }] },
};
export default () => {
  const apiVersion = process.env.AUTOSCALING;
  const chart = new Chart(new App(), "chart");
  new ApiObject(chart, "autoscaler", {
    apiVersion,
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", namespace: "default" },
    spec: { minReplicas: 1, maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, ...specs[apiVersion] },
  });
  new ApiObject(chart, "config", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web", namespace: "default" }, data: { a: "ours" } });
  const labels = { app: "web" };
  const server = new ApiObject(chart, "server", {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "web", image: process.env.IMAGE ?? "web:1" }] } },
    },
  });
  Options.of(server).set({ ignoreChanges: ["spec.replicas"], skipAwait: true });
  lower(chart, { cluster: "test", provider: existingCluster("test", { context: "test" }), checksumKey: pulumi.secret("key") });
};
`;

describe.skipIf(skip)(`${title}: what others do to an object, and versions of its API`, () => {
  const project = folder();
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await ControlPlane.start();
    mkdirSync(join(project, "state"));
    writeFileSync(
      join(project, "Pulumi.yaml"),
      "name: versions\nmain: main.mjs\nruntime: { name: nodejs, options: { typescript: false } }\n",
    );
    writeFileSync(join(project, "package.json"), '{ "type": "module" }');
    writeFileSync(join(project, "main.mjs"), PROGRAM);
    symlinkSync(resolve("node_modules"), join(project, "node_modules"));
    await pulumi(["stack", "init", "test"]);
  });
  afterAll(() => plane.stop());

  async function pulumi(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const { exitCode, all } = await execa("pulumi", [...args, "--non-interactive"], {
      cwd: project,
      reject: false,
      all: true,
      env: {
        PULUMI_BACKEND_URL: `file://${project}/state`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_HOME: join(project, "home"),
        KUBECONFIG: plane.kubeconfig,
        ...env,
      },
    });
    expect(exitCode, all).toBe(0);
    return all;
  }

  const deploy = (AUTOSCALING: string): Promise<string> =>
    pulumi(["up", "--stack", "test", "--yes", "--skip-preview"], { AUTOSCALING });

  it("keeps an object under another version of its API", async () => {
    await deploy("autoscaling/v1");
    const object: KubeObject = {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "web", namespace: "default" },
    };
    const uid = textAt(await plane.client.get(object), "metadata", "uid");
    expect(uid).toBeDefined();
    const said = await deploy("autoscaling/v2");
    expect(textAt(await plane.client.get(object), "metadata", "uid"), said).toBe(uid);
    expect(said).not.toMatch(/replaced|deleted/);
    expect(await deploy("autoscaling/v2")).toMatch(/6 unchanged/);
  });

  it("keeps the replicas that an autoscaler set while the rest changes, and puts back what somebody changed by hand", async () => {
    const metadata = { name: "web", namespace: "default" };
    const server: KubeObject = { apiVersion: "apps/v1", kind: "Deployment", metadata };
    const config: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata };
    const scale = { apiVersion: "autoscaling/v1", kind: "Scale", metadata, spec: { replicas: 3 } };
    await plane.client.request("PUT", `${await plane.client.pathOf(server)}/scale`, scale);
    const byHand = { ...config, data: { a: "theirs" } };
    await plane.client.request("PATCH", await plane.client.pathOf(config), byHand, "application/merge-patch+json");
    const said = await pulumi(["up", "--stack", "test", "--yes", "--skip-preview", "--refresh"], {
      AUTOSCALING: "autoscaling/v2",
      IMAGE: "web:2",
    });
    const found = await plane.client.get(server);
    expect([at(found, "spec", "replicas"), JSON.stringify(found).includes("web:2")], said).toEqual([3, true]);
    expect(at(await plane.client.get(config), "data", "a")).toBe("ours");
    expect(said).toMatch(/2 updated/);
  });
});
