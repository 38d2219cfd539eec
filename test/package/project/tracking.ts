import type { Late, MlflowProps } from "filiera/constructs";

/** What MLflow is given in the Pulumi program and in the plain app alike. */
export function tracking(secret: (name: string) => Late): Omit<MlflowProps, "database" | "artifacts"> {
  return {
    name: "tracking",
    namespace: "models",
    image: { reference: `registry.example.com/mlflow@sha256:${"0".repeat(64)}` },
    replicas: 2,
    resources: { requests: { cpu: "500m", memory: "2Gi" } },
    auth: {
      kind: "basic",
      adminPassword: secret("admin password"),
      sessionKey: secret("session key"),
    },
    scrapers: { kind: "namespace", namespace: "monitoring" },
  };
}
