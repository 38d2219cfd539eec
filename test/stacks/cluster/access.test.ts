import { createServer, type Server } from "node:http";
import { CoreV1Api } from "@kubernetes/client-node";
import getPort from "get-port";
import { afterAll, describe, expect, it } from "vitest";
import { isFilieraError } from "../../../constructs/kernel/errors.ts";
import { AccessError, accessCluster, versionProblem } from "../../../stacks/cluster/access.ts";
import { folder, write } from "../../support/filiera.ts";
import { type ContextParts, kubeconfig } from "../../support/kubeconfig.ts";

const cluster = (more: { kubernetesVersion?: "1.34" | "1.35" | "1.36" } = {}) =>
  ({ kind: "existing", context: "dev", kubernetesVersion: "1.35", ...more }) as const;

function env(parts: ContextParts) {
  const HOME = folder();
  write(HOME, { ".kube/config": kubeconfig({ dev: parts }) });
  return { HOME };
}

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

/** A server that answers as an API server does: by path, a status and what it says. */
async function answering(answers: Readonly<Record<string, readonly [number, unknown]>>): Promise<string> {
  const server = createServer((request, response) => {
    const [status, body] = answers[(request.url ?? "").replace(/\/$/, "")] ?? [404, { message: "not found" }];
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  servers.push(server);
  const port = await getPort();
  await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  return `http://127.0.0.1:${port}`;
}

const version = (gitVersion: string): readonly [number, unknown] => [200, { gitVersion, major: "1", minor: "35" }];

/** What is said, and of which kind the refusal is. */
async function refusal(action: () => Promise<unknown>): Promise<{ kind: string | undefined; says: string }> {
  try {
    await action();
  } catch (error) {
    if (isFilieraError(error))
      return { kind: error instanceof AccessError ? error.refusal.kind : undefined, says: error.message };
    throw error;
  }
  return { kind: undefined, says: "no refusal" };
}

describe("a way into a cluster", () => {
  it("knows the server's version, and tells what is there from what is not", async () => {
    const server = await answering({
      "/version": version("v1.35.4+k3s1"),
      "/api/v1/namespaces/mlflow": [200, { metadata: { name: "mlflow" } }],
    });
    const access = await accessCluster(cluster(), env({ server }));
    expect([access.version, access.server]).toEqual(["1.35.4+k3s1", server]);
    const core = access.api(CoreV1Api);
    expect((await access.find(core.readNamespace({ name: "mlflow" })))?.metadata?.name).toBe("mlflow");
    expect(await access.find(core.readNamespace({ name: "other" }))).toBeUndefined();
  });

  it("is refused where nobody listens", async () => {
    const server = `https://127.0.0.1:${await getPort()}`;
    expect(await refusal(() => accessCluster(cluster(), env({ server })))).toEqual({
      kind: "unreachable",
      says: `[filiera:cluster.context] the API server of "dev", ${server}, cannot be reached (ECONNREFUSED): start the cluster, or mend the network, VPN or proxy in between`,
    });
  });

  it("is refused where the name means nothing", async () => {
    const server = "https://api.filiera.invalid";
    const { kind, says } = await refusal(() => accessCluster(cluster(), env({ server })));
    expect(kind).toBe("unreachable");
    expect(says.replace("EAI_AGAIN", "ENOTFOUND")).toBe(
      '[filiera:cluster.context] the API server of "dev", https://api.filiera.invalid, cannot be reached (ENOTFOUND): start the cluster, or mend the network, VPN or proxy in between',
    );
  });

  it("is refused with a credential that the server does not know", async () => {
    const server = await answering({ "/version": [401, { message: "Unauthorized" }] });
    expect(await refusal(() => accessCluster(cluster(), env({ server })))).toEqual({
      kind: "credential",
      says: '[filiera:cluster.context] the API server of "dev" does not know the credential of user "dev-user" (401 Unauthorized): it has expired, or was taken back; sign in again, or fetch the kubeconfig anew',
    });
  });

  it("is refused where the credential's plugin fails, and says how", async () => {
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "sh",
      args: ["-c", "echo 'loading'; echo 'the SSO session has expired' >&2; exit 1"],
    };
    const server = await answering({ "/version": version("v1.35.4") });
    expect(await refusal(() => accessCluster(cluster(), env({ server, user: { exec } })))).toEqual({
      kind: "credential",
      says: `[filiera:cluster.context] the credential plugin of user "dev-user" in the context "dev" failed (the SSO session has expired): run it to see why: sh -c ${exec.args[1]}`,
    });
  });

  it("is refused where the credential's plugin is not there", async () => {
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "no-such-plugin", args: ["token"] };
    expect(await refusal(() => accessCluster(cluster(), env({ user: { exec } })))).toEqual({
      kind: "credential",
      says: '[filiera:cluster.context] the credential plugin of user "dev-user" in the context "dev" failed (spawn no-such-plugin ENOENT): run it to see why: no-such-plugin token',
    });
  });

  it("is refused what it may not do", async () => {
    const message = 'namespaces "mlflow" is forbidden: User "jo" cannot get resource "namespaces"';
    const server = await answering({
      "/version": version("v1.35.4"),
      "/api/v1/namespaces/mlflow": [403, { kind: "Status", message }],
    });
    const access = await accessCluster(cluster(), env({ server }));
    const question = () => access.ask(access.api(CoreV1Api).readNamespace({ name: "mlflow" }));
    expect(await refusal(question)).toEqual({
      kind: "forbidden",
      says: `[filiera:cluster.context] the API server of "dev" forbids it (${message}): ask its administrators for the role cluster-admin`,
    });
  });

  it("is refused by a server that is not well", async () => {
    const server = await answering({ "/version": [503, { message: "etcd is away" }] });
    expect(await refusal(() => accessCluster(cluster(), env({ server })))).toEqual({
      kind: "failed",
      says: '[filiera:cluster.context] the API server of "dev" answers 503 (etcd is away): look at its health',
    });
  });
});

describe("a version of Kubernetes", () => {
  const check = async (gitVersion: string, kubernetesVersion: "1.34" | "1.35" | "1.36") => {
    const server = await answering({ "/version": version(gitVersion) });
    const wanted = cluster({ kubernetesVersion });
    return versionProblem(await accessCluster(wanted, env({ server })), wanted).map(
      ({ path, message }) => `${path}: ${message}`,
    );
  };

  it("that is older than any that is supported is refused", async () => {
    expect(await check("v1.33.9", "1.34")).toEqual([
      'filiera:cluster.context: the API server of "dev" is of Kubernetes 1.33.9; allowed: 1.34 or newer: upgrade the cluster',
    ]);
  });

  it("that is older than the file says is refused", async () => {
    expect(await check("v1.35.0-eks-1", "1.36")).toEqual([
      'filiera:cluster.kubernetesVersion: found "1.36", and the API server of "dev" is of Kubernetes 1.35.0-eks-1; allowed: its minor version, "1.35"',
    ]);
  });

  it("that is the file's or newer is taken, as clusters are upgraded first", async () => {
    expect([await check("v1.35.4", "1.35"), await check("v1.36.1", "1.35")]).toEqual([[], []]);
  });
});
