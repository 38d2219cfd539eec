import type { ApiObject } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import { type Expression, isLate, Late, type Text } from "../kernel/late.ts";
import { readLeaf } from "../kernel/marker.ts";

/** An image that containers run. */
export interface Image {
  /** Full reference: by digest (`…@sha256:…`) where one is known, else by tag. */
  readonly reference: string;
  /** Whether it is in the nodes already, and no registry has it. @default false */
  readonly preloaded?: boolean;
  /** The user that the image's files belong to; its group is the same. @default 10001 */
  readonly uid?: number;
  /** Name of a Secret of type `kubernetes.io/dockerconfigjson` in the pods' namespace. @default - none */
  readonly pullSecret?: string;
}

/** A Secret or ConfigMap: an object of the platform, or the name of one that somebody else makes. */
export type Named = ApiObject | string;

/** The value of an environment variable. */
export type EnvValue =
  | Text
  | { readonly secret: Named; readonly key: string }
  | { readonly configMap: Named; readonly key: string }
  /** A field of the pod, such as `metadata.name`. */
  | { readonly field: string };

/** Files in a container. */
export type Mount =
  /** A Secret or ConfigMap as a read-only folder; `items` maps keys to file names. @default items - every key */
  | { readonly path: string; readonly secret: Named; readonly items?: Readonly<Record<string, string>> }
  | { readonly path: string; readonly configMap: Named; readonly items?: Readonly<Record<string, string>> }
  /** An empty, writable folder that lives as long as the pod. `size` is a quantity such as `64Mi`. */
  | { readonly path: string; readonly scratch: { readonly size: string; readonly medium?: "Memory" } }
  /** A folder with one file, `token`: a token of the pod's account for one audience, which the kubelet renews. */
  | { readonly path: string; readonly token: { readonly audience: string } }
  /** A persistent volume that each pod of a StatefulSet claims for itself. */
  | { readonly path: string; readonly claim: string }
  /** A persistent volume that somebody else claimed in the pods' namespace. */
  | { readonly path: string; readonly persistentVolumeClaim: string };

/** How the kubelet asks a container how it is. */
export interface Probe {
  readonly ask:
    | { readonly http: string; readonly port: string; readonly scheme?: "HTTP" | "HTTPS"; readonly host?: string }
    | { readonly exec: readonly string[] }
    | { readonly tcp: string };
  /** Seconds between two tries. @default 10 */
  readonly periodSeconds?: number;
  /** Seconds to answer in. @default 5 */
  readonly timeoutSeconds?: number;
  /** Tries until it counts as failed. @default 3 */
  readonly failureThreshold?: number;
}

/** Probes of a server; what runs to completion has none. */
export interface Probes {
  /** Until it succeeds, the other two are not asked: its period times its threshold is the longest start. */
  readonly startup: Probe;
  readonly readiness: Probe;
  readonly liveness: Probe;
}

/** Quantities such as `500m` and `1Gi`. A container may use more CPU than it requests, and never more memory than its limit. */
export interface Resources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  /** @default - the memory that it requests, no limit for CPU */
  readonly limits?: { readonly cpu?: string; readonly memory?: string };
}

/** @see Workload */
export interface ContainerProps {
  /** @default "main" */
  readonly name?: string;
  readonly image: Image;
  /** The whole command. @default - the image's own entry point, which is given `args` */
  readonly command?: readonly Text[];
  /** @default [] */
  readonly args?: readonly Text[];
  /** @default {} */
  readonly env?: Readonly<Record<string, EnvValue>>;
  /** Ports by name, 1–65535. @default {} */
  readonly ports?: Readonly<Record<string, number>>;
  /** @default - none: only for what runs to completion */
  readonly probes?: Probes;
  readonly resources: Resources;
  /** @default [] */
  readonly mounts?: readonly Mount[];
}

const DEFAULT_UID = 10001;

/** The user that a pod runs as. */
export function uidOf(image: Image): number {
  return image.uid ?? DEFAULT_UID;
}

/** Whether the reference names a digest, and so always the same bytes. */
export function isResolved({ reference }: Image): boolean {
  return reference.includes("@sha256:");
}

/** The name of a Secret or ConfigMap. */
export function nameOf(named: Named): string {
  return typeof named === "string" ? named : named.name;
}

/** A container under the `restricted` Pod Security Standard, with a read-only root. */
export function containerSpec(props: ContainerProps): k8s.Container {
  const { image, resources } = props;
  return {
    name: props.name ?? "main",
    image: image.reference,
    // a tag can move, a digest cannot
    imagePullPolicy: isResolved(image) || image.preloaded ? "IfNotPresent" : "Always",
    command: props.command?.map(expanded),
    args: props.args?.map(expanded),
    ...(props.env && { env: Object.entries(props.env).map(([name, value]) => ({ name, ...envSource(value) })) }),
    ...(props.ports && {
      ports: Object.entries(props.ports).map(([name, containerPort]) => ({ name, containerPort })),
    }),
    ...(props.probes && {
      startupProbe: probeSpec(props.probes.startup),
      readinessProbe: probeSpec(props.probes.readiness),
      livenessProbe: probeSpec(props.probes.liveness),
    }),
    resources: {
      requests: quantities(resources.requests),
      limits: quantities({ memory: resources.requests.memory, ...resources.limits }),
    },
    volumeMounts: (props.mounts ?? []).map((mount) => ({
      name: volumeName(mount),
      mountPath: mount.path,
      ...("secret" in mount || "configMap" in mount || "token" in mount ? { readOnly: true } : {}),
    })),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
    },
  };
}

/** The volumes that the mounts of a pod's containers need, each once; claims are the StatefulSet's. */
export function volumesOf(mounts: readonly Mount[]): k8s.Volume[] {
  const volumes = new Map(mounts.filter((mount) => !("claim" in mount)).map((mount) => [volumeName(mount), mount]));
  return [...volumes].map(([name, mount]) => ({ name, ...volumeSource(mount) }));
}

/** Two mounts that would share a volume though they are not the same, if there are any. */
export function clashOf(mounts: readonly Mount[]): readonly [Mount, Mount] | undefined {
  const volumes = new Map<string, Mount>();
  for (const mount of mounts) {
    const other = volumes.get(volumeName(mount)) ?? mount;
    if (JSON.stringify(volumeSource(mount)) !== JSON.stringify(volumeSource(other))) return [other, mount];
    volumes.set(volumeName(mount), other);
  }
  return undefined;
}

function volumeSource(mount: Mount): Omit<k8s.Volume, "name"> {
  if ("secret" in mount) return { secret: { secretName: nameOf(mount.secret), ...itemsOf(mount.items) } };
  if ("configMap" in mount) return { configMap: { name: nameOf(mount.configMap), ...itemsOf(mount.items) } };
  if ("claim" in mount) return {};
  if ("persistentVolumeClaim" in mount) return { persistentVolumeClaim: { claimName: mount.persistentVolumeClaim } };
  if ("token" in mount) return { projected: { sources: [{ serviceAccountToken: { ...mount.token, path: "token" } }] } };
  const { size, medium } = mount.scratch;
  return { emptyDir: { sizeLimit: k8s.Quantity.fromString(size), ...(medium && { medium }) } };
}

/** Containers that mount something at the same path share it. */
function volumeName(mount: Mount): string {
  return "claim" in mount
    ? mount.claim
    : mount.path
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "-")
        .replace(/^-|-$/g, "");
}

function itemsOf(items: Readonly<Record<string, string>> | undefined): { items?: k8s.KeyToPath[] } {
  return items ? { items: Object.entries(items).map(([key, path]) => ({ key, path })) } : {};
}

function envSource(value: EnvValue): Omit<k8s.EnvVar, "name"> {
  if (typeof value === "string" || isLate(value)) return { value: expanded(value) };
  if ("secret" in value) return { valueFrom: { secretKeyRef: { name: nameOf(value.secret), key: value.key } } };
  if ("configMap" in value)
    return { valueFrom: { configMapKeyRef: { name: nameOf(value.configMap), key: value.key } } };
  return { valueFrom: { fieldRef: { fieldPath: value.field } } };
}

/** Kubernetes expands `$(NAME)` in these places: late parts are protected from it, known text may mean it. */
function expanded(text: Text): string {
  const leaf = readLeaf(String(text));
  return leaf.kind === "late" ? String(new Late(protectedFrom(leaf.expression))) : String(text);
}

function protectedFrom(expression: Expression): Expression {
  if (expression.op === "encode" && expression.encoder === "kube") return expression;
  if (expression.op !== "text") return { op: "encode", encoder: "kube", of: expression };
  // a single $ at the end of a known part must not begin an expansion with what follows
  const parts = expression.parts.map((part) =>
    typeof part === "string" ? part.replace(/(?<!\$)(?:\$\$)*\$$/, "$&$$") : protectedFrom(part),
  );
  return { op: "text", parts };
}

function quantities(values: Readonly<Record<string, string | undefined>>): { [name: string]: k8s.Quantity } {
  const entries = Object.entries(values).flatMap(([name, value]): [string, k8s.Quantity][] =>
    value === undefined ? [] : [[name, k8s.Quantity.fromString(value)]],
  );
  return Object.fromEntries(entries);
}

function probeSpec({ ask, periodSeconds = 10, timeoutSeconds = 5, failureThreshold = 3 }: Probe): k8s.Probe {
  return { ...askSpec(ask), periodSeconds, timeoutSeconds, failureThreshold };
}

function askSpec(ask: Probe["ask"]): k8s.Probe {
  if ("exec" in ask) return { exec: { command: [...ask.exec] } };
  if ("tcp" in ask) return { tcpSocket: { port: k8s.IntOrString.fromString(ask.tcp) } };
  const httpHeaders = ask.host === undefined ? undefined : [{ name: "Host", value: ask.host }];
  const port = k8s.IntOrString.fromString(ask.port);
  return { httpGet: { path: ask.http, port, scheme: ask.scheme ?? "HTTP", httpHeaders } };
}
