import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { toYaml } from "../../../constructs/kernel/render.ts";
import { freePort } from "../ports.ts";
import { folderOf } from "../prepared.ts";
import type { Processes } from "../processes.ts";
import { Authority } from "./certificates.ts";
import { Client, Refusal } from "./client.ts";
import { commandOf, kubernetes } from "./programs.ts";

/** How to reach an API server. */
export interface Access {
  /** Path of a kubeconfig for a cluster administrator. */
  readonly kubeconfig: string;
  readonly server: string;
  readonly client: Client;
  /** Who signs certificates of clients. */
  readonly authority: Authority;
  /** Path of the authority's certificate. */
  readonly ca: string;
  /** Path of the key that signs tokens of service accounts. */
  readonly tokenKey: string;
}

/** Name of the context in the kubeconfig, of its cluster and of its user. */
export const CONTEXT = "test";

/** Starts etcd and an API server on it, on loopback, with keys of their own, and waits until it serves. */
export async function serve(processes: Processes, podSecurity: string, more: readonly string[]): Promise<Access> {
  const file = (name: string, text: string): string => {
    const path = join(processes.folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const authority = await Authority.create("filiera-test");
  const serving = await authority.issue({ name: "kube-apiserver", hosts: ["127.0.0.1", "localhost"] });
  const admin = await authority.issue({ name: "admin", group: "system:masters" });
  const tokens = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ca = file("ca.crt", authority.certificate);
  const tokenKey = file("tokens.key", tokens.privateKey.export({ type: "sec1", format: "pem" }).toString());
  const tokenPublicKey = file("tokens.pub", tokens.publicKey.export({ type: "spki", format: "pem" }).toString());
  const [client, peer, port] = [await freePort(), await freePort(), await freePort()];
  const server = `https://127.0.0.1:${port}`;

  processes.start("etcd", [
    ...commandOf("etcd", folderOf(kubernetes)),
    "--name=test",
    `--data-dir=${join(processes.folder, "etcd")}`,
    `--listen-client-urls=http://127.0.0.1:${client}`,
    `--advertise-client-urls=http://127.0.0.1:${client}`,
    `--listen-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-cluster=test=http://127.0.0.1:${peer}`,
    // it needs to survive nothing
    "--unsafe-no-fsync",
    "--log-level=warn",
  ]);
  processes.start("kube-apiserver", [
    ...commandOf("kube-apiserver", folderOf(kubernetes)),
    `--etcd-servers=http://127.0.0.1:${client}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    // nobody reaches it by its Service, and an endpoint may not be on loopback
    "--endpoint-reconciler-type=none",
    `--secure-port=${port}`,
    `--tls-cert-file=${file("serving.crt", serving.certificate)}`,
    `--tls-private-key-file=${file("serving.key", serving.key)}`,
    `--client-ca-file=${ca}`,
    "--authorization-mode=Node,RBAC",
    "--service-cluster-ip-range=10.96.0.0/16",
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-key-file=${tokenPublicKey}`,
    `--service-account-signing-key-file=${tokenKey}`,
    `--admission-control-config-file=${file("admission.yaml", admission(podSecurity))}`,
    "--allow-privileged=true",
    ...more,
  ]);
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: CONTEXT, server, caData: base64(authority.certificate) }],
    users: [{ name: CONTEXT, certData: base64(admin.certificate), keyData: base64(admin.key) }],
    contexts: [{ name: CONTEXT, cluster: CONTEXT, user: CONTEXT }],
    currentContext: CONTEXT,
  });
  const access = {
    kubeconfig: file("kubeconfig", config.exportConfig()),
    server,
    client: new Client(config),
    authority,
    ca,
    tokenKey,
  };
  await processes.until("kube-apiserver", "ready", () => isReady(access.client));
  return access;
}

async function isReady(client: Client): Promise<true | undefined> {
  try {
    await client.request("GET", "/readyz");
    return true;
  } catch (error) {
    // not listening yet, or saying what it still waits for
    if (error instanceof Refusal || (error instanceof Error && "code" in error)) return undefined;
    throw error;
  }
}

/** PodSecurity for namespaces that say nothing themselves. */
function admission(level: string): string {
  return toYaml({
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "AdmissionConfiguration",
    plugins: [
      {
        name: "PodSecurity",
        configuration: {
          apiVersion: "pod-security.admission.config.k8s.io/v1",
          kind: "PodSecurityConfiguration",
          defaults: { enforce: level, "enforce-version": "latest", warn: level, "warn-version": "latest" },
          exemptions: { namespaces: ["kube-system"] },
        },
      },
    ],
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
