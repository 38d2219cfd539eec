import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { objectAt, textAt } from "../../../constructs/kernel/json.ts";
import { contents } from "../../support/filiera.ts";
import { kubeconfig } from "../../support/kubeconfig.ts";
import type { KubeObject } from "../control-plane/client.ts";
import { ControlPlane } from "../control-plane/control-plane.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";
import { Target } from "./target.ts";

const { skip, title } = skipped(layers.engine);

describe.skipIf(skip)(`${title}: a cluster that cannot take it`, () => {
  let plane: ControlPlane;
  let target: Target;
  beforeAll(async () => {
    plane = await ControlPlane.start();
    target = new Target(plane);
  });
  afterAll(() => plane.stop());

  /** What an `up` says that ends before it begins: neither the cluster nor the environment's file is changed. */
  async function refusal(env: Readonly<Record<string, string>> = {}): Promise<string> {
    const before = [await everything(), contents(join(target.project, "environments"))];
    const { code, stderr } = await target.run("up", { env });
    expect(code, stderr).toBe(2);
    expect([await everything(), contents(join(target.project, "environments"))]).toEqual(before);
    expect(stderr.split("\n").length).toBeLessThan(20);
    return stderr;
  }

  async function everything(): Promise<readonly string[]> {
    const kinds = ["Namespace", "Secret", "ConfigMap", "ServiceAccount", "Service"];
    const found = await Promise.all(kinds.map((kind) => plane.client.list("v1", kind)));
    return found.flat().map((each) => textAt(each, "metadata", "uid") ?? "");
  }

  /** The same cluster in another kubeconfig, as another user. */
  function asUser(name: string, user: Readonly<Record<string, unknown>>): { KUBECONFIG: string } {
    const config: unknown = parse(readFileSync(plane.kubeconfig, "utf8"));
    const [cluster] = [objectAt(config, "clusters", "0", "cluster")];
    const KUBECONFIG = join(target.project, `${name}.kubeconfig`);
    writeFileSync(KUBECONFIG, kubeconfig({ test: { cluster, user } }, "test"));
    return { KUBECONFIG };
  }

  const problem = (text: string): string => `1 problem, not deployed:\n  ${text}\n`;

  it("as the kubeconfig has no such context, whatever its current one is", async () => {
    const KUBECONFIG = join(target.project, "other.kubeconfig");
    writeFileSync(KUBECONFIG, readFileSync(plane.kubeconfig, "utf8").replaceAll(/\btest\b/g, "other"));
    expect((await refusal({ KUBECONFIG })).replaceAll(target.project, "<project>")).toBe(
      problem(
        'filiera:cluster.context: found "test"; allowed: a context of the kubeconfig, and <project>/other.kubeconfig has other',
      ),
    );
  });

  it("as the credential is not one", async () => {
    expect(await refusal(asUser("expired", { token: "an-old-token" }))).toBe(
      problem(
        'filiera:cluster.context: the API server of "test" does not know the credential of user "test-user" (401 Unauthorized): it has expired, or was taken back; sign in again, or fetch the kubeconfig anew',
      ),
    );
  });

  it("as the credential has expired", async () => {
    const yesterday = new Date(Date.now() - 12 * 3600 * 1000);
    const expired = await plane.authority.issue({ name: "admin", group: "system:masters", until: yesterday });
    const base64 = (text: string): string => Buffer.from(text).toString("base64");
    const user = {
      "client-certificate-data": base64(expired.certificate),
      "client-key-data": base64(expired.key),
    };
    expect(await refusal(asUser("expired-certificate", user))).toBe(
      problem(
        `filiera:cluster.context: the API server of "test" does not know the credential of user "test-user" (401 Unauthorized): its client certificate expired on ${yesterday.toISOString().slice(0, 10)}; sign in again, or fetch the kubeconfig anew`,
      ),
    );
  });

  it("as the certificate is another authority's", async () => {
    const KUBECONFIG = join(target.project, "untrusted.kubeconfig");
    writeFileSync(KUBECONFIG, kubeconfig({ test: { server: plane.server } }));
    expect(await refusal({ KUBECONFIG })).toBe(
      problem(
        `filiera:cluster.context: the certificate of "test", ${plane.server}, is not signed by the authority in the kubeconfig (UNABLE_TO_VERIFY_LEAF_SIGNATURE): fetch the kubeconfig anew`,
      ),
    );
  });

  it("as the user may not", async () => {
    const account: KubeObject = {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "jo", namespace: "default" },
    };
    await plane.client.create(account);
    const path = `${await plane.client.pathOf(account)}/token`;
    const { body } = await plane.client.request("POST", path, {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: {},
    });
    expect(await refusal(asUser("jo", { token: textAt(body, "status", "token") }))).toBe(
      problem(
        'filiera:cluster.context: user "test-user" may not do in "test" what is planned (get namespaces, create namespaces, patch namespaces, delete namespaces, … 100 more): ask its administrators for the role cluster-admin',
      ),
    );
  });

  it("as an object of ours is there already, and of somebody else", async () => {
    const namespace: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "mlflow" } };
    const secret: KubeObject = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "mlflow-admin", namespace: "mlflow" },
      stringData: { username: "theirs" },
    };
    const operators: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "cnpg-system" } };
    const labels = { owner: "helm", name: "cloudnative-pg", status: "deployed", version: "1" };
    const release: KubeObject = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "sh.helm.release.v1.cloudnative-pg.v1", namespace: "cnpg-system", labels },
      type: "helm.sh/release.v1",
    };
    for (const each of [namespace, secret, operators, release]) await plane.client.apply(each);
    const way = "or take it over (PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true)";
    expect(await refusal()).toBe(
      [
        "4 problems, not deployed:",
        `  platform/namespaces/cnpg-system/namespace: the Namespace cnpg-system is in the cluster already, and the state of this environment does not know it: remove it (kubectl --context test delete namespace cnpg-system), ${way}`,
        `  platform/namespaces/mlflow/namespace: the Namespace mlflow is in the cluster already, and the state of this environment does not know it: remove it (kubectl --context test delete namespace mlflow), ${way}`,
        "  platform/operators/cloudnative-pg/release: the Helm release cnpg-system/cloudnative-pg is in the cluster already, and the state of this environment does not know it: remove it (helm uninstall cloudnative-pg --kube-context test --namespace cnpg-system), or set filiera:operators to find it",
        `  platform/tracking/mlflow/admin: the Secret mlflow/mlflow-admin is in the cluster already, and the state of this environment does not know it: remove it (kubectl --context test --namespace mlflow delete secret mlflow-admin), ${way}`,
        "",
      ].join("\n"),
    );
    expect(textAt(await plane.client.get(secret), "data", "username")).toBe(Buffer.from("theirs").toString("base64"));
  });

  it("as it is older than the file says", async () => {
    const text = readFileSync(target.file, "utf8");
    target.write(text.replace("context: test", 'context: test\n    kubernetesVersion: "1.36"'));
    const said = await refusal();
    target.write(text);
    expect(said).toMatch(
      /^1 problem, not deployed:\n {2}filiera:cluster\.kubernetesVersion: found "1\.36", and the API server of "test" is of Kubernetes 1\.35\.\d+; allowed: its minor version, "1\.35"\n$/,
    );
  });
});
