import type { Construct } from "constructs";
import { FilieraError } from "../kernel/errors.ts";
import type { Minio } from "../object-store/index.ts";
import { operatorCharts } from "../operator/index.ts";
import { ORIGINAL } from "../postgres/config.ts";
import { Postgres, type PostgresBackup, type PostgresRecovery } from "../postgres/index.ts";
import type { Site } from "./site.ts";

/** PostgreSQL's clusters: the first, and those that are recovered from backups, each with a backup of its own. */
export function postgresOf(
  scope: Construct,
  site: Site,
  minio: Minio,
): { readonly serving: Postgres; readonly all: readonly Postgres[] } {
  const { config, provisioned, images, issuer, scrapers } = site;
  const { postgres: sql, cluster, monitoring } = config;
  const namespace = site.namespace("postgres").name;
  const backup = backupOf(site, minio);
  const wanted: [string, PostgresRecovery | undefined][] = [[ORIGINAL, undefined], ...Object.entries(sql.recoveries)];
  const made = new Map(
    wanted
      .filter(([name]) => !sql.retired.includes(name))
      .map(([name, recovery]) => [
        name,
        new Postgres(scope, name, {
          name,
          namespace,
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
        }),
      ]),
  );
  const serving = made.get(sql.serving);
  if (!serving) throw FilieraError.at("filiera:postgres.serving", `found "${sql.serving}", which no cluster is called`);
  return { serving, all: [...made.values()] };
}

/** A bucket for PostgreSQL's backups alone, whose deleted objects are kept for a while, and the credential for it. */
function backupOf({ config, provisioned }: Site, minio: Minio): PostgresBackup | undefined {
  const { backup } = config.postgres;
  if (backup.kind === "none") return undefined;
  const { credentialGeneration: generation } = config.objectStore;
  const { bucket, keepVersionsDays, schedule, retentionDays, compression } = backup;
  minio.addBucket(bucket, { versioning: true, keepVersionsDays });
  const secretAccessKey = provisioned.secret("minio/postgres-backup", generation);
  const store = minio.grant("postgres-backup", { bucket, secretAccessKey, generation });
  return { store, schedule, retentionDays, compression };
}
