import type { Construct } from "constructs";
import { Backup, type BackupStore } from "../backup/index.ts";
import { FilieraError } from "../kernel/errors.ts";
import type { Mlflow } from "../mlflow/index.ts";
import type { Site } from "./site.ts";

/** Backups of all that the platform keeps, where the environment asks for them or a machine gives a folder. */
export function backupOf(scope: Construct, site: Site, mlflow: Mlflow): Backup | undefined {
  const { config, images, namespace } = site;
  const store = storeOf(site);
  if (!store) return undefined;
  const { database, initialRows, artifacts } = mlflow.data;
  return new Backup(scope, "backup", {
    name: "backup",
    namespace: namespace("backup").name,
    environment: config.domain ?? "platform",
    image: images.backup,
    databases: [{ name: "mlflow", database, image: images.postgresql, initialRows }],
    buckets: [{ name: "mlflow", store: artifacts }],
    store,
    ...(config.backup && {
      schedule: config.backup.schedule,
      keepDays: config.backup.keepDays,
      scratch: config.backup.scratch,
    }),
  });
}

function storeOf({ config: { backup }, provisioned }: Site): BackupStore | undefined {
  if (provisioned.backupFolder !== undefined) return { kind: "folder", path: provisioned.backupFolder };
  if (!backup) return undefined;
  const { bucket, prefix, region, accessKeyId } = backup;
  const url = backup.endpoint ?? `https://s3.${region}.amazonaws.com`;
  if (!provisioned.backupKey)
    throw FilieraError.at("filiera:backup.secretAccessKey", "is set, and was not given to the platform");
  return {
    kind: "s3",
    store: {
      url,
      region,
      bucket,
      ...(prefix !== undefined && { prefix }),
      authentication: { kind: "key", accessKeyId, secretAccessKey: provisioned.backupKey },
      authority: { kind: "public" },
      // nobody knows a store's addresses
      endpoint: { peer: { kind: "cidr", cidr: "0.0.0.0/0" }, port: Number(new URL(url).port || 443) },
    },
  };
}
