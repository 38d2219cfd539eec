import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type JsonObject, listAt, objectAt } from "../../../constructs/kernel/json.ts";
import { toYaml } from "../../../constructs/kernel/render.ts";
import { folderOf } from "../prepared.ts";
import { Processes } from "../processes.ts";
import { type Access, serve } from "./api-server.ts";
import type { Authority } from "./certificates.ts";
import { type Client, conditionOf, type KubeObject } from "./client.ts";
import { type FakeNode, forClasses, nodeObject, STAGES, storageClass } from "./nodes.ts";
import { commandOf, kubernetes, kwok } from "./programs.ts";

/** @see ControlPlane.start */
export interface ControlPlaneOptions {
  /** Nodes that say they run what is scheduled on them. @default - none: nothing is scheduled */
  readonly nodes?: readonly FakeNode[];
  /** Classes of volumes that there are where there are nodes; the first is the default. @default ["standard"] */
  readonly storageClasses?: readonly string[];
  /** The Pod Security Standard that a namespace without a label enforces. @default "restricted" */
  readonly podSecurity?: "privileged" | "baseline" | "restricted";
  /** More arguments for the API server. @default - none */
  readonly apiServer?: readonly string[];
}

/**
 * A real Kubernetes without a machine to run pods: etcd, API server, controllers, scheduler, and kwok for nodes. Each
 * has ports, keys and a folder of its own, on loopback; many can run at once. Its kubeconfig has one context, `test`.
 *
 * @example
 * await using plane = await ControlPlane.start({ nodes: [{ name: "one" }] });
 * await plane.client.apply(namespace);
 */
export class ControlPlane implements AsyncDisposable {
  /** Path of a kubeconfig for a cluster administrator. */
  readonly kubeconfig: string;
  /** The API server's address. */
  readonly server: string;
  readonly client: Client;
  /** Who signs certificates of clients. */
  readonly authority: Authority;
  /** The programs, and those that a test adds: all are stopped together. */
  readonly processes: Processes;

  private constructor(processes: Processes, { kubeconfig, server, client, authority }: Access) {
    this.processes = processes;
    this.kubeconfig = kubeconfig;
    this.server = server;
    this.client = client;
    this.authority = authority;
  }

  /** Starts one and waits until its controllers work and its nodes are ready. */
  static async start({
    nodes = [],
    storageClasses = ["standard"],
    podSecurity = "restricted",
    apiServer = [],
  }: ControlPlaneOptions = {}): Promise<ControlPlane> {
    const processes = new Processes();
    try {
      const access = await serve(processes, podSecurity, apiServer);
      const plane = new ControlPlane(processes, access);
      plane.#control(access);
      if (nodes.length > 0) await plane.#addNodes(nodes, storageClasses);
      // without its account a namespace takes no pods: when this is there, controllers work
      await plane.until("kube-controller-manager", "working", {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "default", namespace: "default" },
      });
      return plane;
    } catch (error) {
      await processes.stopAll();
      throw error;
    }
  }

  /** Has kwok play stages: how objects of some kinds, which must be served already, change by themselves. */
  play(name: string, stages: readonly JsonObject[]): void {
    this.#play(name, stages.map(toYaml));
  }

  /** Waits until an object is there, and as it should be. */
  until(
    by: string,
    what: string,
    object: KubeObject,
    is: (found: JsonObject) => boolean = () => true,
  ): Promise<JsonObject> {
    return this.processes.until(by, what, async () => {
      const found = await this.client.get(object);
      return found && is(found) ? found : undefined;
    });
  }

  /** Stops all of it; nothing is left. */
  async stop(): Promise<void> {
    await this.processes.stopAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #control({ kubeconfig, ca, tokenKey }: Access): void {
    const folder = folderOf(kubernetes);
    this.processes.start("kube-controller-manager", [
      ...commandOf("kube-controller-manager", folder),
      `--kubeconfig=${kubeconfig}`,
      `--root-ca-file=${ca}`,
      `--service-account-private-key-file=${tokenKey}`,
      "--leader-elect=false",
      "--secure-port=0",
      "--kube-api-qps=1000",
      "--kube-api-burst=2000",
    ]);
    this.processes.start("kube-scheduler", [
      ...commandOf("kube-scheduler", folder),
      `--kubeconfig=${kubeconfig}`,
      "--leader-elect=false",
      "--secure-port=0",
    ]);
  }

  async #addNodes(nodes: readonly FakeNode[], storageClasses: readonly string[]): Promise<void> {
    for (const object of storageClasses.map(storageClass)) await this.client.apply(object);
    const objects = nodes.map(nodeObject);
    for (const object of objects) await this.client.create(object);
    const stages = STAGES.map((file) => readFileSync(join(folderOf(kwok), file), "utf8"));
    this.#play(
      "kwok",
      stages.map((stage) => forClasses(stage, storageClasses)),
    );
    for (const object of objects)
      await this.until(
        "kwok",
        "ready, and without the taints of a node that was not",
        object,
        (found) => conditionOf(found, "Ready") === "True" && !isTaintedNotReady(found),
      );
  }

  #play(name: string, stages: readonly string[]): void {
    const file = join(this.processes.folder, `${name}.yaml`);
    writeFileSync(file, stages.map((stage) => `---\n${stage}`).join("\n"));
    this.processes.start(name, [
      join(folderOf(kwok), kwok.name),
      `--kubeconfig=${this.kubeconfig}`,
      "--manage-all-nodes",
      "--node-lease-duration-seconds=40",
      `--config=${file}`,
    ]);
  }
}

function isTaintedNotReady(node: JsonObject): boolean {
  return listAt(objectAt(node, "spec"), "taints").some(({ key }) => key === "node.kubernetes.io/not-ready");
}
