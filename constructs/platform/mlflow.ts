import type { Construct } from "constructs";
import { Mlflow } from "../mlflow/index.ts";
import { alertsOf } from "../monitoring/config.ts";
import type { BucketStore, DatabaseServer } from "./parts.ts";
import type { Site } from "./site.ts";

/** MLflow with a database and a bucket of the platform. */
export function mlflowOf(
  scope: Construct,
  { config, provisioned, images, namespace, scrapers }: Site,
  { postgres, objectStore }: { readonly postgres: DatabaseServer; readonly objectStore: BucketStore },
): Mlflow {
  const { mlflow: server, domain, monitoring } = config;
  const home = namespace("mlflow");
  const mlflow = new Mlflow(scope, "mlflow", {
    name: "mlflow",
    namespace: home.name,
    image: images.mlflow,
    replicas: server.replicas,
    autoscaling: server.autoscaling,
    workers: server.workers,
    connectionPool: server.connectionPool,
    resources: server.resources,
    database: postgres.addDatabase("mlflow"),
    artifacts: objectStore.grant("mlflow", {
      bucket: server.bucket,
      accounts: [{ namespace: home.name, name: "mlflow" }],
    }),
    auth: {
      kind: "basic",
      adminUser: server.auth.adminUser,
      defaultPermission: server.auth.defaultPermission,
      adminPassword: provisioned.secret("mlflow/admin", server.credentialGeneration),
      sessionKey: provisioned.secret("mlflow/session-key", server.credentialGeneration),
      generation: server.credentialGeneration,
    },
    ...(domain && { publicHost: `mlflow.${domain}` }),
    allowedHosts: server.allowedHosts,
    scrapers,
    monitorLabels: monitoring.labels,
    alerts: alertsOf(monitoring, monitoring.alerts.mlflow),
  });
  for (const client of server.clients) mlflow.allowFrom(client);
  return mlflow;
}
