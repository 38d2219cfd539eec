import { dirname } from "node:path";
import { App, Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import { here } from "../../constructs/kernel/here.ts";
import type { Program } from "../../local/index.ts";

/** An image that is this machine's own shell and Node. */
export const IMAGE = "registry.example.com/tools:1";
export const PROGRAM: Program = {
  says: "this machine's tools",
  path: [dirname(process.execPath)],
  env: { FROM_IMAGE: "yes" },
};

/** A server that answers with its environment, its number and its arguments; `/exit` ends it. */
export const SERVER = `
const [host, port, ...rest] = process.argv.slice(1);
const { createServer } = require("node:http");
createServer((request, response) => {
  if (request.url === "/exit") process.exit(3);
  if (request.url === "/kill") process.kill(process.pid, "SIGKILL");
  response.end(JSON.stringify({ env: process.env, pid: process.pid, rest, folder: process.cwd() }));
}).listen(Number(port), host);
`;

export function chart(): Chart {
  return new Chart(new App(), "chart", { disableResourceNameHashes: true });
}

type Container = Partial<k8s.Container> & { readonly name?: string };

/** A Deployment of containers of the image, and a Service in front of its port 8080. */
export function deployment(scope: Chart, name: string, container: Container, pod: Partial<k8s.PodSpec> = {}) {
  const labels = { app: name };
  const metadata = { name, namespace: "test" };
  const spec = { ...pod, containers: [{ name: "main", image: IMAGE, ...container }] };
  new k8s.KubeService(scope, `${name}-service`, {
    metadata,
    spec: { selector: labels, ports: [{ port: 80, targetPort: k8s.IntOrString.fromNumber(8080) }] },
  });
  return new k8s.KubeDeployment(scope, name, {
    metadata,
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  });
}

/** The server as a container that listens where it is told, and is asked whether it answers. */
export function server(container: Container = {}): Container {
  return {
    command: ["node", "-e", SERVER, String(here.listen()), String(here.port(8080))],
    ports: [{ name: "http", containerPort: 8080 }],
    readinessProbe: { httpGet: { path: "/", port: k8s.IntOrString.fromString("http") } },
    ...container,
  };
}

export function job(scope: Chart, name: string, container: Container, backoffLimit = 0) {
  return new k8s.KubeJob(scope, name, {
    metadata: { name, namespace: "test" },
    spec: { backoffLimit, template: { spec: { containers: [{ name: "main", image: IMAGE, ...container }] } } },
  });
}
