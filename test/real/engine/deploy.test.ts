import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { at, type JsonObject, listAt, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import type { EngineEvent } from "../../../stacks/engine/events.ts";
import { contents } from "../../support/filiera.ts";
import { StandIns } from "../apply/operators.ts";
import type { KubeObject } from "../control-plane/client.ts";
import { ControlPlane } from "../control-plane/control-plane.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";
import { playOnceInstalled, Target } from "./target.ts";

const { skip, title } = skipped(layers.engine);
const CLUSTER_WIDE = [
  ["v1", "Namespace"],
  ["apiextensions.k8s.io/v1", "CustomResourceDefinition"],
  ["rbac.authorization.k8s.io/v1", "ClusterRole"],
  ["rbac.authorization.k8s.io/v1", "ClusterRoleBinding"],
] as const;

const deployment: KubeObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "mlflow", namespace: "mlflow" },
};
const secret = (namespace: string, name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace },
});

describe.skipIf(skip)(`${title}: the life of the environment local`, { timeout: 900_000 }, () => {
  let plane: ControlPlane;
  let target: Target;
  let operators: StandIns;
  let resources = 0;
  let before: readonly string[] = [];
  beforeAll(async () => {
    plane = await ControlPlane.start({ nodes: [{ name: "one" }] });
    target = new Target(plane);
    operators = new StandIns(plane);
    before = await clusterWide();
  });
  afterAll(() => plane.stop());

  async function clusterWide(): Promise<readonly string[]> {
    const found = await Promise.all(
      CLUSTER_WIDE.map(async ([apiVersion, kind]) =>
        (await plane.client.list(apiVersion, kind)).map((each) => `${kind} ${textAt(each, "metadata", "name")}`),
      ),
    );
    return found.flat().sort();
  }

  const get = async (object: KubeObject): Promise<JsonObject> => {
    const found = await plane.client.get(object);
    if (!found) throw new Error(`there is no ${object.kind} ${object.metadata.name}`);
    return found;
  };
  const uid = async (object: KubeObject): Promise<string> => textAt(await get(object), "metadata", "uid") ?? "";

  /** Runs `up` and expects that it succeeds. */
  async function up(...flags: readonly string[]) {
    const ended = await target.run("up", { flags });
    expect([ended.code, ended.stderr], ended.stdout).toEqual([0, ""]);
    return ended;
  }

  /** An `up` that must have nothing to do. */
  async function unchanged(): Promise<void> {
    expect((await up("--expect-no-changes")).changes).toEqual({ same: resources });
  }

  it("is made in one go, and no file of the project changes", async () => {
    const files = contents(join(target.project, "environments"));
    const [{ changes }] = await Promise.all([
      up(),
      playOnceInstalled(plane, operators, "cert-manager"),
      playOnceInstalled(plane, operators, "cloudnative-pg"),
    ]);
    expect(Object.keys(changes)).toEqual(["create"]);
    resources = changes["create"] ?? 0;
    expect(resources).toBeGreaterThan(60);
    expect(contents(join(target.project, "environments"))).toEqual(files);
  });

  it("is the same a second time", unchanged);

  it("is the same for Pulumi alone", async () => {
    const { exitCode, all } = await execa(
      "pulumi",
      [
        "up",
        "--stack",
        "local",
        "--config-file",
        ".filiera/Pulumi.local.yaml",
        "--yes",
        "--skip-preview",
        "--expect-no-changes",
      ],
      {
        cwd: target.project,
        reject: false,
        all: true,
        env: {
          ...target.env,
          PULUMI_BACKEND_URL: `file://${target.project}/.filiera/state`,
          PULUMI_CONFIG_PASSPHRASE_FILE: join(target.project, ".filiera/passphrase"),
        },
      },
    );
    expect(exitCode, all).toBe(0);
    expect(all).toContain(`${resources} unchanged`);
  });

  it("has its secrets in the state only encrypted", async () => {
    const secrets = (await plane.client.list("v1", "Secret")).filter((each) => textAt(each, "type") === "Opaque");
    const values = secrets.flatMap((each) =>
      Object.entries(objectAt(each, "data")).flatMap(([key, value]) =>
        /password|key$|Password/i.test(key) || Buffer.from(String(value), "base64").length === 40
          ? [Buffer.from(String(value), "base64").toString()]
          : [],
      ),
    );
    expect(values.length).toBeGreaterThan(5);
    const { state } = target;
    const found = values.filter(
      (value) => state.includes(value) || state.includes(Buffer.from(value).toString("base64")),
    );
    expect(found).toEqual([]);
    expect(state).toContain("mlflow-admin");
  });

  it("is the same with another authority file, another address and other arguments of the credential's plugin", async () => {
    const config: unknown = parse(readFileSync(plane.kubeconfig, "utf8"));
    const file = (name: string, text: string): string => {
      const path = join(target.project, name);
      writeFileSync(path, text);
      return path;
    };
    const decoded = (...path: readonly string[]): string =>
      Buffer.from(textAt(config, ...path) ?? "", "base64").toString();
    const credential = file(
      "credential.json",
      JSON.stringify({
        apiVersion: "client.authentication.k8s.io/v1",
        kind: "ExecCredential",
        status: {
          clientCertificateData: decoded("users", "0", "user", "client-certificate-data"),
          clientKeyData: decoded("users", "0", "user", "client-key-data"),
        },
      }),
    );
    for (const [i, server] of [plane.server, plane.server.replace("127.0.0.1", "localhost")].entries()) {
      const exec = {
        apiVersion: "client.authentication.k8s.io/v1",
        command: "cat",
        args: [credential, ...Array.from({ length: i }, () => "-u")],
        interactiveMode: "Never",
      };
      const KUBECONFIG = file(
        `kubeconfig-${i}`,
        stringify({
          apiVersion: "v1",
          kind: "Config",
          contexts: [{ name: "test", context: { cluster: "other", user: "other" } }],
          clusters: [
            {
              name: "other",
              cluster: {
                server,
                "certificate-authority": file(
                  `ca-${i}.crt`,
                  decoded("clusters", "0", "cluster", "certificate-authority-data"),
                ),
              },
            },
          ],
          users: [{ name: "other", user: { exec } }],
        }),
      );
      const { code, stdout, stderr, changes } = await target.run("up", {
        env: { KUBECONFIG },
        flags: ["--expect-no-changes"],
      });
      expect([code, stderr, changes], stdout).toEqual([0, "", { same: resources }]);
    }
  });

  it("follows an edit of its file, and changes nothing else", async () => {
    const kept = await uid(deployment);
    target.add("  filiera:mlflow:\n    connectionPool: { size: 2, maxOverflow: 2 }");
    expect((await up()).changes).toEqual({ same: resources - 1, update: 1 });
    expect(await uid(deployment)).toBe(kept);
    expect(JSON.stringify(await get(deployment))).toContain('"MLFLOW_SQLALCHEMYSTORE_POOL_SIZE","value":"2"');
  });

  it("makes a rotated credential beside the one before it, and then rolls the pods that use it", async () => {
    const secrets = [secret("mlflow", "mlflow-settings"), secret("postgres", "postgres-owner")];
    const before = secret("postgres", "postgres-db-mlflow");
    const accepted = objectAt(await get(before), "data");
    const uids = await Promise.all([...secrets, deployment].map(uid));
    const values = await Promise.all(secrets.map(get));
    const checksum = (found: JsonObject) =>
      at(found, "spec", "template", "metadata", "annotations", "filiera.dev/checksum");
    const rolled = checksum(await get(deployment));
    target.add("  filiera:postgres:\n    credentialGeneration: 2");
    const { changes, events } = await up();
    expect(await Promise.all([...secrets, deployment].map(uid))).toEqual(uids);
    for (const [i, each] of secrets.entries())
      expect(objectAt(await get(each), "data")).not.toEqual(objectAt(values[i], "data"));
    expect(checksum(await get(deployment))).not.toBe(rolled);
    expect(objectAt(await get(before), "data")).toEqual(accepted);
    // the deployment, and who may connect to the servers
    expect(changes["update"]).toBe(secrets.length + 2);
    resources += (changes["create"] ?? 0) - (changes["delete"] ?? 0);
    expect(position(events, "resOutputsEvent", "DatabaseRole::platform/postgres/postgres-db-mlflow-g2")).toBeLessThan(
      position(events, "resourcePreEvent", "Secret::platform/mlflow/mlflow-settings"),
    );
    expect(operationsOn(events, "kubernetes:").filter((each) => /replace|delete/.test(each))).toEqual([]);
    expect(position(events, "resOutputsEvent", "Secret::platform/mlflow/mlflow-settings")).toBeLessThan(
      position(events, "resourcePreEvent", "Deployment::platform/mlflow/mlflow"),
    );
    await unchanged();
  });

  it("leaves the replicas that an autoscaler set", async () => {
    target.change("maxOverflow: 2 }", "maxOverflow: 2 }\n    autoscaling: { maxReplicas: 3 }");
    resources += (await up()).changes["create"] ?? 0;
    const scale = { apiVersion: "autoscaling/v1", kind: "Scale", metadata: deployment.metadata, spec: { replicas: 3 } };
    await plane.client.request("PUT", `${await plane.client.pathOf(deployment)}/scale`, scale);
    await plane.until(
      "kube-controller-manager",
      "scaled",
      deployment,
      (found) => at(found, "status", "readyReplicas") === 3,
    );
    await unchanged();
    target.change("size: 2", "size: 3");
    expect((await up()).changes["update"]).toBe(1);
    expect(at(await get(deployment), "spec", "replicas")).toBe(3);
  });

  it("puts back what somebody changed by hand", async () => {
    const config: KubeObject = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "mlflow-auth", namespace: "mlflow" },
    };
    const was = objectAt(await get(config), "data");
    const changed = { ...config, data: { "basic_auth.ini": "by hand" } };
    await plane.client.request("PATCH", await plane.client.pathOf(config), changed, "application/merge-patch+json");
    await up();
    expect(objectAt(await get(config), "data")).toEqual(was);
    await unchanged();
  });

  it("makes again one object of each kind that somebody deleted", async () => {
    const ours = objectsIn(target.state);
    const oneOfEach = [
      ...new Map(ours.filter(({ kind }) => kind !== "Namespace").map((each) => [each.kind, each])).values(),
    ];
    expect(oneOfEach.length).toBeGreaterThan(14);
    const uids = new Map(await Promise.all(oneOfEach.map(async (each) => [each, await uid(each)] as const)));
    for (const each of oneOfEach) await plane.client.delete(each);
    for (const each of oneOfEach) await gone(each);
    await up();
    for (const [each, was] of uids) expect(await uid(each), each.kind).not.toBe(was);
    await unchanged();
  });

  it("makes a namespace again with all that was in it", async () => {
    const namespace: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "mlflow" } };
    await plane.client.delete(namespace);
    await gone(namespace);
    await up();
    expect(await uid(deployment)).not.toBe("");
    await unchanged();
  });

  async function gone(object: KubeObject): Promise<void> {
    await plane.processes.until("kube-controller-manager", `${object.kind} gone`, async () =>
      (await plane.client.get(object)) ? undefined : true,
    );
  }

  it("is destroyed, and nothing of it is left in the cluster or the state", async () => {
    const { code, stdout, stderr } = await target.run("destroy");
    expect([code, stderr], stdout).toEqual([0, ""]);
    expect(await clusterWide()).toEqual(before);
    expect(listAt(JSON.parse(target.state), "checkpoint", "latest", "resources")).toEqual([]);
  });

  it("may be destroyed twice", async () => {
    const { code, stdout, stderr } = await target.run("destroy");
    expect([code, stdout, stderr]).toEqual([0, "nothing is deployed of local\n", ""]);
  });
});

/** The objects of Kubernetes in a state. */
function objectsIn(state: string): KubeObject[] {
  return listAt(JSON.parse(state), "checkpoint", "latest", "resources").flatMap((each) => {
    const { apiVersion, kind } = objectAt(each, "outputs");
    const { name, namespace } = objectAt(each, "outputs", "metadata");
    return typeof apiVersion === "string" && typeof kind === "string" && typeof name === "string"
      ? [{ apiVersion, kind, metadata: { name, ...(typeof namespace === "string" && { namespace }) } }]
      : [];
  });
}

/** What was done to resources of a type: `update kubernetes:core/v1:Secret`. */
function operationsOn(events: readonly EngineEvent[], type: string): string[] {
  return events.flatMap((event) => {
    const metadata = objectAt(event, "resOutputsEvent", "metadata");
    return textAt(metadata, "type")?.startsWith(type) ? [`${textAt(metadata, "op")} ${textAt(metadata, "type")}`] : [];
  });
}

/** Where in the run an event of a resource stands. */
function position(events: readonly EngineEvent[], kind: string, urn: string): number {
  const found = events.findIndex((event) => {
    const metadata = at(event, kind, "metadata");
    return textAt(metadata, "urn")?.endsWith(urn) && textAt(metadata, "op") !== "refresh";
  });
  expect(found, urn).toBeGreaterThan(-1);
  return found;
}
