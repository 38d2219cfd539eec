import { expect, it } from "vitest";
import type { JsonObject } from "../../../constructs/kernel/json.ts";
import { recoveries } from "../../../stacks/doctor/recoveries.ts";
import { known } from "../../../stacks/findings/index.ts";
import { named, REFUSED, told } from "../../support/cluster.ts";
import { clustersOf, environment } from "../../support/platform.ts";

const PATH = "filiera:postgres.recoveries.postgres-2.to";
const postgres = clustersOf(
  environment("prod", {
    "filiera:postgres": { recoveries: { "postgres-2": { to: "2026-11-27T10:00:00Z" } } },
  }),
);

/** What the plugin writes into the status of an ObjectStore. */
const archive = (firstRecoverabilityPoint: string): JsonObject => ({
  ...named("postgres-backup"),
  status: { serverRecoveryWindow: { postgres: { firstRecoverabilityPoint } } },
});
const ask = (stores: readonly JsonObject[], present: readonly string[] = [], wanted = postgres) =>
  told(
    recoveries(
      { archives: known(stores), present: known(new Map(present.map((each) => [each, named(each)]))) },
      { postgres: wanted },
    ),
  );

it("a time that the backups reach back to is fine, and an earlier one is not", () => {
  expect(ask([archive("2026-11-20T02:00:09Z")])).toEqual([
    `fine ${PATH}: the backups of postgres reach back to 2026-11-20T02:00:09Z`,
  ]);
  expect(ask([archive("2026-11-27T10:00:01Z")])).toEqual([
    `problem ${PATH}: found "2026-11-27T10:00:00Z", and the first base backup of postgres that is kept ended at 2026-11-27T10:00:01Z → write that time, or a later one`,
  ]);
});

it("no backup at all is a problem, unless nobody is left to tell", () => {
  expect(ask([named("postgres-backup")])).toEqual([
    `problem ${PATH}: found "2026-11-27T10:00:00Z", and the cluster tells of no base backup of postgres → wait until one is taken`,
  ]);
  expect(ask([], [], { ...postgres, serving: "postgres-2", retired: ["postgres"] })).toEqual([
    `note ${PATH}: nobody tells since when there are backups of postgres, which is retired`,
  ]);
});

it("what is recovered, or retired, is not asked about again", () => {
  expect(ask([], ["postgresql.cnpg.io/Cluster/postgres/postgres-2"])).toEqual([]);
  expect(ask([], [], { ...postgres, retired: ["postgres-2"] })).toEqual([]);
});

it("is not known, where one may not look", () => {
  expect(told(recoveries({ archives: REFUSED, present: known(new Map()) }, { postgres }))).toEqual([
    `unknown ${PATH}: could not look: it is forbidden`,
  ]);
});
