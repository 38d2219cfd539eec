import { expect, it } from "vitest";
import { fixedProblems, lostStores } from "../../../stacks/engine/fixed.ts";
import { readState } from "../../../stacks/engine/state.ts";
import { deployed } from "../../support/deployed.ts";
import { type Changes, resolved, S3 } from "../../support/platform.ts";

const GIVEN = "arn:aws:kms:eu-central-1:123456789012:key/given";

/** What an environment on AWS plans, and how that stands in the state once it is deployed. */
async function on(changes: Changes, name: "aws" | "dev" = "aws") {
  const { plan } = await deployed(name, resolved(name, changes), { preview: true });
  const resources = plan.resources.map(({ urn, type, inputs }) => ({ urn, type, inputs }));
  return { plan, state: readState({ deployment: { resources } }) };
}

/** What is said before a deployed environment is changed. */
async function change(before: Changes, after: Changes): Promise<readonly string[]> {
  const { state } = await on(before);
  const { plan } = await on(after);
  return fixedProblems(plan, state).map(({ path, message }) => `${path}: ${message}`);
}

it("an instance grows, and goes on to a newer version", async () => {
  const grown = { "filiera:postgres": { storage: "200Gi", version: "18", instanceClass: "db.m7g.xlarge" } };
  expect(await change({ "filiera:postgres": { version: "17" } }, grown)).toEqual([]);
});

it("no storage of an instance is taken away, and no version taken back", async () => {
  const smaller = { "filiera:postgres": { storage: "50Gi", version: "17" } };
  expect(await change({}, smaller)).toEqual([
    "filiera:postgres: has 100Gi of storage, and 50Gi are asked for: RDS takes none away; write 100Gi or more",
    'filiera:postgres: runs PostgreSQL 18, and 17 is asked for: RDS goes back to no older version; write "18", or restore into another one',
  ]);
});

it("what is stored keeps the key that it is encrypted with", async () => {
  const given = { "filiera:aws": { kmsKey: GIVEN } };
  expect(await change({}, given)).toEqual([
    "filiera:aws.kmsKey: found a key, and what is stored is encrypted with one that filiera made: leave it out",
  ]);
  expect(await change(given, {})).toEqual([
    "filiera:aws.kmsKey: missing; allowed: the key that was there before, as what is stored is encrypted with it",
  ]);
  expect(await change(given, { "filiera:aws": { kmsKey: `${GIVEN}-2` } })).toEqual([
    `filiera:aws.kmsKey: found "${GIVEN}-2"; allowed: "${GIVEN}", as what is stored is encrypted with it`,
  ]);
  expect(await change(given, given)).toEqual([]);
});

it("what compliance locked is not locked for less", async () => {
  const lock = (mode: string, days: number) => ({ "filiera:objectStore": { auditBuckets: { audit: { mode, days } } } });
  expect(await change({}, lock("compliance", 400))).toEqual([]);
  expect(await change({}, lock("compliance", 30))).toEqual([
    "example-ml-prod-audit: locks objects for 365 days, from everybody, and less is asked for: what an auditor was promised holds for what comes, too; write mode: compliance and 365 days or more, or another bucket",
  ]);
});

it("a store that leaves AWS is told, with the way to let it go", async () => {
  const { plan: first, state } = await on({});
  expect(lostStores(first, state)).toEqual([]);
  const postgres = { kind: "cloudnative-pg", instances: 3, storage: "100Gi" };
  const resources = { requests: { cpu: 1, memory: "4Gi" } };
  const { plan } = await on({
    "filiera:postgres": { ...postgres, resources, instanceClass: undefined, maxStorage: undefined },
    "filiera:mlflow": { bucket: "models" },
  });
  expect(lostStores(plan, state).map(({ path, message }) => `${path}: ${message}`)).toEqual([
    "filiera:objectStore: has a bucket less, and with it would be forgotten the bucket example-ml-prod-mlflow: it stays in AWS with its objects, and nobody looks after it: put it back, or say that the data may go with --allow-data-loss",
    "filiera:postgres: is no longer on RDS, and with it would go the instance postgres and all its data, but for a last snapshot: put it back, or say that the data may go with --allow-data-loss",
  ]);
});

it("a MinIO that gives way to S3 is told: its objects would go with its volumes", async () => {
  const { state } = await on({}, "dev");
  const { plan } = await on(S3, "dev");
  expect(lostStores(plan, state).map(({ path, message }) => `${path}: ${message}`)).toEqual([
    "filiera:objectStore: is of another kind, and with it would go the StatefulSet minio and all its data: put it back, or say that the data may go with --allow-data-loss",
  ]);
});
