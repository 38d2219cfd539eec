import * as pulumi from "@pulumi/pulumi";
import { App, Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import { Construct } from "constructs";
import { late } from "../constructs/kernel/late.ts";
import { type Probes, Workload } from "../constructs/workload/index.ts";

const PROBE = { ask: { http: "/health", port: "http" } };
const PROBES: Probes = { startup: PROBE, readiness: PROBE, liveness: PROBE };
/** What `server` makes: Secret, ConfigMap, ServiceAccount, NetworkPolicy, Deployment, PodDisruptionBudget, Service. */
const OBJECTS_A_SERVER = 7;

/** About as many objects as asked for: servers with all that belongs to them, sixteen in a namespace. */
export function platform(objects: number): Chart {
  const chart = new Chart(new App(), "platform");
  for (let i = 0; i < objects / OBJECTS_A_SERVER; i++) {
    const namespace = `team-${i >> 4}`;
    if (i % 16 === 0) new k8s.KubeNamespace(chart, namespace, { metadata: { name: namespace } });
    server(new Construct(chart, `server-${i}`), namespace, `server-${i}`);
  }
  return chart;
}

function server(scope: Construct, namespace: string, name: string): void {
  const metadata = { name, namespace };
  const password = late.from(pulumi.secret(`password of ${name}`));
  const secret = new k8s.KubeSecret(scope, "secret", { metadata, stringData: { password: String(password) } });
  const settings = new k8s.KubeConfigMap(scope, "settings", {
    metadata,
    data: { "app.ini": "[server]\nhost = 0.0.0.0\n".repeat(20) },
  });
  new Workload(scope, "server", {
    ...metadata,
    app: "app",
    component: "server",
    run: { kind: "Deployment", replicas: 2 },
    container: {
      image: { reference: `registry.example.com/app@sha256:${"ab".repeat(32)}` },
      command: ["serve"],
      args: ["--port", "8080"],
      env: {
        PASSWORD: { secret, key: "password" },
        URL: String(late.text`postgresql://app:${late.url(password)}@db/app`),
        LEVEL: "info",
      },
      ports: { http: 8080 },
      probes: PROBES,
      resources: { requests: { cpu: "100m", memory: "128Mi" } },
      mounts: [
        { path: "/etc/app", configMap: settings },
        { path: "/tmp", scratch: { size: "64Mi" } },
      ],
    },
  }).expose(name, { http: 80 });
}

/** Layers of a few objects, each of which depends on all of the layer before. */
export function ladder(layers: number, width: number): Chart {
  const chart = new Chart(new App(), "ladder");
  let before: Construct[] = [];
  for (let i = 0; i < layers; i++) {
    const layer = Array.from(
      { length: width },
      (_, j) => new k8s.KubeConfigMap(chart, `${i}-${j}`, { metadata: { name: `${i}-${j}`, namespace: "team" } }),
    );
    for (const each of layer) each.node.addDependency(...before);
    before = layer;
  }
  return chart;
}

/** Layers, each of which depends as a whole on each layer below. */
export function layers(count: number, width: number): Chart {
  const chart = new Chart(new App(), "layers");
  const below: Construct[] = [];
  for (let i = 0; i < count; i++) {
    const layer = new Construct(chart, `layer-${i}`);
    for (let j = 0; j < width; j++)
      new k8s.KubeConfigMap(layer, `${j}`, { metadata: { name: `${i}-${j}`, namespace: "team" } });
    layer.node.addDependency(...below);
    below.push(layer);
  }
  return chart;
}
