import type { JsonObject } from "../../constructs/kernel/json.ts";
import type { Argument, TaskNode } from "../graph/graph.ts";
import { refsIn } from "../language/given.ts";
import type { ClaimMount, KubernetesSettings, NodeAffinity, Toleration } from "../language/kubernetes.ts";
import type { PipelineOptions } from "../language/pipeline.ts";
import { Ref } from "../language/refs.ts";
import { defined, ifAny } from "./definitions.ts";
import { parameterBinding, type Resolution } from "./resolve.ts";
import { secondsOf } from "./units.ts";

/** The references in what only Kubernetes knows. */
export function kubernetesRefs(settings: KubernetesSettings): readonly Ref[] {
  return refsIn(settings);
}

/** What a value is written as where Kubernetes' settings take one that may be known only when the pipeline runs. */
type Write = (value: Argument) => JsonObject;

/** What is written for a task besides the IR. */
export function platformOf(task: TaskNode, resolution: Resolution, path: string): JsonObject | undefined {
  const { kubernetes = {}, timeout } = task.settings;
  const write: Write = (value) => {
    if (!(value instanceof Ref)) return { runtimeValue: { constant: plain(value) } };
    const binding = resolution.bind(value, task.group, path);
    return binding ? { ...parameterBinding(binding) } : {};
  };
  const nodes = kubernetes.pool ?? { nodeSelector: undefined };
  return ifAny({
    ...environment(kubernetes, write),
    ...volumes(kubernetes, write),
    nodeSelector: nodeSelector(kubernetes.nodeSelector, nodes.nodeSelector, write),
    tolerations: some([...(kubernetes.tolerations ?? []), ...(kubernetes.pool?.tolerations ?? [])], (each) =>
      toleration(each, write),
    ),
    nodeAffinity: some(kubernetes.nodeAffinity, (each) => affinity(each, write)),
    podMetadata: ifAny({ labels: full(kubernetes.labels), annotations: full(kubernetes.annotations) }),
    imagePullPolicy: kubernetes.imagePullPolicy,
    imagePullSecret: some(kubernetes.imagePullSecrets, (secret) => named("secretName", secret, write)),
    securityContext: securityContext(kubernetes.securityContext),
    activeDeadlineSeconds: timeout && String(secondsOf(timeout)),
  });
}

function environment({ secretEnv, configMapEnv, fieldEnv }: KubernetesSettings, write: Write): JsonObject {
  return {
    secretAsEnv: some(secretEnv, ({ secret, keys, optional = false }) => ({
      ...named("secretName", secret, write),
      keyToEnv: Object.entries(keys).map(([secretKey, envVar]) => ({ secretKey, envVar })),
      optional,
    })),
    configMapAsEnv: some(configMapEnv, ({ configMap, keys, optional = false }) => ({
      ...named("configMapName", configMap, write),
      keyToEnv: Object.entries(keys).map(([configMapKey, envVar]) => ({ configMapKey, envVar })),
      optional,
    })),
    fieldPathAsEnv: some(Object.entries(fieldEnv ?? {}), ([name, fieldPath]) => ({ name, fieldPath })),
  };
}

function volumes(settings: KubernetesSettings, write: Write): JsonObject {
  const { secretVolumes, configMapVolumes, claims, emptyDirs, ephemeralVolumes } = settings;
  return {
    secretAsVolume: some(secretVolumes, ({ secret, path, optional = false }) => ({
      ...named("secretName", secret, write),
      mountPath: path,
      optional,
    })),
    configMapAsVolume: some(configMapVolumes, ({ configMap, path, optional = false }) => ({
      ...named("configMapName", configMap, write),
      mountPath: path,
      optional,
    })),
    pvcMount: some(claims, (claim) => claimMount(claim, write)),
    emptyDirMounts: some(emptyDirs, ({ name, path, medium, sizeLimit }) =>
      defined({ volumeName: name, mountPath: path, medium, sizeLimit }),
    ),
    genericEphemeralVolume: some(ephemeralVolumes, (volume) =>
      defined({
        volumeName: volume.name,
        mountPath: volume.path,
        accessModes: volume.accessModes ?? ["ReadWriteOnce"],
        size: volume.size,
        defaultStorageClass: volume.storageClass === undefined ? true : undefined,
        storageClassName: volume.storageClass,
        metadata: ifAny({ labels: full(volume.labels), annotations: full(volume.annotations) }),
      }),
    ),
  };
}

/** A name in the field of today; one that is known now in the older field, too, which older servers read. */
function named(field: "secretName" | "configMapName", name: string | Ref, write: Write): JsonObject {
  return { [`${field}Parameter`]: write(name), ...(name instanceof Ref ? {} : { [field]: name }) };
}

function claimMount({ claim, path, subPath }: ClaimMount, write: Write): JsonObject {
  const name = write(claim);
  return {
    // the older fields, which older servers read
    ...(claim instanceof Ref ? name : { constant: claim }),
    pvcNameParameter: name,
    mountPath: path,
    ...(subPath ? { subPath } : {}),
  };
}

function nodeSelector(
  own: KubernetesSettings["nodeSelector"],
  pool: Readonly<Record<string, string>> | undefined,
  write: Write,
): JsonObject | undefined {
  const labels = { ...pool, ...(own instanceof Ref ? {} : own) };
  return ifAny({ labels: full(labels), nodeSelectorJson: own instanceof Ref ? write(own) : undefined });
}

function toleration(each: Toleration | Ref, write: Write): JsonObject {
  if (each instanceof Ref) return { tolerationJson: write(each) };
  const { seconds, ...rest } = each;
  return defined({ ...rest, tolerationSeconds: seconds === undefined ? undefined : String(seconds) });
}

function affinity(each: NodeAffinity | Ref, write: Write): JsonObject {
  if (each instanceof Ref) return { nodeAffinityJson: write(each) };
  const requirement = ({ key, operator, values }: { key: string; operator: string; values?: readonly string[] }) =>
    defined({ key, operator, values: values && values.length > 0 ? values : undefined });
  return defined({
    matchExpressions: some(each.expressions, requirement),
    matchFields: some(each.fields, requirement),
    weight: each.weight,
  });
}

function securityContext(context: KubernetesSettings["securityContext"]): JsonObject | undefined {
  if (!context) return undefined;
  const { runAsUser, runAsGroup, runAsNonRoot } = context;
  const text = (id: number | undefined) => (id === undefined ? undefined : String(id));
  return defined({ runAsUser: text(runAsUser), runAsGroup: text(runAsGroup), runAsNonRoot });
}

/** What is said of a pipeline as a whole besides the IR. */
export function pipelineConfig({ workspace, timeout, keep }: PipelineOptions): JsonObject | undefined {
  return ifAny({
    workspace: workspace && { size: workspace.size, kubernetes: { pvcSpecPatch: workspace.claim ?? {} } },
    resourceTtlOnCompletion: keep?.ended && secondsOf(keep.ended),
    resourceTtlOnSuccess: keep?.succeeded && secondsOf(keep.succeeded),
    resourceTtlOnFailure: keep?.failed && secondsOf(keep.failed),
    activeDeadlineSeconds: timeout && secondsOf(timeout),
  });
}

/** The list, each of its members written, or nothing if it is empty. */
function some<From>(
  list: readonly From[] | undefined,
  one: (each: From) => JsonObject,
): readonly JsonObject[] | undefined {
  return list && list.length > 0 ? list.map(one) : undefined;
}

function full(texts: Readonly<Record<string, string>> | undefined): JsonObject | undefined {
  return texts && ifAny(texts);
}

function plain(value: Argument): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
