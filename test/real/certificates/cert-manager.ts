import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { certManager } from "../../../constructs/operator/charts/cert-manager.ts";
import type { StandIns } from "../apply/operators.ts";
import { configurationOf } from "../apply/webhook.ts";
import { Authority } from "../control-plane/certificates.ts";
import { Refusal } from "../control-plane/client.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { freePort } from "../ports.ts";
import { folderOf } from "../prepared.ts";
import { program } from "./program.ts";

/** The release that this is in the place of. */
export const RELEASE = certManager.release;

/**
 * Installs cert-manager as its release does: its kinds, its controllers and its webhook, which are its own code as
 * processes of this machine, and is done when the API server has reached the webhook.
 */
export async function installCertManager(plane: ControlPlane, standIns: StandIns): Promise<void> {
  await standIns.install(RELEASE);
  const { processes, client, kubeconfig } = plane;
  const command = join(folderOf(program), program.name);
  processes.start("cert-manager", [
    command,
    "controller",
    `--kubeconfig=${kubeconfig}`,
    `--cluster-resource-namespace=${certManager.namespace}`,
  ]);
  const authority = await Authority.create("cert-manager-webhook");
  const serving = await authority.issue({ name: "cert-manager-webhook", hosts: ["127.0.0.1"] });
  const port = await freePort();
  const file = (name: string, text: string): string => {
    const path = join(processes.folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  processes.start("cert-manager-webhook", [
    command,
    "webhook",
    `--kubeconfig=${kubeconfig}`,
    `--port=${port}`,
    `--tls-cert-file=${file("webhook.crt", serving.certificate)}`,
    `--tls-private-key-file=${file("webhook.key", serving.key)}`,
  ]);
  for (const [type, path] of [
    ["mutating", "mutate"],
    ["validating", "validate"],
  ] as const) {
    const webhooks = certManager.bill.webhooks.filter((webhook) => webhook.type === type);
    const served = { url: `https://127.0.0.1:${port}/${path}`, authority: authority.certificate };
    await client.apply(configurationOf(type, "cert-manager-webhook", webhooks, served));
  }
  await processes.until("cert-manager-webhook", "answering", () => answers(plane));
}

/** What the chart's own check tries after installation. */
async function answers({ client }: ControlPlane): Promise<true | undefined> {
  try {
    await client.apply(
      {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: { name: "check", namespace: certManager.namespace },
        spec: { dnsNames: ["example.com"], secretName: "check", issuerRef: { name: "check" } },
      },
      { dryRun: true },
    );
    return true;
  } catch (error) {
    if (error instanceof Refusal && error.message.includes("failed calling webhook")) return undefined;
    throw error;
  }
}
