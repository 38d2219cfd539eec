import { identity } from "../../constructs/kernel/identity.ts";
import { type JsonObject, textAt } from "../../constructs/kernel/json.ts";
import type { Environment } from "../environment/index.ts";
import { type Finding, findingsOf, given } from "../findings/index.ts";
import type { Facts } from "./facts.ts";

const say = findingsOf("recoveries");

/** Whether the backups reach back to the times that clusters are to be recovered to. */
export function recoveries(
  { archives, present }: Pick<Facts, "archives" | "present">,
  { postgres }: Pick<Environment, "postgres">,
): readonly Finding[] {
  if (postgres.kind !== "cloudnative-pg") return [];
  const { recoveries, retired } = postgres;
  return Object.entries(recoveries).flatMap(([name, { from, to }]) => {
    const path = `filiera:postgres.recoveries.${name}.to`;
    if (retired.includes(name)) return [];
    return given(present, say, path, (objects) => {
      // the backups of one that is recovered may be gone by now
      if (objects.has(identity("postgresql.cnpg.io/Cluster", "postgres", name))) return [];
      return given(archives, say, path, (stores) => [reach(stores, { path, from, to, told: !retired.includes(from) })]);
    });
  });
}

function reach(
  stores: readonly JsonObject[],
  {
    path,
    from,
    to,
    told,
  }: { readonly path: string; readonly from: string; readonly to: string; readonly told: boolean },
): Finding {
  const first = stores.flatMap(
    (each) => textAt(each, "status", "serverRecoveryWindow", from, "firstRecoverabilityPoint") ?? [],
  )[0];
  if (first === undefined)
    return told
      ? say.problem(
          path,
          `found "${to}", and the cluster tells of no base backup of ${from}`,
          "wait until one is taken",
        )
      : say.note(path, `nobody tells since when there are backups of ${from}, which is retired`);
  if (Date.parse(to) < Date.parse(first))
    return say.problem(
      path,
      `found "${to}", and the first base backup of ${from} that is kept ended at ${first}`,
      "write that time, or a later one",
    );
  return say.fine(path, `the backups of ${from} reach back to ${first}`);
}
