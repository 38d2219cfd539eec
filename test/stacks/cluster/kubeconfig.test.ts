import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { namedContext } from "../../../stacks/cluster/kubeconfig.ts";
import { complaint } from "../../support/errors.ts";
import { folder, write } from "../../support/filiera.ts";
import { kubeconfig } from "../../support/kubeconfig.ts";

const cluster = (context: string, more: { kubeconfig?: string } = {}) =>
  ({ kind: "existing", context, kubernetesVersion: "1.35", ...more }) as const;

/** A home with files in it. */
function home(files: Readonly<Record<string, string>> = {}) {
  const made = folder();
  write(made, files);
  return { made, env: { HOME: made } };
}

describe("the context of an environment", () => {
  it("is found by its name, whatever the current context is", () => {
    const { env } = home({
      ".kube/config": kubeconfig(
        { prod: { server: "https://prod:6443" }, dev: { server: "https://dev:6443" } },
        "prod",
      ),
    });
    const { server, user, config, files } = namedContext(cluster("dev"), env);
    expect({ server, user, current: config.getCurrentContext(), files }).toEqual({
      server: "https://dev:6443",
      user: "dev-user",
      current: "dev",
      files: ["~/.kube/config"],
    });
  });

  it("is looked for in the files of KUBECONFIG, of which some may be missing, and the first has the last word", () => {
    const { made, env } = home({
      ".kube/config": kubeconfig({ dev: { server: "https://home:6443" } }),
      one: kubeconfig({ dev: { server: "https://one:6443" } }, "dev"),
      two: kubeconfig({ dev: { server: "https://two:6443" }, prod: { server: "https://prod:6443" } }),
    });
    const KUBECONFIG = ["one", "missing", "two"].map((file) => join(made, file)).join(":");
    expect(namedContext(cluster("dev"), { ...env, KUBECONFIG }).server).toBe("https://one:6443");
    expect(namedContext(cluster("prod"), { ...env, KUBECONFIG }).server).toBe("https://prod:6443");
  });

  it("is looked for in filiera:cluster.kubeconfig alone, where that is set", () => {
    const { made, env } = home({
      ".kube/config": kubeconfig({ dev: {} }),
      "team.yaml": kubeconfig({ team: { server: "https://team:6443" } }),
    });
    expect(namedContext(cluster("team", { kubeconfig: "~/team.yaml" }), env).server).toBe("https://team:6443");
    expect(
      complaint(() =>
        namedContext(cluster("dev", { kubeconfig: join(made, "team.yaml") }), { ...env, KUBECONFIG: "/nowhere" }),
      ),
    ).toBe('[filiera:cluster.context] found "dev"; allowed: a context of the kubeconfig, and ~/team.yaml has team');
  });
});

describe("a context that is not there", () => {
  const { made, env } = home({
    ".kube/config": kubeconfig({ "kind-other": {}, staging: {} }, "staging"),
    broken: "contexts: [",
    relative: kubeconfig({ dev: { cluster: { "certificate-authority": "pki/ca.crt" } } }),
    partial: "contexts:\n  - name: dev\n    context: { cluster: gone, user: gone }\n",
    userless:
      "contexts:\n  - name: dev\n    context: { cluster: dev, user: gone }\nclusters:\n  - name: dev\n    cluster: { server: https://dev }\n",
  });

  it.each<[string, { context: string; kubeconfig?: string; KUBECONFIG?: string }, string]>([
    [
      "by a typing error",
      { context: "stagin" },
      '[filiera:cluster.context] found "stagin"; allowed: a context of the kubeconfig, and ~/.kube/config has kind-other, staging; did you mean "staging"?',
    ],
    [
      "as kind has not made it",
      { context: "kind-filiera" },
      '[filiera:cluster.context] found "kind-filiera"; allowed: a context of the kubeconfig, and ~/.kube/config has kind-other, staging; kind create cluster --name filiera makes it',
    ],
    [
      "as no kubeconfig is there",
      { context: "dev", KUBECONFIG: "/nowhere/config" },
      '[filiera:cluster.context] found "dev"; allowed: a context of the kubeconfig, and /nowhere/config has none',
    ],
    [
      "as the file that is named is not there",
      { context: "dev", kubeconfig: "~/nowhere" },
      '[filiera:cluster.kubeconfig] found "~/nowhere", and there is no such file; allowed: path of a kubeconfig',
    ],
    [
      "as the file that is named leads elsewhere by itself",
      { context: "dev", kubeconfig: "~/relative" },
      '[filiera:cluster.kubeconfig] found "~/relative", whose certificate-authority is a path from there, and Pulumi looks for it elsewhere: write it in full, or take the file that kubectl config view --raw --flatten prints',
    ],
    [
      "as its cluster is not",
      { context: "dev", kubeconfig: "~/partial" },
      '[filiera:cluster.context] the context "dev" names the cluster "gone", which is not in ~/partial: fetch the kubeconfig anew',
    ],
    [
      "as its user is not",
      { context: "dev", kubeconfig: "~/userless" },
      '[filiera:cluster.context] the context "dev" names the user "gone", which is not in ~/userless: fetch the kubeconfig anew',
    ],
  ])("%s is an error, and no other is taken", (_, { context, kubeconfig, KUBECONFIG }, says) => {
    expect(
      complaint(() => namedContext(cluster(context, kubeconfig ? { kubeconfig } : {}), { ...env, KUBECONFIG })),
    ).toBe(says);
  });

  it("as the file is no kubeconfig says what its reader said, and quotes nothing of it", () => {
    const says = complaint(() => namedContext(cluster("dev", { kubeconfig: "~/broken" }), env));
    expect(says).toMatch(new RegExp(`^\\[${made}/broken\\] is no kubeconfig \\(.+\\): fetch it anew$`));
    expect(says.split("\n")).toHaveLength(1);
  });
});
