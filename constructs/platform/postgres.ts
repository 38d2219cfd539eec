import type { Construct } from "constructs";
import { FilieraError } from "../kernel/errors.ts";
import { alertsOf } from "../monitoring/config.ts";
import { operatorCharts } from "../operator/index.ts";
import { ORIGINAL } from "../postgres/config.ts";
import { ManagedPostgres, Postgres, type PostgresBackup, type PostgresRecovery } from "../postgres/index.ts";
import { RDS_MASTER, rdsAuthority } from "../postgres/rds.ts";
import { awsOf } from "./aws.ts";
import type { PlatformConfig } from "./config.ts";
import type { BucketGrant, BucketStore, DatabaseServer } from "./parts.ts";
import { rotated, type Site } from "./site.ts";

type Sql = PlatformConfig["postgres"];
type Clusters = Extract<Sql, { readonly kind: "cloudnative-pg" }>;

/** PostgreSQL, as the environment asks for it. */
export function postgresOf(scope: Construct, site: Site, store: BucketStore): DatabaseServer {
  const { postgres: sql } = site.config;
  return sql.kind === "rds" ? rdsOf(scope, site, sql) : clustersOf(scope, site, sql, store);
}

/** PostgreSQL on RDS: the server is AWS's, its databases are made by a Job. */
function rdsOf(scope: Construct, site: Site, sql: Extract<Sql, { readonly kind: "rds" }>): DatabaseServer {
  const { vpc, region } = awsOf(site.config, "filiera:postgres.kind");
  const home = site.namespace("postgres");
  const { host, masterPassword } = site.aws.database();
  const { credentialGeneration: generation } = sql;
  const server = new ManagedPostgres(scope, "postgres", {
    name: "postgres",
    namespace: home.name,
    image: site.images.postgresql,
    host,
    masterUser: RDS_MASTER,
    masterPassword,
    generation,
    authority: { kind: "pem", pem: sql.authority ?? rdsAuthority(region) ?? "" },
    network: vpc.cidr,
  });
  return {
    host,
    stateful: [],
    addDatabase: (name) =>
      server.addDatabase(name, { password: site.provisioned.secret(`postgres/${name}`, generation) }),
  };
}

/** PostgreSQL's clusters: the first, and those that are recovered from backups, each with a backup of its own. */
function clustersOf(scope: Construct, site: Site, sql: Clusters, store: BucketStore): DatabaseServer {
  const { config, provisioned, images, issuer, scrapers } = site;
  const { cluster, monitoring } = config;
  const home = site.namespace("postgres");
  const asked: [string, PostgresRecovery | undefined][] = [[ORIGINAL, undefined], ...Object.entries(sql.recoveries)];
  const wanted = asked.filter(([name]) => !sql.retired.includes(name));
  const backup = backupOf(
    sql,
    store,
    wanted.map(([name]) => ({ namespace: home.name, name })),
  );
  const made = new Map(
    wanted.map(([name, recovery]) => [
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
    addDatabase: (name) => {
      const { secret, ...generations } = rotated(site, `postgres/${name}`, sql);
      return serving.addDatabase(name, { password: secret, ...generations });
    },
  };
}

/** A bucket for PostgreSQL's backups alone, whose deleted objects are kept for a while, and the way into it. */
function backupOf(
  { backup }: Clusters,
  store: BucketStore,
  accounts: BucketGrant["accounts"],
): PostgresBackup | undefined {
  if (backup.kind === "none") return undefined;
  const { bucket, keepVersionsDays, schedule, retentionDays, compression } = backup;
  store.addBucket(bucket, { versioning: true, keepVersionsDays });
  return { store: store.grant("postgres-backup", { bucket, accounts }), schedule, retentionDays, compression };
}
