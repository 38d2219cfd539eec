import { mkdirSync } from "node:fs";
import { App } from "cdk8s";
import { type Backups, summariesIn, summaryIn } from "../constructs/backup/backups.ts";
import { jobAgain, jobFrom } from "../constructs/backup/job.ts";
import { generationName } from "../constructs/connections/generation.ts";
import { identity } from "../constructs/kernel/identity.ts";
import { late } from "../constructs/kernel/late.ts";
import { platform } from "../constructs/platform/platform.ts";
import type { Workload } from "../constructs/workload/index.ts";
import type { Environment } from "../stacks/environment/index.ts";
import { Beside, type BesideOptions } from "./run/beside.ts";

/**
 * The backups of an environment that runs on this machine, in a folder: by the Jobs that a cluster would run.
 *
 * @throws FilieraError where it does not run here
 */
export async function localBackups(
  environment: Environment,
  { store, ...options }: BesideOptions & { readonly store: string },
): Promise<Backups> {
  const { chart, backup, mlflow } = platform(new App(), environment, {
    secret: (name, generation) => late.named(generationName(name, generation)),
    backupFolder: store,
  });
  if (!backup) throw new Error("it was given a folder, and has no backup");
  const beside = await Beside.of(chart, options);
  mkdirSync(store, { recursive: true, mode: 0o700 });
  const manifestOf = ({ object }: Workload) =>
    beside.manifest(identity(`${object.apiGroup}/${object.kind}`, object.metadata.namespace, object.name));
  const [save, restore] = [manifestOf(backup.save), manifestOf(backup.restore)];
  const env = { BACKUP_ENVIRONMENT: options.environment };
  return {
    async save(signal) {
      return summaryIn(await beside.run(jobFrom(save, { name: "backup", env }), signal), "backup");
    },
    async list(signal) {
      return summariesIn(await beside.run(jobFrom(save, { name: "backup-list", only: "list" }), signal));
    },
    async restore(id, { replace }, signal) {
      const told = { RESTORE_FROM: id, RESTORE_REPLACE: String(replace) };
      const document = await beside.run(jobFrom(restore, { name: "backup-restore", env: told }), signal);
      // the administrator's password is this environment's own, and the schema this version's
      await beside.run(jobAgain(manifestOf(mlflow.migration), mlflow.migration.object.name), signal);
      return summaryIn(document, "restored");
    },
  };
}
