import { join, resolve } from "node:path";
import type { BackupSummary, Backups } from "../constructs/backup/backups.ts";
import { FilieraError, isFilieraError } from "../constructs/kernel/errors.ts";
import { localBackups, RunFolder, readRun } from "../local/index.ts";
import { clusterBackups } from "../stacks/backup/cluster.ts";
import { accessCluster } from "../stacks/cluster/access.ts";
import type { Environment } from "../stacks/environment/index.ts";
import { count } from "../stacks/plan/amounts.ts";
import { readEnvironment } from "./environment.ts";
import { formatProblems } from "./problems.ts";

/** @see backup */
export interface BackupOptions {
  readonly list?: boolean;
  readonly json?: boolean;
  /** Where backups of what runs on this machine are kept. @default ".filiera/backups/<environment>" */
  readonly folder?: string;
}

/** @see restore */
export interface RestoreOptions extends Omit<BackupOptions, "list"> {
  readonly from?: string;
  readonly replace?: boolean;
}

/** `filiera backup`: takes a backup, or lists those there are. */
export async function backup(name: string, { list, json, folder }: BackupOptions): Promise<void> {
  const backups = await backupsOf(name, readEnvironment(name), folder);
  await stoppable(list ? "nothing was listed" : "no backup was taken", async (signal) => {
    if (list) {
      const all = await backups.list(signal);
      if (json) console.log(JSON.stringify(all, undefined, 2));
      else console.log(all.length === 0 ? `there are no backups of ${name}` : all.map(lineOf).join("\n"));
      return;
    }
    const taken = await backups.save(signal);
    console.log(
      json
        ? JSON.stringify(taken, undefined, 2)
        : [...linesOf(taken), `restore it with filiera restore ${name} --from ${taken.id}`].join("\n"),
    );
  });
}

/** `filiera restore --from`: brings a backup back. */
export async function restore(name: string, { from, replace, json, folder }: RestoreOptions): Promise<void> {
  if (from === undefined)
    throw FilieraError.at("--from", `is missing: write the name of a backup that filiera backup ${name} --list shows`);
  const backups = await backupsOf(name, readEnvironment(name), folder);
  await stoppable("not restored", async (signal) => {
    const restored = await backups.restore(from, { replace: replace ?? false }, signal);
    console.log(
      json ? JSON.stringify(restored, undefined, 2) : [`${name} is as it was:`, ...linesOf(restored)].join("\n"),
    );
  });
}

/** Those of what runs here, and else those of the cluster. */
async function backupsOf(name: string, environment: Environment, folder: string | undefined): Promise<Backups> {
  const project = process.cwd();
  const say = (line: string): void => console.error(line);
  if (environment.backup && !readRun(project, name)?.alive) {
    if (folder !== undefined)
      throw FilieraError.at(
        "--folder",
        `is for what runs on this machine, and ${name} has filiera:backup: leave it out`,
      );
    return clusterBackups(await accessCluster(environment.cluster), { environment: name, say });
  }
  return localBackups(environment, {
    project,
    environment: name,
    folder: new RunFolder(project, name),
    store: resolve(folder ?? join(".filiera/backups", name)),
    say,
  });
}

/** Ends what it runs when it is told to stop, and prints what did not come about, and why. */
async function stoppable(outcome: string, action: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const listen = (): void => stop.abort(FilieraError.at("filiera", "was told to stop"));
  process.on("SIGINT", listen).on("SIGTERM", listen);
  try {
    await action(stop.signal);
  } catch (error) {
    if (!isFilieraError(error)) throw error;
    console.error(formatProblems(error.problems, outcome));
    process.exitCode = 1;
  } finally {
    process.off("SIGINT", listen).off("SIGTERM", listen);
  }
}

/** A backup on a line. */
function lineOf(summary: BackupSummary): string {
  const rows = summary.databases.flatMap(({ tables }) => Object.values(tables).map((table) => table.rows));
  const objects = summary.buckets.reduce((sum, bucket) => sum + bucket.objects, 0);
  const total = rows.reduce((sum, each) => sum + each, 0);
  return `${summary.id}  ${summary.environment}  ${count(total, "row")}, ${count(objects, "object")}`;
}

/** What a backup holds. */
function linesOf({ id, databases, buckets, objectsFrom, objectsTo }: BackupSummary): string[] {
  return [
    `backup ${id}`,
    ...databases.map(({ name, at, postgres, tables, revisions }) => {
      const rows = Object.values(tables).reduce((sum, table) => sum + table.rows, 0);
      const revision = Object.values(revisions).join(", ");
      return `  database ${name} as of ${at}: ${count(rows, "row")} in ${count(Object.keys(tables).length, "table")}, PostgreSQL ${postgres}${revision === "" ? "" : `, schema ${revision}`}`;
    }),
    ...buckets.map(
      ({ name, objects, bytes }) =>
        `  bucket ${name}: ${count(objects, "object")}, ${bytes} bytes, copied from ${objectsFrom} to ${objectsTo}`,
    ),
  ];
}
