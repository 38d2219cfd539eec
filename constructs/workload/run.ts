import { k8s } from "cdk8s-plus-28";
import { type ContainerProps, containerSpec, type Mount, uidOf, volumesOf } from "./container.ts";

/** A persistent volume that each pod of a StatefulSet keeps. */
export interface Claim {
  readonly name: string;
  /** A quantity such as `20Gi`. */
  readonly size: string;
  /** @default - the cluster's default StorageClass */
  readonly storageClass?: string;
}

/** As what the container runs. */
export type Run =
  /** A server without state; with `autoscaling` the number of replicas belongs to the autoscaler once it runs. */
  | {
      readonly kind: "Deployment";
      readonly replicas: number;
      /** @default - a fixed number of replicas */
      readonly autoscaling?: { readonly maxReplicas: number; readonly targetCpuPercent: number };
    }
  /** A server with volumes of its own, which are kept when it is deleted. All its pods start at once. */
  | {
      readonly kind: "StatefulSet";
      readonly replicas: number;
      readonly claims: readonly Claim[];
      /** Seconds that a pod must have been ready before the next one is updated. @default 0 */
      readonly minReadySeconds?: number;
    }
  /** Something that runs to completion, once. Its name should say for which version: Jobs cannot be changed. */
  | { readonly kind: "Job"; readonly retries: number; readonly deadlineSeconds: number };

/** The containers of a pod, and how it ends. */
export interface PodProps {
  readonly name: string;
  readonly run: Run;
  readonly container: ContainerProps;
  readonly initContainers?: readonly ContainerProps[];
  readonly sidecars?: readonly ContainerProps[];
  readonly stopSeconds?: number;
}

type Labels = Readonly<Record<string, string>>;

export const PART_OF = { "app.kubernetes.io/part-of": "filiera" } as const;

/** Whether there can be more than one pod at a time. */
export function isMany(run: Run): boolean {
  return run.kind !== "Job" && (run.replicas > 1 || (run.kind === "Deployment" && run.autoscaling !== undefined));
}

/** Name of the Service that gives each pod of a StatefulSet an address. */
export function headless(name: string): string {
  return `${name}-headless`;
}

export function mountsOf({ container, sidecars = [], initContainers = [] }: Omit<PodProps, "run">): readonly Mount[] {
  return [container, ...sidecars, ...initContainers].flatMap(({ mounts }) => mounts ?? []);
}

/** Pods under the `restricted` Pod Security Standard. */
export function podTemplate(props: PodProps, labels: Labels): k8s.PodTemplateSpec {
  const { name, run, container, initContainers = [], sidecars = [], stopSeconds = 30 } = props;
  const uid = uidOf(container.image);
  const images = [container, ...sidecars, ...initContainers].map(({ image }) => image);
  const pullSecrets = new Set(images.flatMap(({ pullSecret }) => pullSecret ?? []));
  return {
    metadata: { labels: { ...labels, ...PART_OF } },
    spec: {
      restartPolicy: run.kind === "Job" ? "Never" : "Always",
      serviceAccountName: name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: stopSeconds,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: uid,
        runAsGroup: uid,
        fsGroup: uid,
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
      },
      ...(pullSecrets.size > 0 && { imagePullSecrets: [...pullSecrets].map((secret) => ({ name: secret })) }),
      ...(isMany(run) && { topologySpreadConstraints: spread(labels) }),
      ...(initContainers.length > 0 && { initContainers: initContainers.map((init) => containerSpec(init)) }),
      containers: [container, ...sidecars].map((each) => containerSpec(each)),
      volumes: volumesOf(mountsOf(props)),
    },
  };
}

function spread(labels: Labels): k8s.TopologySpreadConstraint[] {
  return ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
    topologyKey,
    maxSkew: 1,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: { ...labels } },
  }));
}

export function deploymentProps(
  { replicas }: Extract<Run, { kind: "Deployment" }>,
  metadata: k8s.ObjectMeta,
  template: k8s.PodTemplateSpec,
  labels: Labels,
): k8s.KubeDeploymentProps {
  // never fewer than asked for while rolling out
  const rollingUpdate = { maxSurge: k8s.IntOrString.fromNumber(1), maxUnavailable: k8s.IntOrString.fromNumber(0) };
  return {
    metadata,
    spec: {
      replicas,
      selector: { matchLabels: { ...labels } },
      strategy: { type: "RollingUpdate", rollingUpdate },
      template,
      revisionHistoryLimit: 3,
    },
  };
}

export function statefulSetProps(
  { replicas, minReadySeconds, claims }: Extract<Run, { kind: "StatefulSet" }>,
  metadata: k8s.ObjectMeta & { readonly name: string },
  template: k8s.PodTemplateSpec,
  labels: Labels,
): k8s.KubeStatefulSetProps {
  return {
    metadata,
    spec: {
      replicas,
      serviceName: headless(metadata.name),
      podManagementPolicy: "Parallel",
      ...(minReadySeconds && { minReadySeconds }),
      selector: { matchLabels: { ...labels } },
      template,
      volumeClaimTemplates: claims.map((claim) => claimSpec(claim)),
      revisionHistoryLimit: 3,
    },
  };
}

export function jobProps(
  { retries, deadlineSeconds }: Extract<Run, { kind: "Job" }>,
  metadata: k8s.ObjectMeta,
  template: k8s.PodTemplateSpec,
): k8s.KubeJobProps {
  return { metadata, spec: { backoffLimit: retries, activeDeadlineSeconds: deadlineSeconds, template } };
}

function claimSpec({ name, size, storageClass }: Claim): k8s.KubePersistentVolumeClaimProps {
  return {
    metadata: { name },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: k8s.Quantity.fromString(size) } },
      ...(storageClass && { storageClassName: storageClass }),
    },
  };
}
