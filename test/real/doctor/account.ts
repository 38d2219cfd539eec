import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { textAt } from "../../../constructs/kernel/json.ts";
import { toYaml } from "../../../constructs/kernel/render.ts";
import { folder, write } from "../../support/filiera.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";

/** A rule of a ClusterRole. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** To read everything, and to write nothing. */
export const READ_ALL: Rule = { apiGroups: ["*"], resources: ["*"], verbs: ["get", "list", "watch"] };

/** Path of a kubeconfig for an account that may do this and no more; its context is `test` too. */
export async function account(
  { client, kubeconfig }: ControlPlane,
  name: string,
  rules: readonly Rule[],
): Promise<string> {
  const rbac = "rbac.authorization.k8s.io";
  await client.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: "default" } });
  await client.create({
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRole",
    metadata: { name },
    rules: rules.map((rule) => ({ ...rule })),
  });
  await client.create({
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name },
    subjects: [{ kind: "ServiceAccount", name, namespace: "default" }],
  });
  const { body } = await client.request("POST", `/api/v1/namespaces/default/serviceaccounts/${name}/token`, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: {},
  });
  const config = parse(readFileSync(kubeconfig, "utf8"));
  config.users = config.users.map((user: { name: string }) => ({
    name: user.name,
    user: { token: textAt(body, "status", "token") },
  }));
  const made = folder();
  write(made, { kubeconfig: toYaml(config) });
  return join(made, "kubeconfig");
}
