import { Html } from "./html.ts";

/** Line drawings on a square of 16, by what a kind is for. */
const drawings = {
  run: "M8 1.8 13.5 5v6L8 14.2 2.5 11V5zM2.7 5.1 8 8.1l5.3-3M8 8.1v6",
  store: "M2.8 4c0-2.6 10.4-2.6 10.4 0S2.8 6.6 2.8 4v8c0 2.6 10.4 2.6 10.4 0V4M2.8 8c0 2.6 10.4 2.6 10.4 0",
  operator:
    "M8 5.3a2.7 2.7 0 1 1 0 5.4 2.7 2.7 0 0 1 0-5.4M8 1.5v2.3M8 12.2v2.3M1.5 8h2.3M12.2 8h2.3M3.4 3.4 5 5M11 11l1.6 1.6M3.4 12.6 5 11M11 5l1.6-1.6",
  network:
    "M8 2.5a1.7 1.7 0 1 1 0 3.4 1.7 1.7 0 0 1 0-3.4M3.5 10a1.7 1.7 0 1 1 0 3.4 1.7 1.7 0 0 1 0-3.4M12.5 10a1.7 1.7 0 1 1 0 3.4 1.7 1.7 0 0 1 0-3.4M7 5.7 4.4 10.1M9 5.7l2.6 4.4",
  guard: "M8 1.6 13.2 3.5v4.3c0 3.3-2.3 5.3-5.2 6.6C5.1 13.1 2.8 11.1 2.8 7.8V3.5z",
  secret: "M1.6 8a2.9 2.9 0 1 1 5.8 0 2.9 2.9 0 1 1-5.8 0M7.4 8h7v2.8M11.6 8v2.2",
  config: "M3.5 1.8h6l3 3v9.4h-9zM5.8 7h4.4M5.8 9.3h4.4M5.8 11.6h2.6",
  trust: "M8 1.8a4.2 4.2 0 1 1 0 8.4 4.2 4.2 0 0 1 0-8.4M6.2 6l1.3 1.3 2.4-2.5M5.3 9.6 4.5 14.2 8 12.4l3.5 1.8-.8-4.6",
  access: "M8 1.8a2.9 2.9 0 1 1 0 5.8 2.9 2.9 0 0 1 0-5.8M2.5 14.2c0-6 11-6 11 0",
  watch: "M1.5 8.5h3l2-5.5 3 10.5 2-5h3",
  scale: "M2 14V9.5h3V14M6.5 14V6h3v8M11 14V2h3v12",
  space: "M2 5V2h3M11 2h3v3M14 11v3h-3M5 14H2v-3M6.5 2h3M6.5 14h3M2 6.5v3M14 6.5v3",
  cloud: "M4.5 12.8a3 3 0 0 1-.2-6A4 4 0 0 1 12 6.7a3 3 0 0 1 .2 6.1z",
  lock: "M3.5 7.2h9v6.6h-9zM5.5 7V4.8a2.5 2.5 0 0 1 5 0V7",
  other: "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11",
} as const;

export type Icon = keyof typeof drawings;

const kinds: Readonly<Record<string, Icon>> = {
  Deployment: "run",
  StatefulSet: "run",
  DaemonSet: "run",
  Job: "run",
  CronJob: "run",
  Cluster: "store",
  Database: "store",
  DatabaseRole: "access",
  PersistentVolumeClaim: "store",
  Release: "operator",
  Service: "network",
  Gateway: "network",
  HTTPRoute: "network",
  Ingress: "network",
  NetworkPolicy: "guard",
  Secret: "secret",
  RandomPassword: "secret",
  ConfigMap: "config",
  Certificate: "trust",
  Issuer: "trust",
  ClusterIssuer: "trust",
  ServiceAccount: "access",
  Role: "access",
  RoleBinding: "access",
  ClusterRole: "access",
  ClusterRoleBinding: "access",
  ServiceMonitor: "watch",
  PodMonitor: "watch",
  PrometheusRule: "watch",
  HorizontalPodAutoscaler: "scale",
  PodDisruptionBudget: "scale",
  Namespace: "space",
};

/** The icon of a resource by its kind. */
export function iconOf({ kind, type }: { readonly kind: string; readonly type: string }): Icon {
  return type.startsWith("pulumi:providers:") ? "cloud" : (kinds[kind] ?? "other");
}

/** Every drawing once, for `<use href="#icon-…">`. */
export function iconSheet(): Html {
  const symbols = Object.entries(drawings).map(
    ([name, path]) => `<symbol id="icon-${name}" viewBox="0 0 16 16"><path d="${path}"/></symbol>`,
  );
  return new Html(`<svg class="sheet" aria-hidden="true">${symbols.join("")}</svg>`);
}
