import { describe, expect, it } from "vitest";
import { at } from "../../../constructs/kernel/json.ts";
import { collect } from "../../../constructs/kernel/objects.ts";
import { order } from "../../../constructs/kernel/order.ts";
import { InternalAuthority, ServerCertificate, trustFile } from "../../../constructs/tls/index.ts";
import { chart, object } from "../../support/chart.ts";
import { ISSUER } from "../../support/nouns.ts";
import { lateAs } from "../../support/plain.ts";
import { find } from "../../support/platform.ts";

describe("an internal authority", () => {
  const root = chart();
  // defined before what it needs, as constructs may be
  const { issuer } = new InternalAuthority(root, "authority", { name: "ca", certManagerNamespace: "certs" });
  new ServerCertificate(root, "server", { name: "server", namespace: "team", issuer, dnsNames: ["server.team"] });
  const objects = order(root, collect(root));
  const manifests = objects.map(({ manifest }) => manifest);

  it("signs itself, in the namespace where cert-manager looks, and then others", () => {
    expect(manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""} ${metadata.name}`)).toEqual([
      "ClusterIssuer  ca-bootstrap",
      "Certificate certs ca",
      "ClusterIssuer  ca",
      "Certificate team server",
    ]);
    expect(find(manifests, "Certificate", "ca")["spec"]).toMatchObject({
      isCA: true,
      duration: "87600h",
      issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: "ca-bootstrap" },
    });
  });

  it("comes before the certificates that it signs, each awaited until it is ready", () => {
    const server = objects.find(({ manifest }) => manifest.metadata.name === "server");
    expect([...(server?.dependsOn.keys() ?? [])].map(({ identity }) => identity)).toEqual([
      "cert-manager.io/ClusterIssuer//ca",
    ]);
    expect(objects.map(({ options }) => options.waitFor)).toEqual(Array(4).fill("condition=Ready"));
  });

  it("gives servers a new key with each certificate, a month before the old one ends", () => {
    expect(find(manifests, "Certificate", "server")["spec"]).toEqual({
      secretName: "server",
      issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: "ca" },
      privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
      dnsNames: ["server.team"],
      usages: ["digital signature", "server auth"],
      duration: "2160h",
      renewBefore: "720h",
    });
  });
});

describe("trust", () => {
  const place = { name: "trust", namespace: "team" };

  it("in a public authority needs no file", () => {
    expect(trustFile(chart(), "trust", { ...place, authority: { kind: "public" } })).toBeUndefined();
  });

  it("in certificates is a ConfigMap with them, late ones too", () => {
    const root = chart();
    const pem = lateAs("-----BEGIN CERTIFICATE-----");
    const file = trustFile(root, "trust", { ...place, authority: { kind: "pem", pem } });
    expect(file).toMatchObject({ source: { configMap: "trust" }, key: "ca.crt" });
    const [made] = collect(root);
    expect(at(made?.manifest, "data", "ca.crt")).toBe(String(pem));
    expect(file?.ready).toBe(made?.construct);
  });

  it("in an issuer comes beside a certificate that no server could use", () => {
    const root = chart();
    const ready = object(root, "issuer");
    const file = trustFile(root, "trust", { ...place, authority: { kind: "issuer", issuer: { ...ISSUER, ready } } });
    expect(file).toMatchObject({ source: { secret: "trust" }, key: "ca.crt" });
    const [first, second] = order(root, collect(root));
    expect(first?.construct).toBe(ready);
    expect(second?.manifest["spec"]).toMatchObject({
      dnsNames: ["trust.team.trust.invalid"],
      usages: ["client auth"],
      issuerRef: { name: "authority" },
    });
  });
});
