import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Issuer } from "../../../constructs/connections/index.ts";
import { InternalAuthority, ServerCertificate } from "../../../constructs/tls/index.ts";
import { folderFor, start } from "../../support/running.ts";
import { chart, deployment, IMAGE } from "../../support/running-chart.ts";

/** What a pod gets of a certificate that it mounts. */
async function issued(name: string, issuerOf: (scope: ReturnType<typeof chart>) => Issuer) {
  const scope = chart();
  const certificate = new ServerCertificate(scope, "certificate", {
    name: "web-server",
    namespace: "test",
    issuer: issuerOf(scope),
    dnsNames: ["web", "web.test.svc"],
  });
  const web = deployment(
    scope,
    "web",
    { image: IMAGE, command: ["sleep", "1000"], volumeMounts: [{ name: "tls", mountPath: "/tls" }] },
    { volumes: [{ name: "tls", secret: { secretName: certificate.secret } }] },
  );
  web.node.addDependency(certificate);
  const folder = folderFor(name);
  const running = await start(scope, folder);
  const read = (file: string) => readFileSync(join(folder.path, "pods/test/web/volumes/tls", file), "utf8");
  const files = { certificate: read("tls.crt"), authority: read("ca.crt"), key: read("tls.key") };
  await running.stop();
  return files;
}

const internal = (scope: ReturnType<typeof chart>) =>
  new InternalAuthority(scope, "authority", { name: "authority", certManagerNamespace: "cert-manager" }).issuer;

test.each([
  ["an authority of the platform", internal],
  ["an issuer that a cluster would have", (): Issuer => ({ kind: "ClusterIssuer", name: "company-ca" })],
])("a certificate of %s is good for its names and for this machine, and stays", async (name, issuerOf) => {
  const folder = name.replaceAll(" ", "-");
  const first = await issued(folder, issuerOf);
  const certificate = new X509Certificate(first.certificate);
  const authority = new X509Certificate(first.authority);
  expect(["web", "web.test.svc", "localhost", "elsewhere"].map((host) => certificate.checkHost(host))).toEqual([
    "web",
    "web.test.svc",
    "localhost",
    undefined,
  ]);
  expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(certificate.verify(authority.publicKey)).toBe(true);
  expect([certificate.ca, authority.ca]).toEqual([false, true]);
  expect(first.key).toContain("PRIVATE KEY");
  expect(await issued(folder, issuerOf)).toEqual(first);
  expect((await issued(`${folder}-elsewhere`, issuerOf)).authority).not.toBe(first.authority);
});
