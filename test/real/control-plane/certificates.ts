import "reflect-metadata";
import { createPrivateKey, randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** A certificate with its key, both as PEM. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

/** Who a certificate is for. */
export interface Subject {
  /** The common name: to the API server a client's user. */
  readonly name: string;
  /** To the API server a client's group. @default - none */
  readonly group?: string;
  /** Names and addresses that a server answers to. @default - none: it is a client */
  readonly hosts?: readonly string[];
  /** When it ends. @default - in a day */
  readonly until?: Date;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY = 24 * 3600 * 1000;

/** An authority of a test's own, as long as the test runs. */
export class Authority {
  /** Its certificate, as PEM. */
  readonly certificate: string;
  readonly #certificate: X509Certificate;
  readonly #keys: webcrypto.CryptoKeyPair;

  private constructor(certificate: X509Certificate, keys: webcrypto.CryptoKeyPair) {
    this.#certificate = certificate;
    this.#keys = keys;
    this.certificate = certificate.toString("pem");
  }

  static async create(name: string): Promise<Authority> {
    const keys = await keyPair();
    const certificate = await X509CertificateGenerator.createSelfSigned(
      {
        ...validity(),
        name: [{ CN: [name] }],
        keys,
        signingAlgorithm: ALGORITHM,
        extensions: [
          new BasicConstraintsExtension(true, undefined, true),
          new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        ],
      },
      webcrypto,
    );
    return new Authority(certificate, keys);
  }

  async issue({ name, group, hosts = [], until }: Subject): Promise<Identity> {
    const keys = await keyPair();
    const certificate = await X509CertificateGenerator.create(
      {
        ...validity(),
        ...(until && { notAfter: until }),
        subject: [{ CN: [name] }, ...(group === undefined ? [] : [{ O: [group] }])],
        issuer: this.#certificate.subject,
        publicKey: keys.publicKey,
        signingKey: this.#keys.privateKey,
        signingAlgorithm: ALGORITHM,
        extensions: [
          new BasicConstraintsExtension(false, undefined, true),
          new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
          new ExtendedKeyUsageExtension([hosts.length > 0 ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth]),
          ...(hosts.length > 0
            ? [
                new SubjectAlternativeNameExtension(
                  hosts.map((host) => ({ type: isIP(host) ? "ip" : "dns", value: host })),
                ),
              ]
            : []),
        ],
      },
      webcrypto,
    );
    return { certificate: certificate.toString("pem"), key: await privatePem(keys.privateKey) };
  }
}

function validity() {
  const now = Date.now();
  return {
    serialNumber: randomBytes(16).toString("hex"),
    notBefore: new Date(now - DAY),
    notAfter: new Date(now + DAY),
  };
}

function keyPair(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" })
    .export({ format: "pem", type: "pkcs8" })
    .toString();
}
