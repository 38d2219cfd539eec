import type { Construct } from "constructs";
import {
  type ContainerProps,
  type Image,
  type Probes,
  Workload,
  type WorkloadProps,
} from "../../constructs/workload/index.ts";

/** An image by digest. */
export const IMAGE: Image = { reference: `registry.example.com/app@sha256:${"ab".repeat(32)}` };

const probe = { ask: { http: "/health", port: "http" } };
export const PROBES: Probes = { startup: probe, readiness: probe, liveness: probe };

/** A container with all that it must have. */
export function container(parts: Partial<ContainerProps> = {}): ContainerProps {
  return {
    image: IMAGE,
    command: ["serve"],
    ports: { http: 8080 },
    probes: PROBES,
    resources: { requests: { cpu: "100m", memory: "128Mi" } },
    ...parts,
  };
}

/** A Deployment of two replicas, or whatever else is said, in the namespace `team`. */
export function workload(
  scope: Construct,
  id: string,
  {
    container: own,
    ...parts
  }: Partial<Omit<WorkloadProps, "container">> & { readonly container?: Partial<ContainerProps> } = {},
): Workload {
  return new Workload(scope, id, {
    name: id,
    namespace: "team",
    app: "app",
    component: id,
    run: { kind: "Deployment", replicas: 2 },
    container: container(own),
    ...parts,
  });
}
