import type { Construct } from "constructs";
import { FilieraError } from "../kernel/errors.ts";
import { alertsOf } from "../monitoring/config.ts";
import { operatorCharts } from "../operator/index.ts";
import { ORIGINAL } from "../postgres/config.ts";
import { Postgres, type PostgresBackup, type PostgresRecovery } from "../postgres/index.ts";
import type { BucketStore, DatabaseServer } from "./parts.ts";
import type { Site } from "./site.ts";

/** PostgreSQL's clusters: the first, and those that are recovered from backups, each with a backup of its own. */
export function postgresOf(scope: Construct, site: Site, store: BucketStore): DatabaseServer {
  const { config, provisioned, images, issuer, scrapers } = site;
  const { postgres: sql, cluster, monitoring } = config;
  const home = site.namespace("postgres");
  const backup = backupOf(site, store);
  const wanted: [string, PostgresRecovery | undefined][] = [[ORIGINAL, undefined], ...Object.entries(sql.recoveries)];
  const made = new Map(
    wanted
      .filter(([name]) => !sql.retired.includes(name))
      .map(([name, recovery]) => [
        name,
        new Postgres(scope, name, {
          name,
          namespace: home.name,
          image: images.postgresql,
          instances: sql.instances,
          storage: sql.storage,
          walStorage: sql.walStorage,
          storageClass: cluster.storageClass,
          resources: sql.resources,
          maxConnections: sql.maxConnections,
          parameters: sql.parameters,
          backup,
          recovery,
          issuer,
          ownerPassword: provisioned.secret("postgres/app", sql.credentialGeneration),
          operatorNamespace: operatorCharts["cloudnative-pg"].namespace,
          scrapers,
          monitorLabels: monitoring.labels,
          alerts: alertsOf(monitoring, monitoring.alerts.postgres),
        }),
      ]),
  );
  const serving = made.get(sql.serving);
  if (!serving) throw FilieraError.at("filiera:postgres.serving", `found "${sql.serving}", which no cluster is called`);
  return {
    host: serving.host,
    stateful: [home.object, ...[...made.values()].map(({ cluster }) => cluster)],
    addDatabase: (name) =>
      serving.addDatabase(name, { password: provisioned.secret(`postgres/${name}`, sql.credentialGeneration) }),
  };
}

/** A bucket for PostgreSQL's backups alone, whose deleted objects are kept for a while, and the way into it. */
function backupOf({ config }: Site, store: BucketStore): PostgresBackup | undefined {
  const { backup } = config.postgres;
  if (backup.kind === "none") return undefined;
  const { bucket, keepVersionsDays, schedule, retentionDays, compression } = backup;
  store.addBucket(bucket, { versioning: true, keepVersionsDays });
  return { store: store.grant("postgres-backup", { bucket }), schedule, retentionDays, compression };
}
