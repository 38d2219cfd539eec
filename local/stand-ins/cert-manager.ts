import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { identity } from "../../constructs/kernel/identity.ts";
import { at, isObject, objectAt, textAt } from "../../constructs/kernel/json.ts";
import type { Manifest } from "../../constructs/kernel/objects.ts";
import { LOOPBACK } from "../run/ports.ts";
import type { StandIn, StandInContext } from "./stand-in.ts";

/** A certificate and its key, in PEM, and that of who signed it. */
interface Issued {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
  /** What was asked for: something else is issued anew. */
  readonly asked: string;
}

const DAY_MS = 86_400_000;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
/** Issuers that are not of this platform: one authority of this machine stands for them. */
const EXTERNAL = "issuer-of-this-machine";

/**
 * cert-manager's part: Certificates become Secrets, signed by an authority of this run's own. Every one is good for
 * this machine's own address too, where all servers are.
 */
export const certManager: Readonly<Record<string, StandIn>> = {
  "cert-manager.io/ClusterIssuer": {},
  "cert-manager.io/Issuer": {},
  "cert-manager.io/Certificate": { act: issue },
};

async function issue(manifest: Manifest, context: StandInContext): Promise<void> {
  const { namespace = "default" } = manifest.metadata;
  const name = textAt(manifest, "spec", "secretName") ?? manifest.metadata.name;
  const issued = await certificateOf(manifest, context);
  context.world.data.set(identity("/Secret", namespace, name), {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    stringData: { "tls.crt": issued.certificate, "tls.key": issued.key, "ca.crt": issued.authority },
  });
}

async function certificateOf(manifest: Manifest, context: StandInContext): Promise<Issued> {
  const spec = objectAt(manifest, "spec");
  const key = `${manifest.metadata.namespace}/${manifest.metadata.name}`;
  const signer = await signerOf(manifest, context);
  const asked = JSON.stringify([spec, signer?.certificate]);
  const known = context.kept.get<Issued>(key);
  if (known && known.asked === asked && isGood(known.certificate)) return known;
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const made = await sign(manifest, keys, signer);
  const certificate = made.toString("pem");
  const issued = {
    certificate,
    key: await pemOf(keys.privateKey),
    authority: signer?.certificate ?? certificate,
    asked,
  };
  context.kept.set(key, issued);
  return issued;
}

/** The authority that signs; undefined for a certificate that signs itself. */
async function signerOf(manifest: Manifest, context: StandInContext): Promise<Issued | undefined> {
  const name = textAt(manifest, "spec", "issuerRef", "name") ?? "";
  const issuer = context.objects.get(identity("cert-manager.io/ClusterIssuer", undefined, name));
  if (manifest.metadata.namespace === EXTERNAL || isObject(at(issuer, "spec", "selfSigned"))) return undefined;
  const secret = textAt(issuer, "spec", "ca", "secretName");
  const root = [...context.objects.values()].find(
    (each) => each.kind === "Certificate" && secret !== undefined && textAt(each, "spec", "secretName") === secret,
  );
  return certificateOf(root ?? external(name), context);
}

function external(issuer: string): Manifest {
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { name: issuer || EXTERNAL, namespace: EXTERNAL },
    spec: { secretName: EXTERNAL, isCA: true, commonName: issuer || EXTERNAL },
  };
}

async function sign(
  manifest: Manifest,
  keys: webcrypto.CryptoKeyPair,
  signer: Issued | undefined,
): Promise<x509.X509Certificate> {
  const isAuthority = at(manifest, "spec", "isCA") === true;
  const names = at(manifest, "spec", "dnsNames");
  const dnsNames = Array.isArray(names) ? names.filter((each) => typeof each === "string") : [];
  const now = Date.now();
  const common = {
    subject: `CN=${textAt(manifest, "spec", "commonName") ?? manifest.metadata.name}`,
    notBefore: new Date(now - 3_600_000),
    notAfter: new Date(now + (isAuthority ? 3650 : 90) * DAY_MS),
    signingAlgorithm: ALGORITHM,
    extensions: isAuthority
      ? [
          new x509.BasicConstraintsExtension(true, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        ]
      : [
          new x509.SubjectAlternativeNameExtension([
            ...dnsNames.map((value) => ({ type: "dns" as const, value })),
            { type: "dns" as const, value: "localhost" },
            { type: "ip" as const, value: LOOPBACK },
          ]),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
        ],
  };
  if (!signer)
    return x509.X509CertificateGenerator.createSelfSigned({ ...common, name: common.subject, keys }, webcrypto);
  const authority = new x509.X509Certificate(signer.certificate);
  const signingKey = await keyOf(signer.key);
  return x509.X509CertificateGenerator.create(
    { ...common, issuer: authority.subject, publicKey: keys.publicKey, signingKey },
    webcrypto,
  );
}

/** Whether it is good for another week. */
function isGood(certificate: string): boolean {
  return new x509.X509Certificate(certificate).notAfter.getTime() > Date.now() + 7 * DAY_MS;
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

function keyOf(pem: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(pem), ALGORITHM, false, ["sign"]);
}
