import { JsonPatch } from "cdk8s";
import type { Construct } from "constructs";
import { describe, expect, it } from "vitest";
import { at, listAt, objectAt } from "../../../constructs/kernel/json.ts";
import { late } from "../../../constructs/kernel/late.ts";
import { collect, type Manifest } from "../../../constructs/kernel/objects.ts";
import { order } from "../../../constructs/kernel/order.ts";
import { patch } from "../../../constructs/kernel/patches.ts";
import { podTemplateOf } from "../../../constructs/kernel/pods.ts";
import { render } from "../../../constructs/kernel/render.ts";
import type { WorkloadProps } from "../../../constructs/workload/index.ts";
import { chart, object } from "../../support/chart.ts";
import { complaint } from "../../support/errors.ts";
import { known, lateAs } from "../../support/plain.ts";
import { container, IMAGE, PROBES, workload } from "../../support/workload.ts";

function manifest(root: Construct, kind: string, name = "server"): Manifest | undefined {
  return collect(root).find(
    ({ manifest }) => manifest.kind === kind && manifest.metadata.name.replace(/-[0-9a-f]{8}$/, "") === name,
  )?.manifest;
}

function pod(root: Construct, kind = "Deployment"): unknown {
  return at(manifest(root, kind), "spec", "template", "spec");
}

const CLAIMS = [{ name: "data", size: "1Gi" }] as const;
const RUNS: Record<string, WorkloadProps["run"]> = {
  Deployment: { kind: "Deployment", replicas: 2 },
  StatefulSet: { kind: "StatefulSet", replicas: 2, claims: CLAIMS },
  Job: { kind: "Job", retries: 2, deadlineSeconds: 60 },
};

describe.each(Object.entries(RUNS))("a workload as a %s", (kind, run) => {
  const root = chart();
  const mounts = [{ path: "/tmp", scratch: { size: "64Mi" } }];
  workload(root, "server", { run, container: { mounts }, initContainers: [container({ name: "init" })] });
  const found = manifest(root, kind);
  const template = found && podTemplateOf(found);

  it("keeps to the restricted Pod Security Standard in every container", () => {
    expect(template?.spec).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 10001,
        runAsGroup: 10001,
        fsGroup: 10001,
        seccompProfile: { type: "RuntimeDefault" },
      },
    });
    const containers = [...listAt(template?.spec, "initContainers"), ...listAt(template?.spec, "containers")];
    expect(containers).toHaveLength(2);
    for (const each of containers)
      expect(each["securityContext"]).toEqual({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
        privileged: false,
        readOnlyRootFilesystem: true,
        runAsNonRoot: true,
      });
  });

  it("says what it needs, and pulls a digest once", () => {
    expect(listAt(template?.spec, "containers")[0]).toMatchObject({
      image: IMAGE.reference,
      imagePullPolicy: "IfNotPresent",
      command: ["serve"],
      resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "128Mi" } },
    });
  });

  it("is guarded by a policy that selects its pods and no others", () => {
    const policy = manifest(root, "NetworkPolicy");
    const selector = objectAt(policy, "spec", "podSelector", "matchLabels");
    expect(selector).toEqual({
      "app.kubernetes.io/name": "app",
      "app.kubernetes.io/instance": "server",
      "app.kubernetes.io/component": "server",
    });
    expect(template?.labels).toMatchObject(selector);
    expect(at(policy, "spec", "policyTypes")).toEqual(["Ingress", "Egress"]);
    // no rule: nobody may connect; an empty list would be dropped by the API server and written again each time
    expect(at(policy, "spec", "ingress")).toBeUndefined();
  });

  it("comes after its account and policy", () => {
    const kinds = order(root, collect(root)).map(({ manifest }) => manifest.kind);
    for (const first of ["ServiceAccount", "NetworkPolicy"])
      expect(kinds.indexOf(first)).toBeLessThan(kinds.indexOf(kind));
  });

  it("holds nothing of the construct's path", () => {
    expect(JSON.stringify(collect(root).map(({ manifest }) => manifest))).not.toContain("cdk8s.io/metadata.addr");
  });
});

describe("replicas", () => {
  it("more than one are protected from disruption and spread", () => {
    const root = chart();
    const { labels } = workload(root, "server");
    expect(manifest(root, "PodDisruptionBudget")).toMatchObject({
      apiVersion: "policy/v1",
      spec: { maxUnavailable: 1, selector: { matchLabels: labels }, unhealthyPodEvictionPolicy: "AlwaysAllow" },
    });
    expect(listAt(pod(root), "topologySpreadConstraints").map(({ topologyKey }) => topologyKey)).toEqual([
      "topology.kubernetes.io/zone",
      "kubernetes.io/hostname",
    ]);
  });

  it("a single one is not", () => {
    const root = chart();
    workload(root, "server", { run: { kind: "Deployment", replicas: 1 } });
    expect(manifest(root, "PodDisruptionBudget")).toBeUndefined();
    expect(at(pod(root), "topologySpreadConstraints")).toBeUndefined();
  });

  it("a single one is where an autoscaler makes more", () => {
    const root = chart();
    const autoscaling = { maxReplicas: 3, targetCpuPercent: 70 };
    workload(root, "server", { run: { kind: "Deployment", replicas: 1, autoscaling } });
    expect(manifest(root, "PodDisruptionBudget")).toBeDefined();
    expect(listAt(pod(root), "topologySpreadConstraints")).toHaveLength(2);
  });

  it("belong to the autoscaler where there is one: no update and no rendering takes them back", () => {
    const root = chart();
    workload(root, "server", {
      run: { kind: "Deployment", replicas: 2, autoscaling: { maxReplicas: 5, targetCpuPercent: 70 } },
    });
    expect(manifest(root, "HorizontalPodAutoscaler")).toMatchObject({
      apiVersion: "autoscaling/v2",
      spec: {
        minReplicas: 2,
        maxReplicas: 5,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "server" },
      },
    });
    const rendered = render(root).find(({ manifest }) => manifest["kind"] === "Deployment");
    expect(rendered?.object.options.ignoreChanges).toEqual(["spec.replicas"]);
    expect(objectAt(rendered?.manifest, "spec")).not.toHaveProperty("replicas");
    expect(objectAt(manifest(root, "Deployment"), "spec")["replicas"]).toBe(2);
  });
});

describe("a connection", () => {
  const api = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "team" } } };

  it("is allowed on both sides, once", () => {
    const root = chart();
    const client = workload(root, "client");
    const server = workload(root, "server");
    client.connect(server.endpoint("http")).connect(server.endpoint("http"));
    const rule = [{ protocol: "TCP", port: 8080 }];
    expect(listAt(manifest(root, "NetworkPolicy", "client"), "spec", "egress")).toContainEqual({
      to: [{ ...api, podSelector: { matchLabels: server.labels } }],
      ports: rule,
    });
    expect(at(manifest(root, "NetworkPolicy", "server"), "spec", "ingress")).toEqual([
      { from: [{ ...api, podSelector: { matchLabels: client.labels } }], ports: rule },
    ]);
    expect(listAt(manifest(root, "NetworkPolicy", "client"), "spec", "egress")).toHaveLength(2);
  });

  it("to what has no pods is allowed by address", () => {
    const root = chart();
    workload(root, "client").connect({ peer: { kind: "cidr", cidr: "10.0.0.0/16" }, port: 5432 });
    expect(listAt(manifest(root, "NetworkPolicy", "client"), "spec", "egress")).toContainEqual({
      to: [{ ipBlock: { cidr: "10.0.0.0/16" } }],
      ports: [{ protocol: "TCP", port: 5432 }],
    });
  });

  it("is written the same whatever was connected first", () => {
    const text = (reverse: boolean) => {
      const root = chart();
      const client = workload(root, "client");
      const ends = [workload(root, "a"), workload(root, "b"), workload(root, "c")].map((each) => each.endpoint("http"));
      client.connect(...(reverse ? ends.reverse() : ends));
      return JSON.stringify(manifest(root, "NetworkPolicy", "client"));
    };
    expect(text(true)).toBe(text(false));
  });
});

describe("env values, commands and arguments", () => {
  /** The value of an environment variable as Kubernetes is given it. */
  function given(value: string | ReturnType<typeof lateAs>): unknown {
    const root = chart();
    workload(root, "server", { container: { env: { A: value }, args: [value], command: [value] } });
    const [main] = listAt(pod(root), "containers");
    const [env] = listAt(main, "env");
    const result = known(String(env?.["value"]));
    expect([at(main, "args", "0"), at(main, "command", "0")].map((each) => known(String(each)))).toEqual([
      result,
      result,
    ]);
    return result;
  }

  it("may mean an expansion where they are known", () => {
    expect(given("$(HOME)")).toBe("$(HOME)");
  });

  it("are protected from it exactly once where they are late", () => {
    const password = lateAs("$(HOME)$");
    expect(given(password)).toBe("$$(HOME)$$");
    expect(given(lateAs(String(late.kube("x"))))).toBe("x");
    const kube = late.kube(password);
    expect(given(String(password))).toBe("$$(HOME)$$");
    expect(given(String(kube))).toBe("$$(HOME)$$");
  });

  it("are protected in their late parts alone where they are joined", () => {
    const password = lateAs("$(HOME)");
    expect(given(String(late.text`$(POD_IP):${password}`))).toBe("$(POD_IP):$$(HOME)");
    expect(given(String(late.text`$(POD_IP):${late.kube(password)}`))).toBe("$(POD_IP):$$(HOME)");
    expect(given(String(late.text`${late.text`<${password}>`}`))).toBe("<$$(HOME)>");
  });

  it("do not begin an expansion where a known part ends", () => {
    expect(given(String(late.text`$${lateAs("(HOME)")}`))).toBe("$$(HOME)");
    expect(given(String(late.text`$$${lateAs("(HOME)")}`))).toBe("$$(HOME)");
    expect(given(String(late.text`$$$${lateAs("(HOME)")}`))).toBe("$$$$(HOME)");
  });

  it("may come from Secrets, ConfigMaps and the pod itself", () => {
    const root = chart();
    const secret = object(root, "secret", { kind: "Secret" });
    workload(root, "server", {
      container: {
        env: { A: { secret, key: "a" }, B: { configMap: "map", key: "b" }, C: { field: "metadata.name" } },
      },
    });
    expect(at(pod(root), "containers", "0", "env")).toEqual([
      { name: "A", valueFrom: { secretKeyRef: { name: "secret", key: "a" } } },
      { name: "B", valueFrom: { configMapKeyRef: { name: "map", key: "b" } } },
      { name: "C", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    ]);
  });
});

describe("what stands in the manifest", () => {
  it.each(["Deployment", "StatefulSet"])("is the sleep before a stop: %s", (kind) => {
    const root = chart();
    const run = RUNS[kind];
    workload(root, "server", { run, drainSeconds: 7, stopSeconds: 20 });
    expect(pod(root, kind)).toMatchObject({
      terminationGracePeriodSeconds: 20,
      containers: [{ lifecycle: { preStop: { sleep: { seconds: 7 } } } }],
    });
  });

  it("is a volume for each place, shared by the containers", () => {
    const root = chart();
    const shared = { path: "/tmp", scratch: { size: "64Mi", medium: "Memory" as const } };
    const files = { path: "/etc/app", secret: "s", items: { a: "b" } };
    workload(root, "server", {
      container: { mounts: [shared, files] },
      initContainers: [container({ name: "init", mounts: [shared] })],
    });
    expect(at(pod(root), "volumes")).toEqual([
      { name: "tmp", emptyDir: { medium: "Memory", sizeLimit: "64Mi" } },
      { name: "etc-app", secret: { secretName: "s", items: [{ key: "a", path: "b" }] } },
    ]);
  });

  it("is every registry's credential, and every sidecar", () => {
    const root = chart();
    const image = (pullSecret: string) => ({ ...IMAGE, pullSecret });
    workload(root, "server", {
      container: { image: image("one") },
      initContainers: [container({ name: "init", image: image("two") })],
      sidecars: [container({ name: "side", image: image("one"), ports: { metrics: 9090 } })],
    }).expose("server", { http: 80, metrics: 9090 });
    expect(pod(root)).toMatchObject({
      imagePullSecrets: [{ name: "one" }, { name: "two" }],
      initContainers: [{ name: "init" }],
      containers: [{ name: "main" }, { name: "side" }],
    });
  });

  it("is a Service in front of its ports", () => {
    const root = chart();
    const server = workload(root, "server");
    server.expose("web", { http: 80 });
    server.expose("each", { http: 8080 }, { headless: true });
    const ports = { name: "http", protocol: "TCP", targetPort: "http" };
    expect(manifest(root, "Service", "web")?.["spec"]).toEqual({
      selector: server.labels,
      ports: [{ ...ports, port: 80 }],
    });
    expect(manifest(root, "Service", "each")?.["spec"]).toEqual({
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: server.labels,
      ports: [{ ...ports, port: 8080 }],
    });
    expect(
      collect(root)
        .filter(({ options }) => options.skipAwait)
        .map(({ manifest }) => manifest.metadata.name),
    ).toEqual(["web", "each"]);
  });

  it("is what a transform and a patch make of it", () => {
    const root = chart();
    const { object } = workload(root, "server", {
      transform: { deployment: (props) => ({ ...props, spec: props.spec && { ...props.spec, paused: true } }) },
    });
    patch(object, JsonPatch.add("/spec/template/spec/hostUsers", false));
    expect(manifest(root, "Deployment")).toMatchObject({
      spec: { paused: true, template: { spec: { hostUsers: false } } },
    });
  });
});

describe("what cannot be a workload", () => {
  const refused = (parts: Parameters<typeof workload>[2]) => complaint(() => workload(chart(), "server", parts));

  it("is a server without probes", () => {
    expect(refused({ container: { probes: undefined } })).toBe(
      '[test/server] runs a Deployment whose container "main" has no probes: give it startup, readiness and liveness probes',
    );
    expect(refused({ run: RUNS["Job"], container: { probes: undefined } })).toBe("no complaint");
  });

  it("mounts a claim that it does not have", () => {
    const mounts = [{ path: "/data", claim: "data" }];
    expect(refused({ container: { mounts } })).toBe(
      '[test/server] mounts the claim "data", which it does not have: its claims are none',
    );
    expect(
      refused({ run: RUNS["StatefulSet"], initContainers: [container({ mounts: [{ path: "/x", claim: "x" }] })] }),
    ).toBe('[test/server] mounts the claim "x", which it does not have: its claims are data');
    expect(refused({ run: RUNS["StatefulSet"], container: { mounts } })).toBe("no complaint");
  });

  it.each([
    [
      { path: "/etc/a.b", secret: "one" },
      { path: "/etc/a-b", secret: "two" },
    ],
    [
      { path: "/etc/a.b", secret: "one" },
      { path: "/etc/a.b", configMap: "one" },
    ],
    [
      { path: "/etc/a.b", secret: "one" },
      { path: "/etc/a.b", secret: "one", items: { a: "b" } },
    ],
    [
      { path: "/x", claim: "data" },
      { path: "/data", scratch: { size: "1Mi" } },
    ],
  ])("mounts different things as one volume: %#", (one, other) => {
    const run = RUNS["StatefulSet"];
    expect(
      refused({ run, container: { mounts: [one] }, initContainers: [container({ name: "init", mounts: [other] })] }),
    ).toBe(
      `[test/server] mounts two different things at ${one.path} and ${other.path}, which would be one volume: give them paths that differ in more than case and punctuation`,
    );
  });

  it("drains until it is killed", () => {
    expect(refused({ drainSeconds: 30 })).toBe(
      "[test/server] drains for 30 s and is killed after 30 s: make stopSeconds longer than drainSeconds",
    );
  });

  it("exposes a port that it does not have", () => {
    const server = workload(chart(), "server", { container: { ports: { http: 80, metrics: 90 }, probes: PROBES } });
    const message = `[test/server] has no port "grpc": its containers' ports are http, metrics`;
    expect(complaint(() => server.expose("x", { grpc: 1 }))).toBe(message);
    expect(complaint(() => server.endpoint("grpc"))).toBe(message);
  });
});
