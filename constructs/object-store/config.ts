import { z } from "zod";
import {
  bucketName,
  count,
  credentialGeneration,
  problem,
  resources,
  rotation,
  size,
  text,
} from "../settings/settings.ts";
import { s3NameProblem } from "./s3.ts";

/** Drives in one erasure set: `setSizes` in cmd/endpoint-ellipses.go of minio/minio. */
const SET_SIZES = { min: 2, max: 16 };
/** From this size on, MinIO's default parity survives the loss of two drives (docs/erasure/storage-class/README.md). */
const SAFE_SET = 4;

/**
 * The size of the erasure sets that MinIO makes of these drives, as `getSetIndexes` in cmd/endpoint-ellipses.go does:
 * the largest size that divides all drives and lies evenly over the last range of its argument (the drives of a
 * server, or the servers when each has one). Undefined where MinIO would refuse to start.
 */
export function erasureSetSize(servers: number, drivesPerServer: number): number | undefined {
  const drives = servers * drivesPerServer;
  const range = drivesPerServer > 1 ? drivesPerServer : servers;
  for (let set = SET_SIZES.max; set >= SET_SIZES.min; set--) {
    const symmetric = range > set ? range % set === 0 : set % range === 0;
    if (drives % set === 0 && symmetric) return set;
  }
  return undefined;
}

function layoutProblem(servers: number, drivesPerServer: number) {
  const drives = servers * drivesPerServer;
  if (servers === 2 || servers === 3)
    return problem(
      ["servers"],
      `found ${servers}; allowed: 1, or 4 and more: with ${servers} servers the loss of one already stops all writes`,
    );
  const set = erasureSetSize(servers, drivesPerServer);
  if (drives === 1 || (set !== undefined && (servers === 1 || set >= SAFE_SET))) return undefined;
  const outcome = set === undefined ? "in no even erasure sets of 2 to 16" : `in erasure sets of ${set}`;
  return problem(
    [],
    `found ${servers} servers × ${drivesPerServer} drivesPerServer = ${drives} drives, ${outcome}; ` +
      "allowed: numbers whose product divides evenly into sets of 4 to 16, such as 4 × 1, 4 × 4 or 8 × 2",
  );
}

/** MinIO: one server, or several that keep each object in shards over all of them. */
export const minio = z
  .strictObject({
    kind: z.literal("minio"),
    servers: count(1, 64).describe("servers: 1, or 4 and more for a distributed store"),
    drivesPerServer: count(1, 64).describe("volumes of each server"),
    storage: size.describe("size of each volume, such as 100Gi; parity takes up to half of it"),
    resources: resources.describe("of each server"),
    versioning: z.boolean().describe("whether overwritten and deleted objects are kept as old versions"),
    keepVersionsDays: count(1, 36_500).default(90).describe("days for which old versions are kept"),
    ...rotation,
    rootGeneration: credentialGeneration.describe(
      "raise it by one to have root's password made anew at the next up, for which all servers restart",
    ),
  })
  .check(({ value, issues }) => {
    const found = layoutProblem(value.servers, value.drivesPerServer);
    if (found) issues.push(found);
  });

const lock = z
  .strictObject({
    mode: z
      .enum(["governance", "compliance"])
      .describe("governance: who has the right may still delete; compliance: nobody may, not even the account's owner"),
    days: count(1, 36_500).describe("days for which nothing in the bucket can be deleted or overwritten"),
  })
  .describe("how long each object is kept from everybody");

/** Amazon's S3: no server of ours, and no key. */
const s3 = z
  .strictObject({
    kind: z.literal("s3"),
    namePrefix: text(
      "the beginning of names: 3 to 40 lower-case letters, digits and hyphens, such as example-ml-prod",
      /^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$/,
      40,
    ).describe("what each bucket's name begins with, before a hyphen: a name is given once in all of AWS"),
    versioning: z.boolean().default(true).describe("whether overwritten and deleted objects are kept as old versions"),
    keepVersionsDays: count(1, 36_500).default(90).describe("days for which old versions are kept"),
    auditBuckets: z
      .record(bucketName, lock)
      .default({})
      .describe("buckets, by name, whose objects are locked when they are written; default: none"),
  })
  .check(({ value, issues }) => {
    for (const name of Object.keys(value.auditBuckets)) {
      const wrong = s3NameProblem(`${value.namePrefix}-${name}`);
      if (wrong !== undefined)
        issues.push(
          problem(
            ["auditBuckets", name],
            `found a bucket "${value.namePrefix}-${name}"; allowed: another name, as ${wrong}`,
          ),
        );
    }
    const wrong = s3NameProblem(`${value.namePrefix}-bucket`);
    if (wrong !== undefined)
      issues.push(problem(["namePrefix"], `found "${value.namePrefix}"; allowed: another one, as ${wrong}`));
  });

/** How the platform gets its object store. */
export const objectStoreConfig = z.discriminatedUnion("kind", [minio, s3]);
