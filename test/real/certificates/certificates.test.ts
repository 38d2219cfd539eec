import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, type JsonObject, listAt, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import { examineDeployed } from "../../../stacks/status/index.ts";
import { told } from "../../support/cluster.ts";
import { resolved } from "../../support/platform.ts";
import { applyInOrder } from "../apply/apply.ts";
import { CLUSTER } from "../apply/cluster.ts";
import { StandIns } from "../apply/operators.ts";
import { appliedBy, type Step, stepsOfProgram } from "../apply/steps.ts";
import type { KubeObject } from "../control-plane/client.ts";
import { ControlPlane } from "../control-plane/control-plane.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";
import { installCertManager, RELEASE } from "./cert-manager.ts";

const { skip, title } = skipped(layers.certificates);
const DAY = 24 * 3600 * 1000;

describe.skipIf(skip)(title, () => {
  let plane: ControlPlane;
  let steps: readonly Step[];
  let asked: readonly KubeObject[];

  beforeAll(async () => {
    plane = await ControlPlane.start(CLUSTER);
    const standIns = new StandIns(plane, { real: ["cert-manager.io"] });
    steps = await stepsOfProgram("prod", resolved("prod"));
    asked = appliedBy(steps).filter(({ kind }) => kind === "Certificate");
    const install = (release: string) =>
      release === RELEASE ? installCertManager(plane, standIns) : standIns.install(release);
    await applyInOrder(plane, steps, install);
  });
  afterAll(() => plane.stop());

  it("issues every certificate that production asks for, each for what it is asked", async () => {
    expect(asked.length).toBeGreaterThan(4);
    const root = (await issued(plane, one(asked, "filiera-ca"))).certificate;
    expect(root.ca).toBe(true);
    expect(root.checkIssued(root)).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
    expect(daysOf(root)).toBe(3650);
    for (const object of asked) {
      const { certificate, key, authority, labels } = await issued(plane, object);
      const { dnsNames, isCA, usages, duration, secretTemplate } = objectAt(object, "spec");
      expect(key.equals(certificate.publicKey)).toBe(true);
      expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
      expect(authority.fingerprint256).toBe(root.fingerprint256);
      expect(certificate.verify(root.publicKey)).toBe(true);
      expect(certificate.checkIssued(root)).toBe(true);
      expect(labels).toMatchObject(objectAt(secretTemplate, "labels"));
      if (isCA === true) continue;
      expect(certificate.ca).toBe(false);
      expect(`${daysOf(certificate) * 24}h`).toBe(duration);
      expect(namesOf(certificate)).toEqual(dnsNames);
      expect(certificate.keyUsage).toEqual(
        Array.isArray(usages) ? usages.flatMap((usage) => PURPOSES[String(usage)] ?? []) : [],
      );
    }
  });

  it("serves under every name that it was asked for, and under no other", async () => {
    for (const object of asked.filter((each) => listOf(each, "usages").includes("server auth"))) {
      const server = await issued(plane, object);
      for (const name of listOf(object, "dnsNames")) expect(await shakeHands(server, name)).toBe("authorized");
      expect(await shakeHands(server, "another.example.com")).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
    }
  });

  it("a certificate whose Secret is deleted is issued anew, with another key, by the same authority", async () => {
    const object = one(asked, "postgres-server");
    const before = await issued(plane, object);
    await plane.client.delete(before.secret);
    const after = await renewed(plane, object, before);
    expect(after.key.equals(before.key)).toBe(false);
    expect(after.authority.fingerprint256).toBe(before.authority.fingerprint256);
    expect(await shakeHands(after, listOf(object, "dnsNames")[0] ?? "")).toBe("authorized");
  });

  it("a renewed authority keeps its key: what it vouched for before stays good", async () => {
    const [authority, object] = [one(asked, "filiera-ca"), one(asked, "postgres-server")];
    const [before, server] = [await issued(plane, authority), await issued(plane, object)];
    await renew(plane, authority);
    const after = await renewed(plane, authority, before);
    expect(after.key.equals(before.key)).toBe(true);
    expect(server.certificate.verify(after.certificate.publicKey)).toBe(true);
    expect(await shakeHands({ ...server, authority: after.certificate }, listOf(object, "dnsNames")[0] ?? "")).toBe(
      "authorized",
    );
  });

  it("nothing of it changes when all is applied again", async () => {
    const again = await applyInOrder(plane, steps, async () => {});
    expect(again.filter(({ changed }) => changed)).toEqual([]);
  });

  it("are what the status tells: when the next one ends, what is overdue, and nothing that differs", async () => {
    const cluster = { kind: "existing", context: "test", kubeconfig: plane.kubeconfig };
    const config = resolved("prod", { "filiera:cluster": cluster });
    const ask = async (days: number) =>
      (await examineDeployed("prod", config, { now: new Date(Date.now() + days * DAY) })).findings;
    const [now, overdue, over] = [await ask(0), await ask(62), await ask(91)];
    const of = (check: string, findings: typeof now) => told(findings.filter((each) => each.check === check));
    expect(of("certificates", now)).toEqual([
      expect.stringMatching(
        new RegExp(`^fine \\S+/Certificate [\\w-]+: ${asked.length} certificates, of which .* is the next to end, on `),
      ),
    ]);
    const leaves = asked.length - 1;
    expect(of("certificates", overdue).filter((each) => / was to be renewed on /.test(each))).toHaveLength(leaves);
    expect(of("certificates", over).filter((each) => / ended on /.test(each))).toHaveLength(leaves);
    // what cert-manager's webhook and controllers make of our objects is what we asked for
    expect(of("drift", now)).toEqual([
      "fine filiera:cluster.context: all objects are what the file says, and there are no others",
    ]);
  });

  it("its webhook refuses what it would never issue", async () => {
    const object = one(asked, "postgres-server");
    const short = { ...object, spec: { ...objectAt(object, "spec"), duration: "10m" } };
    await expect(plane.client.apply(short, { dryRun: true })).rejects.toThrow(
      /validating\.webhook\.cert-manager\.io.*certificate duration must be greater than 1h0m0s/,
    );
  });
});

// https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12
const PURPOSES: Readonly<Record<string, string>> = {
  "server auth": "1.3.6.1.5.5.7.3.1",
  "client auth": "1.3.6.1.5.5.7.3.2",
};

interface Issued {
  readonly secret: KubeObject;
  readonly certificate: X509Certificate;
  readonly authority: X509Certificate;
  /** The public half of the key in the Secret. */
  readonly key: ReturnType<typeof createPublicKey>;
  readonly pem: { readonly key: string; readonly cert: string };
  readonly labels: JsonObject;
}

/** What the Secret of a Certificate holds. */
async function issued({ client }: ControlPlane, object: KubeObject): Promise<Issued> {
  const found = await client.get(secretOf(object));
  const file = (name: string): string => Buffer.from(textAt(found, "data", name) ?? "", "base64").toString();
  const [cert, key] = [file("tls.crt"), file("tls.key")];
  return {
    secret: secretOf(object),
    certificate: new X509Certificate(cert),
    authority: new X509Certificate(file("ca.crt")),
    key: createPublicKey(createPrivateKey(key)),
    pem: { cert, key },
    labels: objectAt(found, "metadata", "labels"),
  };
}

/** Waits until there is another certificate than before. */
async function renewed(plane: ControlPlane, object: KubeObject, before: Issued): Promise<Issued> {
  const old = Buffer.from(before.pem.cert).toString("base64");
  await plane.until("cert-manager", `renewing ${object.metadata.name}`, secretOf(object), (found) => {
    const now = textAt(found, "data", "tls.crt");
    return now !== undefined && now !== "" && now !== old;
  });
  return issued(plane, object);
}

/** Asks for a renewal before its time, as `cmctl renew` does. */
async function renew({ client }: ControlPlane, object: KubeObject): Promise<void> {
  const found = await client.get(object);
  const others = listAt(found, "status", "conditions").filter(({ type }) => type !== "Issuing");
  const lastTransitionTime = new Date().toISOString();
  const issuing = { type: "Issuing", status: "True", reason: "Test", message: "renew", lastTransitionTime };
  await client.request("PUT", `${await client.pathOf(object)}/status`, {
    ...found,
    status: { ...objectAt(found, "status"), conditions: [...others, issuing] },
  });
}

function secretOf({ metadata, ...object }: KubeObject): KubeObject {
  const name = textAt(object, "spec", "secretName") ?? "";
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: metadata.namespace } };
}

function one(objects: readonly KubeObject[], name: string): KubeObject {
  const found = objects.find(({ metadata }) => metadata.name === name);
  if (!found) throw new Error(`none of ${objects.map(({ metadata }) => metadata.name).join(", ")} is ${name}`);
  return found;
}

function listOf(object: KubeObject, field: string): string[] {
  const found = at(object, "spec", field);
  return Array.isArray(found) ? found.map(String) : [];
}

function daysOf(certificate: X509Certificate): number {
  return (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / DAY;
}

function namesOf({ subjectAltName = "" }: X509Certificate): string[] {
  return subjectAltName.split(", ").map((name) => name.replace(/^DNS:/, ""));
}

/** A client that trusts the authority alone meets a server with the certificate, by a name. */
async function shakeHands({ pem, authority }: Pick<Issued, "pem" | "authority">, servername: string): Promise<string> {
  const server = createServer(pem).listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  try {
    return await new Promise<string>((done) => {
      const socket = connect({ host: "127.0.0.1", port, servername, ca: authority.toString() });
      socket.once("secureConnect", () => done(socket.authorized ? "authorized" : "refused"));
      socket.once("error", (error) => done("code" in error ? String(error.code) : error.message));
      socket.once("close", () => socket.destroy());
    });
  } finally {
    server.close();
  }
}
