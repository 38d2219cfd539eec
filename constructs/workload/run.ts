import { createHash } from "node:crypto";
import { k8s } from "cdk8s-plus-28";
import { describe } from "../kernel/describe.ts";
import { settle } from "../kernel/here.ts";
import { readLeaf } from "../kernel/marker.ts";
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
  /** A server with volumes of its own, which stay when it is deleted, and go with its namespace. All pods start at once. */
  | {
      readonly kind: "StatefulSet";
      readonly replicas: number;
      readonly claims: readonly Claim[];
      /** Seconds that a pod must have been ready before the next one is updated. @default 0 */
      readonly minReadySeconds?: number;
      /** A label of the volumes that says how data lies on them: it cannot be changed in place. @default - none */
      readonly layout?: string;
      /** Never runs two pods on one node. @default false */
      readonly oneANode?: boolean;
    }
  /**
   * Something that runs to completion, once for what it is: a hash of its pods is added to its name, as Jobs cannot be
   * changed. `revision` is what makes it run again besides: a rotated password's generation, a document's text.
   */
  | {
      readonly kind: "Job";
      readonly retries: number;
      readonly deadlineSeconds: number;
      /** @default [] */
      readonly revision?: readonly (string | number)[];
    }
  /** Something that runs to completion whenever its time comes, never twice at once; suspended, only when it is asked for. */
  | {
      readonly kind: "CronJob";
      /** Cron with five fields, in UTC. */
      readonly schedule: string;
      /** @default false */
      readonly suspend?: boolean;
      readonly retries: number;
      readonly deadlineSeconds: number;
    };

/** What runs, and in which containers. */
export interface PodProps {
  /** Name of every object that is made, and `app.kubernetes.io/instance` of the pods. */
  readonly name: string;
  readonly run: Run;
  readonly container: ContainerProps;
  /** Containers that must succeed first, in this order. @default [] */
  readonly initContainers?: readonly ContainerProps[];
  /** Containers that run beside it. @default [] */
  readonly sidecars?: readonly ContainerProps[];
  /** Seconds between the request to stop and the kill. @default 30 */
  readonly stopSeconds?: number;
}

type Labels = Readonly<Record<string, string>>;

/** A label of every object of the platform. */
export const PART_OF = { "app.kubernetes.io/part-of": "filiera" } as const;

/** Whether it runs to completion. */
export function completes(run: Run): run is Extract<Run, { kind: "Job" | "CronJob" }> {
  return run.kind === "Job" || run.kind === "CronJob";
}

/** Whether there can be more than one pod at a time. */
export function isMany(run: Run): boolean {
  return !completes(run) && (run.replicas > 1 || (run.kind === "Deployment" && run.autoscaling !== undefined));
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
      restartPolicy: completes(run) ? "Never" : "Always",
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
      ...(isMany(run) && { topologySpreadConstraints: spread(labels, run) }),
      ...(initContainers.length > 0 && { initContainers: initContainers.map((init) => containerSpec(init)) }),
      containers: [container, ...sidecars].map((each) => containerSpec(each)),
      volumes: volumesOf(mountsOf(props)),
    },
  };
}

function spread(labels: Labels, run: Run): k8s.TopologySpreadConstraint[] {
  const constraint = (topologyKey: string, whenUnsatisfiable: "ScheduleAnyway" | "DoNotSchedule") => ({
    topologyKey,
    maxSkew: 1,
    whenUnsatisfiable,
    labelSelector: { matchLabels: { ...labels } },
  });
  const strict = run.kind === "StatefulSet" && run.oneANode;
  return [
    constraint("topology.kubernetes.io/zone", "ScheduleAnyway"),
    constraint("kubernetes.io/hostname", strict ? "DoNotSchedule" : "ScheduleAnyway"),
  ];
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
  { replicas, minReadySeconds, claims, layout }: Extract<Run, { kind: "StatefulSet" }>,
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
      volumeClaimTemplates: claims.map((claim) => claimSpec(claim, layout)),
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

/** Days for which what became of a CronJob's Jobs can be read. */
const KEPT_DAYS = 7;

export function cronJobProps(
  { schedule, suspend, retries, deadlineSeconds }: Extract<Run, { kind: "CronJob" }>,
  metadata: k8s.ObjectMeta,
  template: k8s.PodTemplateSpec,
): k8s.KubeCronJobProps {
  const spec = {
    backoffLimit: retries,
    activeDeadlineSeconds: deadlineSeconds,
    ttlSecondsAfterFinished: KEPT_DAYS * 86_400,
    template,
  };
  return {
    metadata,
    spec: {
      schedule,
      timeZone: "Etc/UTC",
      ...(suspend && { suspend }),
      concurrencyPolicy: "Forbid",
      // a time that was missed while nothing could run is made up for within the hour, or left
      startingDeadlineSeconds: 3600,
      jobTemplate: { metadata: { labels: metadata.labels }, spec },
    },
  };
}

/** A Job whose name ends in a hash of all that it is, so that one name is one spec. */
export function withHash(props: k8s.KubeJobProps, revision: readonly (string | number)[] = []): k8s.KubeJobProps {
  const content = JSON.stringify([props, revision], (_, value: unknown) => {
    const leaf = readLeaf(value);
    if (leaf.kind !== "late") return value;
    const of = settle(leaf.expression);
    return typeof of === "string" ? of : describe(of);
  });
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8);
  return { ...props, metadata: { ...props.metadata, name: `${props.metadata?.name}-${hash}` } };
}

function claimSpec({ name, size, storageClass }: Claim, layout?: string): k8s.KubePersistentVolumeClaimProps {
  return {
    metadata: { name, ...(layout && { labels: { "filiera.dev/layout": layout } }) },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: k8s.Quantity.fromString(size) } },
      ...(storageClass && { storageClassName: storageClass }),
    },
  };
}
