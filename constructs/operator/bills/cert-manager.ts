// Read from the chart by tools/bill.ts.
import type { Bill } from "../bill.ts";

export const certManagerBill = {
  chart: "cert-manager",
  version: "v1.21.1",
  appVersion: "v1.21.1",
  source: "cert-manager/cert-manager@24e33194fb39488eff2bbf10c6dc640f407cad44:deploy/charts/cert-manager",
  images: [
    "quay.io/jetstack/cert-manager-acmesolver:v1.21.1",
    "quay.io/jetstack/cert-manager-cainjector:v1.21.1",
    "quay.io/jetstack/cert-manager-controller:v1.21.1",
    "quay.io/jetstack/cert-manager-startupapicheck:v1.21.1",
    "quay.io/jetstack/cert-manager-webhook:v1.21.1",
  ],
  objects: {
    "admissionregistration.k8s.io/v1/MutatingWebhookConfiguration": 1,
    "admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration": 1,
    "apiextensions.k8s.io/v1/CustomResourceDefinition": 6,
    "apps/v1/Deployment": 3,
    "policy/v1/PodDisruptionBudget": 3,
    "rbac.authorization.k8s.io/v1/ClusterRole": 13,
    "rbac.authorization.k8s.io/v1/ClusterRoleBinding": 10,
    "rbac.authorization.k8s.io/v1/Role": 3,
    "rbac.authorization.k8s.io/v1/RoleBinding": 3,
    "v1/Service": 3,
    "v1/ServiceAccount": 3,
  },
  hookObjects: {
    "batch/v1/Job": 1,
    "rbac.authorization.k8s.io/v1/Role": 1,
    "rbac.authorization.k8s.io/v1/RoleBinding": 1,
    "v1/ServiceAccount": 1,
  },
  workloads: [
    {
      kind: "Deployment",
      name: "cert-manager",
      replicas: "replicas",
      labels: {
        "app.kubernetes.io/name": "cert-manager",
        "app.kubernetes.io/instance": "cert-manager",
        "app.kubernetes.io/component": "controller",
      },
      ports: [9402, 9403],
      requests: {
        cpu: "50m",
        memory: "128Mi",
      },
      limits: {
        memory: "256Mi",
      },
    },
    {
      kind: "Deployment",
      name: "cert-manager-cainjector",
      replicas: "replicas",
      labels: {
        "app.kubernetes.io/name": "cainjector",
        "app.kubernetes.io/instance": "cert-manager",
        "app.kubernetes.io/component": "cainjector",
      },
      ports: [9402],
      requests: {
        cpu: "25m",
        memory: "192Mi",
      },
      limits: {
        memory: "512Mi",
      },
    },
    {
      kind: "Deployment",
      name: "cert-manager-webhook",
      replicas: "replicas",
      labels: {
        "app.kubernetes.io/name": "webhook",
        "app.kubernetes.io/instance": "cert-manager",
        "app.kubernetes.io/component": "webhook",
      },
      ports: [6080, 9402, 10250],
      requests: {
        cpu: "25m",
        memory: "64Mi",
      },
      limits: {
        memory: "128Mi",
      },
    },
    {
      kind: "Job",
      name: "cert-manager-startupapicheck",
      replicas: 1,
      hook: "post-install",
      labels: {
        "app.kubernetes.io/name": "startupapicheck",
        "app.kubernetes.io/instance": "cert-manager",
        "app.kubernetes.io/component": "startupapicheck",
      },
      ports: [],
      requests: {
        cpu: "10m",
        memory: "32Mi",
      },
      limits: {
        memory: "64Mi",
      },
    },
  ],
  crds: [
    {
      group: "acme.cert-manager.io",
      kind: "Challenge",
      plural: "challenges",
      scope: "Namespaced",
      versions: ["v1"],
      storageVersion: "v1",
    },
    {
      group: "acme.cert-manager.io",
      kind: "Order",
      plural: "orders",
      scope: "Namespaced",
      versions: ["v1"],
      storageVersion: "v1",
    },
    {
      group: "cert-manager.io",
      kind: "Certificate",
      plural: "certificates",
      scope: "Namespaced",
      versions: ["v1"],
      storageVersion: "v1",
    },
    {
      group: "cert-manager.io",
      kind: "CertificateRequest",
      plural: "certificaterequests",
      scope: "Namespaced",
      versions: ["v1"],
      storageVersion: "v1",
    },
    {
      group: "cert-manager.io",
      kind: "ClusterIssuer",
      plural: "clusterissuers",
      scope: "Cluster",
      versions: ["v1"],
      storageVersion: "v1",
    },
    {
      group: "cert-manager.io",
      kind: "Issuer",
      plural: "issuers",
      scope: "Namespaced",
      versions: ["v1"],
      storageVersion: "v1",
    },
  ],
  webhooks: [
    {
      type: "mutating",
      configuration: "cert-manager-webhook",
      name: "webhook.cert-manager.io",
      failurePolicy: "Fail",
      service: {
        name: "cert-manager-webhook",
        port: 443,
      },
      resources: ["cert-manager.io/certificaterequests"],
    },
    {
      type: "validating",
      configuration: "cert-manager-webhook",
      name: "webhook.cert-manager.io",
      failurePolicy: "Fail",
      service: {
        name: "cert-manager-webhook",
        port: 443,
      },
      resources: ["acme.cert-manager.io/*/*", "cert-manager.io/*/*"],
    },
  ],
} as const satisfies Bill;
