import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FilieraError, throwProblems } from "../constructs/kernel/errors.ts";
import { ORIGINAL } from "../constructs/postgres/config.ts";
import { writeWhole } from "../local/run/folder.ts";
import { accessCluster } from "../stacks/cluster/access.ts";
import { recoveryFindings, recoveryProblems } from "../stacks/engine/recoveries.ts";
import { configOf, loadEnvironmentFile, parseEnvironment } from "../stacks/environment/index.ts";
import { freeName, withRecovery } from "../stacks/environment/recovery.ts";
import { deploy } from "./deploy.ts";

/** @see recover */
export interface RecoverOptions {
  /** The moment to recover to. */
  readonly to?: string;
  /** Name of the cluster that is made. @default - the first of postgres-2, postgres-3, … that is free */
  readonly name?: string;
  /** Cluster whose backups are recovered. @default - the one that serves */
  readonly of?: string;
  /** Whether to write the file, and nothing more. @default false */
  readonly write?: boolean;
  /** Whether to write the file and run `up`. @default false */
  readonly yes?: boolean;
}

/**
 * `filiera restore <environment> postgres --to`: a cluster beside the one that serves, as that was at a moment. Asks the
 * cluster whether its backups reach back, shows what it adds to the file, and writes it only when told.
 */
export async function recover(environment: string, { to, name, of, write, yes }: RecoverOptions): Promise<void> {
  if (to === undefined) throw FilieraError.at("--to", "is missing: write a time such as 2026-11-27T10:00:00Z");
  const folder = "environments";
  const before = parseEnvironment(loadEnvironmentFile(folder, environment), { secrets: "sealed", name: environment });
  const path = join(folder, `Pulumi.${environment}.yaml`);
  const source = readFileSync(path, "utf8");
  const { postgres } = before;
  if (postgres.kind !== "cloudnative-pg")
    throw FilieraError.at(
      "filiera:postgres.kind",
      `found "${postgres.kind}", whose recovery is its own: restore it to a point in time as AWS does, or take "cloudnative-pg"`,
    );
  const recovery = { name: name ?? freeName(postgres), from: of ?? postgres.serving, to };
  if (recovery.name === ORIGINAL || recovery.name in postgres.recoveries)
    throw FilieraError.at(
      "--name",
      `found "${recovery.name}", which is there: a cluster is recovered once, give it another name`,
    );
  const text = withRecovery(source, recovery);
  const after = parseEnvironment(configOf(text, path), { secrets: "sealed", name: environment });
  const access = await accessCluster(after.cluster);
  throwProblems(await recoveryProblems(access, after));
  for (const { path: of, found, verdict } of await recoveryFindings(access, after))
    if (of.includes(`.${recovery.name}.`)) console.log(verdict === "fine" ? found : `${of}: ${found}`);
  console.log([`${path}:`, ...changed(source, text)].join("\n"));
  if (!write && !yes) {
    console.log("nothing was written: --write writes this, --yes writes it and deploys it");
    return;
  }
  writeWhole(path, text);
  if (yes) return deploy("up", environment, ["--yes"]);
  console.log(`npx filiera up ${environment} makes ${recovery.name}; ${postgres.serving} goes on serving`);
}

/** The lines that differ, of texts that differ in one place. */
export function changed(before: string, after: string): string[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  let head = 0;
  while (head < Math.min(old.length, now.length) && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(old.length, now.length) - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  return [
    ...old.slice(head, old.length - tail).map((line) => `- ${line}`),
    ...now.slice(head, now.length - tail).map((line) => `+ ${line}`),
  ];
}
