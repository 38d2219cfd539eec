import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseQuantity } from "../../../constructs/footprint/quantity.ts";
import { at, listAt, textAt } from "../../../constructs/kernel/json.ts";
import { type Bill, type BillCrd, billFootprint, servedKinds } from "../../../constructs/operator/bill.ts";
import type { OperatorChart } from "../../../constructs/operator/chart.ts";
import { barmanCloud, certManager, cloudnativePg, operatorCharts } from "../../../constructs/operator/charts/index.ts";
import { billOf, mergeReplicas } from "../../../tools/bill-reader.ts";

const charts = Object.entries<OperatorChart>(operatorCharts);

/** The folder of upstream's CRDs, beside the project where it is checked out for tests, and each chart's part of it. */
const CRDS = join(import.meta.dirname, "../../../../shared/crds");
const CRD_FOLDERS: Readonly<Record<keyof typeof operatorCharts, string>> = {
  "barman-cloud": "cnpg-plugin-barman-cloud",
  "cert-manager": "cert-manager",
  "cloudnative-pg": "cloudnative-pg",
  "prometheus-operator-crds": "prometheus-operator",
  strimzi: "strimzi",
};

describe.each(charts)("the bill of %s", (_, { bill, chart, pods, release, values }) => {
  it("is for the chart that is pinned", () => {
    expect({ chart: bill.chart, version: bill.version }).toEqual({
      chart: chart.chart.slice(chart.chart.lastIndexOf("/") + 1),
      version: chart.version,
    });
    expect(chart.repository === undefined).toBe(chart.chart.startsWith("oci://"));
    expect(bill.source).toMatch(/^[\w.-]+\/[\w.-]+@[0-9a-f]{40}:[\w./-]+$/);
  });

  it("counts as many objects as it describes", () => {
    const total = (kind: string): number =>
      Object.entries({ ...bill.objects })
        .concat(Object.entries(bill.hookObjects))
        .filter(([key]) => key.endsWith(`/${kind}`))
        .reduce((sum, [, count]) => sum + count, 0);
    expect(total("CustomResourceDefinition")).toBe(bill.crds.length);
    for (const kind of ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"])
      expect(total(kind), kind).toBe(bill.workloads.filter((workload) => workload.kind === kind).length);
    for (const type of ["Mutating", "Validating"])
      expect(total(`${type}WebhookConfiguration`), type).toBe(
        new Set(bill.webhooks.flatMap((hook) => (hook.type === type.toLowerCase() ? hook.configuration : []))).size,
      );
  });

  it("names images by a tag that is a version", () => {
    for (const image of bill.images)
      expect(image).toMatch(/:v?\d+\.\d+\.\d+(-kafka-\d+\.\d+\.\d+)?(@sha256:[0-9a-f]{64})?$/);
    expect(new Set(bill.images).size).toBe(bill.images.length);
  });

  it("gives every pod requests, and a limit of memory that is not below them", () => {
    for (const { name, requests, limits } of bill.workloads) {
      expect(parseQuantity(requests.cpu), name).toBeGreaterThan(0);
      expect(parseQuantity(limits?.memory ?? ""), name).toBeGreaterThanOrEqual(parseQuantity(requests.memory) ?? 0);
      expect(limits?.cpu, name).toBeUndefined();
    }
  });

  it("stores each of its kinds in a version that it serves", () => {
    for (const { kind, versions, storageVersion } of bill.crds) expect(versions, kind).toContain(storageVersion);
    expect(new Set(servedKinds(bill)).size).toBe(bill.crds.length);
  });

  it("has the pods, and their labels and ports, that its chart's policies are about", () => {
    expect(pods.map(({ workload, labels }) => ({ workload, labels }))).toEqual(
      expect.arrayContaining(bill.workloads.map(({ name, labels }) => ({ workload: name, labels }))),
    );
    expect(pods).toHaveLength(bill.workloads.length);
    for (const { workload, webhookPort, metricsPort, callers = [] } of pods) {
      const { ports = [] } = bill.workloads.find(({ name }) => name === workload) ?? {};
      for (const port of [webhookPort, metricsPort, ...callers.map((caller) => caller.port)])
        if (port !== undefined) expect(ports, workload).toContain(port);
    }
    expect(pods.some(({ webhookPort }) => webhookPort !== undefined)).toBe(bill.webhooks.length > 0);
  });

  it("is of a release after which the chart names its objects, without a prefix", () => {
    for (const { name } of bill.workloads) expect(name).toMatch(new RegExp(`^${release}(-|$)`));
  });

  it("is of values that are the same each time, but for the replicas", () => {
    expect(values({ replicas: 2 })).toEqual(values({ replicas: 2 }));
    expect(JSON.stringify(values({ replicas: 3 })).replaceAll(/"(replicaCount|replicas)":3/g, '"$1":2')).toBe(
      JSON.stringify(values({ replicas: 2 })),
    );
  });
});

describe("CRDs of the bills", () => {
  const here = existsSync(CRDS);
  const name = here ? "are upstream's" : "are upstream's (skipped: no shared/crds beside the project)";

  it.skipIf(!here).each(charts)(`${name}: %s`, (key, { bill }) => {
    const folder = Object.entries(CRD_FOLDERS).find(([chart]) => chart === key)?.[1] ?? "";
    const upstream = readdirSync(join(CRDS, folder)).map((file) => crdIn(join(CRDS, folder, file)));
    // of another operator, whose kinds lie beside Strimzi's
    expect(byKind(bill.crds)).toEqual(byKind(upstream.filter(({ kind }) => kind !== "KafkaAccess")));
  });
});

describe("what a bill tells", () => {
  it("is the footprint of its pods, those that can be many as many as asked for, hooks left out", () => {
    expect(billFootprint(certManager.bill, 2)).toEqual({
      pods: 6,
      cpu: 0.2,
      memory: 2 * (128 + 64 + 192) * 2 ** 20,
      gpu: 0,
      storage: 0,
      images: certManager.bill.images,
    });
    expect(billFootprint(barmanCloud.bill, 2)).toMatchObject({ pods: 1, cpu: 0.025 });
  });

  it("is the kinds that exist once the chart is installed", () => {
    expect(servedKinds(barmanCloud.bill)).toEqual(["barmancloud.cnpg.io/ObjectStore"]);
    expect(servedKinds(cloudnativePg.bill)).toContain("postgresql.cnpg.io/Cluster");
  });

  it("includes the images that operators start in other pods", () => {
    expect(certManager.bill.images).toContain("quay.io/jetstack/cert-manager-acmesolver:v1.21.1");
    expect(barmanCloud.bill.images).toContain("ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar:v0.13.0");
  });
});

describe("reading a bill", () => {
  const facts = { name: "echo", version: "1.0.0", appVersion: "2.0.0", source: "a/b@c:d" };

  it("takes workloads, hooks, kinds, webhooks and images from what Helm rendered", () => {
    expect(mergeReplicas(billOf(facts, rendered(2)), billOf(facts, rendered(3)))).toEqual({
      chart: "echo",
      version: "1.0.0",
      appVersion: "2.0.0",
      source: "a/b@c:d",
      images: ["example.com/team/echo:2.0.0", "example.com/team/sidecar:2.0.0"],
      objects: {
        "admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration": 1,
        "apiextensions.k8s.io/v1/CustomResourceDefinition": 1,
        "apps/v1/Deployment": 1,
      },
      hookObjects: { "batch/v1/Job": 1 },
      workloads: [
        {
          kind: "Deployment",
          name: "echo",
          replicas: "replicas",
          labels: { app: "echo" },
          ports: [8080, 9443],
          requests: { cpu: "1", memory: "64Mi" },
          limits: { memory: "64Mi" },
        },
        {
          kind: "Job",
          name: "check",
          replicas: 1,
          hook: "post-install",
          labels: { "app.kubernetes.io/name": "check" },
          ports: [],
          requests: { cpu: "0", memory: "0" },
        },
      ],
      crds: [
        {
          group: "example.com",
          kind: "Echo",
          plural: "echoes",
          scope: "Cluster",
          versions: ["v1", "v1beta1"],
          storageVersion: "v1",
        },
      ],
      webhooks: [
        {
          type: "validating",
          configuration: "echo",
          name: "echo.example.com",
          failurePolicy: "Ignore",
          service: { name: "echo", port: 443 },
          resources: ["example.com/echoes"],
        },
      ],
    } satisfies Bill);
  });

  it("refuses a chart that changes with the replicas in other ways", () => {
    const three = `${rendered(3)}\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: echo }`;
    expect(() => mergeReplicas(billOf(facts, rendered(2)), billOf(facts, three))).toThrow(
      'echo: "objects.policy/v1/PodDisruptionBudget" depends on the number of replicas',
    );
  });
});

function crdIn(file: string): BillCrd {
  const crd: unknown = JSON.parse(readFileSync(file, "utf8"));
  const versions = listAt(crd, "spec", "versions");
  return {
    group: textAt(crd, "spec", "group") ?? "",
    kind: textAt(crd, "spec", "names", "kind") ?? "",
    plural: textAt(crd, "spec", "names", "plural") ?? "",
    scope: at(crd, "spec", "scope") === "Cluster" ? "Cluster" : "Namespaced",
    versions: versions.flatMap((version) => (version["served"] ? (textAt(version, "name") ?? []) : [])),
    storageVersion:
      textAt(
        versions.find((version) => version["storage"]),
        "name",
      ) ?? "",
  };
}

function byKind(crds: readonly BillCrd[]): Record<string, BillCrd> {
  return Object.fromEntries(crds.map((crd) => [`${crd.group}/${crd.kind}`, crd]));
}

function rendered(replicas: number): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: { name: echo }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: echo } }
  template:
    metadata: { labels: { app: echo, version: "2" } }
    spec:
      containers:
        - name: echo
          image: example.com/team/echo:2.0.0
          args: [--sidecar=example.com/team/sidecar:2.0.0, --listen=:9443]
          ports: [{ containerPort: 9443 }, { containerPort: 8080 }]
          resources: { requests: { cpu: 1, memory: 64Mi }, limits: { memory: 64Mi } }
---
apiVersion: batch/v1
kind: Job
metadata: { name: check, annotations: { helm.sh/hook: post-install } }
spec:
  template:
    metadata: { labels: { app.kubernetes.io/name: check, app: check } }
    spec: { containers: [{ name: check, image: "example.com/team/echo:2.0.0" }] }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: echoes.example.com }
spec:
  group: example.com
  names: { kind: Echo, plural: echoes }
  scope: Cluster
  versions:
    - { name: v1, served: true, storage: true }
    - { name: v1beta1, served: true, storage: false }
    - { name: v1alpha1, served: false, storage: false }
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: { name: echo }
webhooks:
  - name: echo.example.com
    failurePolicy: Ignore
    clientConfig: { service: { name: echo } }
    rules: [{ apiGroups: [example.com], resources: [echoes] }]
---
# nothing here
`;
}
