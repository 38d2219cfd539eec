import type { ICertificate, IClusterIssuer } from "@kubernetes-models/cert-manager/cert-manager.io/v1";
import { ApiObject } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import type { Construct } from "constructs";
import type { CertificateAuthority, Issuer } from "../connections/index.ts";
import { Noun } from "../kernel/noun.ts";
import { Options } from "../kernel/options.ts";
import { PART_OF } from "../workload/index.ts";

/** @see InternalAuthority */
export interface InternalAuthorityProps {
  /** Name of the issuer. */
  readonly name: string;
  /** The namespace in which cert-manager looks for the Secrets of ClusterIssuers: its own, unless told otherwise. */
  readonly certManagerNamespace: string;
}

/**
 * A certificate authority of the platform's own, for the traffic inside it: cert-manager makes its key in the
 * cluster, and nobody else ever holds it. Its certificate lasts ten years.
 */
export class InternalAuthority extends Noun {
  readonly issuer: Issuer;

  constructor(scope: Construct, id: string, props: InternalAuthorityProps) {
    super(scope, id);
    const { name, certManagerNamespace } = props;
    const bootstrap = clusterIssuer(this, "bootstrap", `${name}-bootstrap`, { selfSigned: {} });
    const root = certificate(this, "root", {
      name,
      namespace: certManagerNamespace,
      issuer: { kind: "ClusterIssuer", name: bootstrap.name, ready: bootstrap },
      spec: {
        isCA: true,
        commonName: name,
        duration: "87600h",
        renewBefore: "8760h",
        // with the same key, what the old certificate vouched for is good under the renewed one, and the other way round
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Never" },
      },
    });
    const issuer = clusterIssuer(this, "issuer", name, { ca: { secretName: name } });
    issuer.node.addDependency(root);
    this.issuer = { kind: "ClusterIssuer", name, ready: issuer };
  }
}

/** @see ServerCertificate */
export interface ServerCertificateProps {
  /** Name of the Certificate, and of the Secret with `tls.crt`, `tls.key` and `ca.crt`. */
  readonly name: string;
  readonly namespace: string;
  readonly issuer: Issuer;
  readonly dnsNames: readonly string[];
  /** Labels of the Secret. @default {} */
  readonly secretLabels?: Readonly<Record<string, string>>;
  /** How the key is written: Java reads PKCS8 alone. @default "PKCS1" */
  readonly keyEncoding?: "PKCS1" | "PKCS8";
}

/** A server's certificate for 90 days, renewed by cert-manager 30 days before it ends, with a new key each time. */
export class ServerCertificate extends Noun {
  /** Name of the Secret. */
  readonly secret: string;

  constructor(scope: Construct, id: string, props: ServerCertificateProps) {
    super(scope, id);
    this.secret = props.name;
    certificate(this, "certificate", {
      name: props.name,
      namespace: props.namespace,
      issuer: props.issuer,
      spec: {
        dnsNames: [...props.dnsNames],
        usages: ["digital signature", "server auth"],
        duration: "2160h",
        renewBefore: "720h",
        ...(props.keyEncoding && { privateKey: { ...PRIVATE_KEY, encoding: props.keyEncoding } }),
        ...(props.secretLabels && { secretTemplate: { labels: { ...props.secretLabels } } }),
      },
    });
  }
}

/** A file with the certificates of an authority, as pods of one namespace can mount it. */
export interface TrustFile {
  /** Name of the Secret or the ConfigMap that holds it. */
  readonly source: { readonly secret: string } | { readonly configMap: string };
  readonly key: "ca.crt";
  /** What must be there before it is mounted. */
  readonly ready: Construct;
}

/**
 * Brings an authority's certificate into a namespace. An issuer's comes beside a certificate that is asked for just
 * for that, so that a renewed authority reaches its clients without a deployment; nothing for public authorities.
 */
export function trustFile(
  scope: Construct,
  id: string,
  props: { readonly name: string; readonly namespace: string; readonly authority: CertificateAuthority },
): TrustFile | undefined {
  const { name, namespace, authority } = props;
  switch (authority.kind) {
    case "public":
      return undefined;
    case "pem": {
      const data = { "ca.crt": String(authority.pem) };
      const configMap = new k8s.KubeConfigMap(scope, id, { metadata: { name, namespace, labels: PART_OF }, data });
      return { source: { configMap: name }, key: "ca.crt", ready: configMap };
    }
    case "issuer": {
      const ready = certificate(scope, id, {
        name,
        namespace,
        issuer: authority.issuer,
        spec: { dnsNames: [`${name}.${namespace}.trust.invalid`], usages: ["client auth"], duration: "2160h" },
      });
      return { source: { secret: name }, key: "ca.crt", ready };
    }
  }
}

/** A new key with each certificate. */
const PRIVATE_KEY = { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" } as const;

interface CertificateRequest {
  readonly name: string;
  readonly namespace: string;
  readonly issuer: Issuer;
  readonly spec: Omit<ICertificate["spec"], "secretName" | "issuerRef">;
}

function certificate(scope: Construct, id: string, request: CertificateRequest): ApiObject {
  const { name, namespace, issuer, spec } = request;
  const manifest = {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { name, namespace, labels: PART_OF },
    spec: {
      secretName: name,
      issuerRef: { group: "cert-manager.io", kind: issuer.kind, name: issuer.name },
      privateKey: { ...PRIVATE_KEY },
      ...spec,
    },
  } satisfies ICertificate;
  const object = awaited(new ApiObject(scope, id, manifest));
  if (issuer.ready) object.node.addDependency(issuer.ready);
  return object;
}

function clusterIssuer(scope: Construct, id: string, name: string, spec: IClusterIssuer["spec"]): ApiObject {
  const manifest = {
    apiVersion: "cert-manager.io/v1",
    kind: "ClusterIssuer",
    metadata: { name, labels: PART_OF },
    spec,
  } satisfies IClusterIssuer;
  return awaited(new ApiObject(scope, id, manifest));
}

function awaited(object: ApiObject): ApiObject {
  Options.of(object).set({ waitFor: "condition=Ready" });
  return object;
}

/** The whole name of a Service, by which every namespace finds it. */
export function serviceHost(service: string, namespace: string): string {
  return `${service}.${namespace}.svc.cluster.local`;
}

/** The names of a Service, from the shortest to the whole: what its certificate must say, and clients may ask for. */
export function serviceHosts(service: string, namespace: string): string[] {
  return [service, `${service}.${namespace}`, `${service}.${namespace}.svc`, serviceHost(service, namespace)];
}
