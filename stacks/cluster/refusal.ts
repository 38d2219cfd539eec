import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { User } from "@kubernetes/client-node";
import { codeOf, firstLine, messageOf, type Problem } from "../../constructs/kernel/errors.ts";
import { at, textAt } from "../../constructs/kernel/json.ts";
import type { NamedContext } from "./kubeconfig.ts";

/** Why a cluster gives no answer. */
export type RefusalKind = "unreachable" | "untrusted" | "credential" | "forbidden" | "failed";

/** What stands between this machine and a cluster, and the way out. */
export interface Refusal extends Problem {
  readonly kind: RefusalKind;
}

const PATH = "filiera:cluster.context";

/** Codes of TLS that say that the server is not the one that the kubeconfig knows. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|ERR_TLS/;

/** Says in words what a failed question to an API server means. */
export function refusalOf(error: unknown, named: NamedContext): Refusal {
  const status = at(error, "code");
  if (status === 401) return { path: PATH, kind: "credential", message: refusedCredential(named) };
  if (status === 403)
    return {
      path: PATH,
      kind: "forbidden",
      message: `the API server of "${named.context}" forbids it (${reasonOf(error)}): ask its administrators for the role cluster-admin`,
    };
  if (typeof status === "number")
    return {
      path: PATH,
      kind: "failed",
      message: `the API server of "${named.context}" answers ${status} (${reasonOf(error)}): look at its health`,
    };
  return unanswered(error, named);
}

function unanswered(error: unknown, { context, server }: NamedContext): Refusal {
  const code = codeOf(error) ?? messageOf(error);
  if (UNTRUSTED.test(code))
    return {
      path: PATH,
      kind: "untrusted",
      message: `the certificate of "${context}", ${server}, is not signed by the authority in the kubeconfig (${code}): fetch the kubeconfig anew`,
    };
  return {
    path: PATH,
    kind: "unreachable",
    message: `the API server of "${context}", ${server}, cannot be reached (${code}): start the cluster, or mend the network, VPN or proxy in between`,
  };
}

/** A credential that could not even be fetched. */
export function credentialRefusal(error: unknown, { context, user, config }: NamedContext): Refusal {
  const { command, args } = execOf(config.getCurrentUser());
  const said = messageOf(error).trim().split("\n").at(-1) ?? "";
  const message =
    command === undefined
      ? `the credential of user "${user}" in the context "${context}" cannot be used (${said}): fetch the kubeconfig anew`
      : `the credential plugin of user "${user}" in the context "${context}" failed (${said || "it said nothing"}): run it to see why: ${[command, ...args].join(" ")}`;
  return { path: PATH, kind: "credential", message };
}

function refusedCredential({ context, user, config }: NamedContext): string {
  const expired = expiryOf(config.getCurrentUser());
  const why =
    expired && expired < new Date()
      ? `its client certificate expired on ${expired.toISOString().slice(0, 10)}`
      : "it has expired, or was taken back";
  return `the API server of "${context}" does not know the credential of user "${user}" (401 Unauthorized): ${why}; sign in again, or fetch the kubeconfig anew`;
}

/** When the client certificate of a user ends, if there is one. */
function expiryOf(user: User | null): Date | undefined {
  try {
    const pem = user?.certData ? Buffer.from(user.certData, "base64") : user?.certFile && readFileSync(user.certFile);
    return pem ? new Date(new X509Certificate(pem).validTo) : undefined;
  } catch {
    return undefined;
  }
}

function execOf(user: User | null): { readonly command: string | undefined; readonly args: readonly string[] } {
  const command = textAt(user, "exec", "command");
  const args = at(user, "exec", "args");
  return { command, args: Array.isArray(args) ? args.map(String) : [] };
}

/** The message of a Status of Kubernetes, or what stands in its place. */
function reasonOf(error: unknown): string {
  const body = at(error, "body");
  const parsed: unknown = typeof body === "string" ? parse(body) : body;
  return (
    textAt(parsed, "message") ??
    messageOf(error)
      .split("\n")[1]
      ?.replace(/^Message: /, "") ??
    "no reason given"
  );
}

function parse(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    return { message: firstLine(text) };
  }
}
