import "reflect-metadata";
import { X509CertificateGenerator } from "@peculiar/x509";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../constructs/kernel/json.ts";
import { certificates } from "../../../stacks/status/certificates.ts";
import { told } from "../../support/cluster.ts";

const NOW = new Date("2026-11-24T12:00:00Z");

const certificate = (status: JsonObject = {}): JsonObject => ({ status });

/** A Secret with a real certificate that ends then. */
async function secret(notAfter: string): Promise<JsonObject> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const made = await X509CertificateGenerator.createSelfSigned({
    name: "CN=test",
    notBefore: new Date("2026-01-01T00:00:00Z"),
    notAfter: new Date(notAfter),
    keys,
    signingAlgorithm: algorithm,
  });
  return { data: { "tls.crt": Buffer.from(made.toString("pem")).toString("base64") } };
}

describe("certificates", () => {
  it("are good, and which is the next to end", async () => {
    const issued = [
      { path: "a/Certificate a", certificate: certificate(), secret: await secret("2027-03-01T00:00:00Z") },
      { path: "b/Certificate b", certificate: certificate({ notAfter: "2027-01-15T00:00:00Z" }), secret: undefined },
    ];
    expect(told(certificates(issued, NOW))).toEqual([
      "fine b/Certificate b: 2 certificates, of which b/Certificate b is the next to end, on 2027-01-15",
    ]);
  });

  it("have ended: what the Secret holds counts, whatever the status says", async () => {
    const issued = [
      {
        path: "a/Certificate a",
        certificate: certificate({ notAfter: "2027-03-01T00:00:00Z" }),
        secret: await secret("2026-11-20T00:00:00Z"),
      },
    ];
    expect(told(certificates(issued, NOW))).toEqual([
      "problem a/Certificate a: ended on 2026-11-20 → see the events of its CertificateRequest, and of its issuer",
    ]);
  });

  it("were not renewed in time", () => {
    const due = (renewalTime: string) =>
      told(
        certificates(
          [
            {
              path: "a/Certificate a",
              certificate: certificate({ notAfter: "2026-12-20T00:00:00Z", renewalTime }),
              secret: undefined,
            },
          ],
          NOW,
        ),
      );
    expect(due("2026-11-20T00:00:00Z")).toEqual([
      "problem a/Certificate a: was to be renewed on 2026-11-20, was not, and ends on 2026-12-20 → see the events of its CertificateRequest, and of its issuer",
    ]);
    // a renewal takes its time
    expect(due("2026-11-24T06:00:00Z")).toEqual([
      "fine a/Certificate a: 1 certificate, of which a/Certificate a is the next to end, on 2026-12-20",
    ]);
  });

  it("that are not issued yet have no end, and one that cannot be read has its status's", () => {
    expect(certificates([{ path: "a", certificate: certificate(), secret: undefined }], NOW)).toEqual([]);
    const broken = { data: { "tls.crt": "bm90aGluZw==" } };
    expect(
      told(
        certificates(
          [{ path: "a", certificate: certificate({ notAfter: "2026-11-01T00:00:00Z" }), secret: broken }],
          NOW,
        ),
      ),
    ).toEqual(["problem a: ended on 2026-11-01 → see the events of its CertificateRequest, and of its issuer"]);
  });
});
