import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";
import type { KubeObject } from "./client.ts";
import { ControlPlane } from "./control-plane.ts";

const { skip, title } = skipped(layers.controlPlane);

describe.skipIf(skip)(title, () => {
  it("serves two at once, each for itself, and nothing of either is left", async () => {
    const [one, other] = await Promise.all([ControlPlane.start(), ControlPlane.start()]);
    const folders = [one, other].map(({ processes }) => processes.folder);
    const pids = [one, other].flatMap(({ processes }) => PROGRAMS.map((name) => processes.pidOf(name) ?? 0));
    await one.client.apply(namespace("only-here"));
    expect(await one.client.get(namespace("only-here"))).toBeDefined();
    expect(await other.client.get(namespace("only-here"))).toBeUndefined();
    await Promise.all([one.stop(), other.stop()]);
    expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
    expect(pids.filter(isAlive)).toEqual([]);
  });
});

const PROGRAMS = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

function namespace(name: string): KubeObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
