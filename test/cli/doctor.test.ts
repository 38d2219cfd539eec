import getPort from "get-port";
import { describe, expect, it } from "vitest";
import { filiera, folder, project, write } from "../support/filiera.ts";
import { kubeconfig } from "../support/kubeconfig.ts";

/** Runs the doctor with a home of its own, so that no kubeconfig of this machine is found. */
async function doctor(environment: string, contexts: Parameters<typeof kubeconfig>[0], ...options: readonly string[]) {
  const HOME = folder();
  write(HOME, { ".kube/config": kubeconfig(contexts) });
  return filiera(["doctor", environment, ...options], { cwd: project(), env: { HOME, KUBECONFIG: "" } });
}

describe.concurrent("filiera doctor", () => {
  it("could not look where the kubeconfig has no such context, whatever its current one is", async () => {
    const { code, stdout, stderr } = await doctor("prod", { staging: { server: "https://127.0.0.1:1" } });
    expect([code, stderr]).toEqual([2, ""]);
    expect(stdout.replace(/\s+/g, " ")).toContain(
      '? access filiera:cluster.context: found "prod"; allowed: a context of the kubeconfig, and ~/.kube/config has staging',
    );
    // what needs no cluster is looked at all the same
    expect(stdout).toContain(`Node ${process.versions.node}`);
  });

  it("could not look where nobody listens, and says so to programs too", async () => {
    const server = `https://127.0.0.1:${await getPort()}`;
    const { code, stdout } = await doctor("prod", { prod: { server } }, "--json");
    const { findings, verdict } = JSON.parse(stdout);
    expect([code, verdict]).toEqual([2, "unknown"]);
    expect(findings.at(-1)).toEqual({
      check: "access",
      verdict: "unknown",
      path: "filiera:cluster.context",
      found: `the API server of "prod", ${server}, cannot be reached (ECONNREFUSED): start the cluster, or mend the network, VPN or proxy in between`,
    });
  });

  it("reads no file that is wrong", async () => {
    const cwd = project({ broken: "config:\n  filiera:profile: huge\n" });
    const { code, stdout, stderr } = await filiera(["doctor", "broken"], { cwd });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("filiera:profile: ");
  });
});
