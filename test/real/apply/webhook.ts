import { createServer } from "node:https";
import { json } from "node:stream/consumers";
import { promisify } from "node:util";
import { at, textAt } from "../../../constructs/kernel/json.ts";
import type { BillWebhook } from "../../../constructs/operator/bill.ts";
import { Authority } from "../control-plane/certificates.ts";
import type { KubeObject } from "../control-plane/client.ts";
import { freePort } from "../ports.ts";

/** A webhook on loopback in the place of an operator's own: it admits everything, and notes what it was asked about. */
export class Webhook implements AsyncDisposable {
  /** Kinds of the objects that it was asked about. */
  readonly asked = new Set<string>();
  readonly #authority: Authority;
  readonly #server: ReturnType<typeof createServer>;
  readonly #port: number;

  private constructor(authority: Authority, server: ReturnType<typeof createServer>, port: number) {
    this.#authority = authority;
    this.#server = server;
    this.#port = port;
  }

  /** Gets a port and a certificate; nothing is answered yet. */
  static async prepare(): Promise<Webhook> {
    const authority = await Authority.create("webhook");
    const { certificate, key } = await authority.issue({ name: "webhook", hosts: ["127.0.0.1"] });
    const server = createServer({ cert: certificate, key });
    return new Webhook(authority, server, await freePort());
  }

  /** Has the API server ask it about objects that the bill's webhooks look at, and refuse them while it is silent. */
  configuration(name: string, webhooks: readonly BillWebhook[]): KubeObject {
    const url = `https://127.0.0.1:${this.#port}/`;
    return configurationOf("validating", name, webhooks, { url, authority: this.#authority.certificate });
  }

  /** Begins to answer. */
  async listen(): Promise<void> {
    this.#server.on("request", async (request, response) => {
      const review: unknown = await json(request);
      this.asked.add(textAt(review, "request", "kind", "kind") ?? "");
      response.setHeader("content-type", "application/json").end(
        JSON.stringify({
          apiVersion: "admission.k8s.io/v1",
          kind: "AdmissionReview",
          response: { uid: at(review, "request", "uid"), allowed: true },
        }),
      );
    });
    await new Promise<void>((done) => this.#server.listen(this.#port, "127.0.0.1", done));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await promisify(this.#server.close.bind(this.#server))().catch(() => undefined);
  }
}

/** A configuration of webhooks as a bill describes them, served at a URL in place of the chart's Service. */
export function configurationOf(
  type: "mutating" | "validating",
  name: string,
  webhooks: readonly BillWebhook[],
  { url, authority }: { readonly url: string; readonly authority: string },
): KubeObject {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: type === "mutating" ? "MutatingWebhookConfiguration" : "ValidatingWebhookConfiguration",
    metadata: { name },
    webhooks: webhooks.map((webhook) => ({
      name: `${webhook.type}.${webhook.name}`,
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      failurePolicy: "Fail",
      clientConfig: { url, caBundle: Buffer.from(authority).toString("base64") },
      rules: webhook.resources.map((resource) => ({
        apiGroups: [resource.slice(0, resource.indexOf("/"))],
        apiVersions: ["*"],
        operations: ["CREATE", "UPDATE"],
        resources: [resource.slice(resource.indexOf("/") + 1)],
      })),
    })),
  };
}
