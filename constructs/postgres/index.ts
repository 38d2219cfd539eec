export type { PostgresAlerts } from "./alerts.ts";
export type { PostgresBackup, PostgresRecovery } from "./backup.ts";
export type { ClusterSpec } from "./cnpg.ts";
export type { DatabaseProps } from "./database.ts";
export { ManagedPostgres, type ManagedPostgresProps } from "./managed.ts";
export { Postgres, type PostgresProps } from "./postgres.ts";
