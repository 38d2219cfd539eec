// Read from the chart by tools/bill.ts.
import type { Bill } from "../bill.ts";

export const barmanCloudBill = {
  chart: "plugin-barman-cloud",
  version: "0.7.0",
  appVersion: "v0.13.0",
  source: "cloudnative-pg/charts@83bd9c59514cb7ff3692049d85ba604dcb458700:charts/plugin-barman-cloud",
  images: [
    "ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar:v0.13.0",
    "ghcr.io/cloudnative-pg/plugin-barman-cloud:v0.13.0",
  ],
  objects: {
    "apiextensions.k8s.io/v1/CustomResourceDefinition": 1,
    "apps/v1/Deployment": 1,
    "cert-manager.io/v1/Certificate": 2,
    "cert-manager.io/v1/Issuer": 1,
    "rbac.authorization.k8s.io/v1/ClusterRole": 1,
    "rbac.authorization.k8s.io/v1/ClusterRoleBinding": 1,
    "rbac.authorization.k8s.io/v1/Role": 1,
    "rbac.authorization.k8s.io/v1/RoleBinding": 1,
    "v1/ConfigMap": 1,
    "v1/Service": 1,
    "v1/ServiceAccount": 1,
  },
  hookObjects: {},
  workloads: [
    {
      kind: "Deployment",
      name: "plugin-barman-cloud",
      replicas: 1,
      labels: {
        "app.kubernetes.io/name": "plugin-barman-cloud",
        "app.kubernetes.io/instance": "plugin-barman-cloud",
      },
      ports: [9090],
      requests: {
        cpu: "25m",
        memory: "64Mi",
      },
      limits: {
        memory: "128Mi",
      },
    },
  ],
  crds: [
    {
      group: "barmancloud.cnpg.io",
      kind: "ObjectStore",
      plural: "objectstores",
      scope: "Namespaced",
      versions: ["v1"],
      storageVersion: "v1",
    },
  ],
  webhooks: [],
} as const satisfies Bill;
