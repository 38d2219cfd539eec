import { type ApiObject, JsonPatch } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import type { Construct, IDependable } from "constructs";
import type { Endpoint } from "../connections/endpoint.ts";
import { restartOnChange } from "../kernel/checksum.ts";
import { Noun } from "../kernel/noun.ts";
import { Options } from "../kernel/options.ts";
import { patch } from "../kernel/patches.ts";
import { clashOf } from "./container.ts";
import { PodPolicy } from "./policy.ts";
import {
  completes,
  cronJobProps,
  deploymentProps,
  headless,
  isMany,
  jobProps,
  mountsOf,
  PART_OF,
  type PodProps,
  podTemplate,
  statefulSetProps,
  withHash,
} from "./run.ts";

/** Changes to the objects that a Workload makes, before they are made. */
export interface WorkloadTransform {
  readonly deployment?: (props: k8s.KubeDeploymentProps) => k8s.KubeDeploymentProps;
  readonly statefulSet?: (props: k8s.KubeStatefulSetProps) => k8s.KubeStatefulSetProps;
  readonly job?: (props: k8s.KubeJobProps) => k8s.KubeJobProps;
  readonly service?: (props: k8s.KubeServiceProps) => k8s.KubeServiceProps;
}

/** @see Workload */
export interface WorkloadProps extends PodProps {
  readonly namespace: string;
  /** What it is: `app.kubernetes.io/name`, for example `mlflow`. */
  readonly app: string;
  /** Its part in the app: `app.kubernetes.io/component`, for example `server`. */
  readonly component: string;
  /** Seconds in which a stopping server goes on serving, until every client knows. @default 0 */
  readonly drainSeconds?: number;
  /** @default - as they are */
  readonly transform?: WorkloadTransform;
}

/**
 * The one way to run a container: an explicit command, probes and resources; the `restricted` Pod Security Standard;
 * an account without a token; a NetworkPolicy that refuses what `connect` did not allow; with more than one replica a
 * PodDisruptionBudget and a spread over zones and nodes; a restart when a Secret or ConfigMap that it uses changes.
 *
 * @example
 * const server = new Workload(this, "server", {
 *   name: "mlflow", namespace: "mlflow", app: "mlflow", component: "server",
 *   run: { kind: "Deployment", replicas: 2 },
 *   container: { image, command: ["mlflow", "server"], ports: { http: 5000 }, probes, resources },
 * });
 * server.connect(database.endpoint);
 */
export class Workload extends Noun {
  /** The Deployment, StatefulSet, Job or CronJob: ready when its pods are. */
  readonly object: ApiObject;
  readonly policy: PodPolicy;
  /** What selects the pods; no part of it depends on a construct's path. */
  readonly labels: Readonly<Record<string, string>>;
  readonly #props: WorkloadProps;

  constructor(scope: Construct, id: string, props: WorkloadProps) {
    super(scope, id);
    this.#props = props;
    const { name, namespace, run } = props;
    this.labels = {
      "app.kubernetes.io/name": props.app,
      "app.kubernetes.io/instance": name,
      "app.kubernetes.io/component": props.component,
    };
    this.#check();
    new k8s.KubeServiceAccount(this, "account", {
      metadata: this.#metadata(),
      automountServiceAccountToken: false,
    });
    this.policy = new PodPolicy(this, "policy", { name, namespace, podLabels: this.labels });
    this.object = this.#run();
    if (run.kind === "Job") Options.of(this.object).set({ timeoutSeconds: run.deadlineSeconds + 60 });
    // one server after the other, each with data to catch up with
    if (run.kind === "StatefulSet") Options.of(this.object).set({ timeoutSeconds: 3600 });
    if (!completes(run)) {
      restartOnChange(this.object);
      if (isMany(run)) this.#protectFromDisruption();
    }
    if (run.kind === "Deployment" && run.autoscaling) this.#autoscale(run.replicas, run.autoscaling);
    if (run.kind === "StatefulSet") this.expose(headless(name), props.container.ports ?? {}, { headless: true });
  }

  /** Lets the pods connect to an endpoint, in the policies of both sides. Idempotent. */
  connect(...endpoints: readonly Endpoint[]): this {
    for (const endpoint of endpoints) this.policy.allowTo(endpoint);
    return this;
  }

  /** Runs only once something else is there: dependencies of the pods alone, not of the Service in front of them. */
  after(...dependencies: readonly IDependable[]): this {
    this.object.node.addDependency(...dependencies);
    return this;
  }

  /** One of the container's ports as an endpoint for others to connect to. */
  endpoint(port: string): Endpoint {
    return this.policy.endpoint(this.#port(port));
  }

  /**
   * A Service in front of ports of the container, on the same numbers unless given others.
   * A headless one has an address for each pod, before it is ready too.
   */
  expose(
    name: string,
    ports: Readonly<Record<string, number>>,
    options: { readonly headless?: boolean } = {},
  ): ApiObject {
    const { transform } = this.#props;
    for (const port of Object.keys(ports)) this.#port(port);
    const props: k8s.KubeServiceProps = {
      metadata: { ...this.#metadata(), name },
      spec: {
        selector: { ...this.labels },
        ports: Object.entries(ports).map(([port, number]) => ({
          name: port,
          port: number,
          targetPort: k8s.IntOrString.fromString(port),
          protocol: "TCP",
        })),
        ...(options.headless && { clusterIp: "None", publishNotReadyAddresses: true }),
      },
    };
    const service = new k8s.KubeService(this, `service-${name}`, transform?.service?.(props) ?? props);
    // it is the workload that is waited for; a Service made before its pods would be waited for in vain
    Options.of(service).set({ skipAwait: true });
    return service;
  }

  #port(name: string): number {
    const { container, sidecars = [] } = this.#props;
    const ports = Object.assign({}, ...[...sidecars, container].map((each) => each.ports ?? {}));
    const port: unknown = ports[name];
    if (typeof port === "number") return port;
    return this.refuse(`has no port "${name}": its containers' ports are ${Object.keys(ports).join(", ") || "none"}`);
  }

  #check(): void {
    const { run, container, sidecars = [], stopSeconds = 30, drainSeconds = 0 } = this.#props;
    if (drainSeconds >= stopSeconds)
      this.refuse(
        `drains for ${drainSeconds} s and is killed after ${stopSeconds} s: make stopSeconds longer than drainSeconds`,
      );
    const claims = new Set(run.kind === "StatefulSet" ? run.claims.map(({ name }) => name) : []);
    const unprobed = [container, ...sidecars].find(({ probes }) => !probes);
    if (!completes(run) && unprobed)
      this.refuse(
        `runs a ${run.kind} whose container "${unprobed.name ?? "main"}" has no probes: give it startup, readiness and liveness probes`,
      );
    for (const mount of mountsOf(this.#props))
      if ("claim" in mount && !claims.has(mount.claim))
        this.refuse(
          `mounts the claim "${mount.claim}", which it does not have: its claims are ${[...claims].join(", ") || "none"}`,
        );
    const clash = clashOf(mountsOf(this.#props));
    if (clash)
      this.refuse(
        `mounts two different things at ${clash[0].path} and ${clash[1].path}, which would be one volume: give them paths that differ in more than case and punctuation`,
      );
  }

  #metadata() {
    const { name, namespace } = this.#props;
    return { name, namespace, labels: { ...this.labels, ...PART_OF } };
  }

  #run(): ApiObject {
    const { run, transform, drainSeconds = 0 } = this.#props;
    const pods = podTemplate(this.#props, this.labels);
    const metadata = this.#metadata();
    const object = ((): ApiObject => {
      switch (run.kind) {
        case "Deployment": {
          const props = deploymentProps(run, metadata, pods, this.labels);
          return new k8s.KubeDeployment(this, "deployment", transform?.deployment?.(props) ?? props);
        }
        case "StatefulSet": {
          const props = statefulSetProps(run, metadata, pods, this.labels);
          return new k8s.KubeStatefulSet(this, "statefulset", transform?.statefulSet?.(props) ?? props);
        }
        case "Job": {
          const props = jobProps(run, metadata, pods);
          return new k8s.KubeJob(this, "job", withHash(transform?.job?.(props) ?? props, run.revision));
        }
        case "CronJob":
          return new k8s.KubeCronJob(this, "cronjob", cronJobProps(run, metadata, pods));
      }
    })();
    // newer than cdk8s-plus-28's types, which would drop it without a word
    const lifecycle = { preStop: { sleep: { seconds: drainSeconds } } };
    if (drainSeconds > 0) patch(object, JsonPatch.add("/spec/template/spec/containers/0/lifecycle", lifecycle));
    return object;
  }

  #protectFromDisruption(): void {
    new k8s.KubePodDisruptionBudget(this, "disruption", {
      metadata: this.#metadata(),
      spec: {
        maxUnavailable: k8s.IntOrString.fromNumber(1),
        selector: { matchLabels: { ...this.labels } },
        // a store with a quorum does without no pod that it may still need
        unhealthyPodEvictionPolicy: this.#props.run.kind === "StatefulSet" ? "IfHealthyBudget" : "AlwaysAllow",
      },
    });
  }

  #autoscale(minReplicas: number, scaling: { readonly maxReplicas: number; readonly targetCpuPercent: number }): void {
    const { name } = this.#props;
    const { maxReplicas, targetCpuPercent } = scaling;
    new k8s.KubeHorizontalPodAutoscalerV2(this, "autoscaler", {
      metadata: this.#metadata(),
      spec: {
        minReplicas,
        maxReplicas,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
        metrics: [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "Utilization", averageUtilization: targetCpuPercent } },
          },
        ],
      },
    });
    Options.of(this.object).set({ ignoreChanges: ["spec.replicas"] });
  }
}
