import { z } from "zod";
import { cronProblem } from "../settings/cron.ts";
import { bucketName, count, leaves, secret, size, text } from "../settings/settings.ts";

const DAILY = /^([01]\d|2[0-3]):([0-5]\d)$/;

/** A time of day becomes the cron that says the same. */
const schedule = z
  .string()
  .max(200)
  .register(leaves, { expects: 'a time of day in UTC such as "03:30", or cron of five fields such as "30 3 * * sun"' })
  .superRefine((written, context) => {
    const wrong = DAILY.test(written) ? undefined : cronProblem(written);
    if (wrong !== undefined)
      context.addIssue({
        code: "custom",
        message: `${wrong}, or a time of day such as "03:30"`,
        params: { worded: true },
      });
  })
  .transform((written) => {
    const [, hour, minute] = DAILY.exec(written) ?? [];
    return hour === undefined ? written.trim() : `${Number(minute)} ${Number(hour)} * * *`;
  });

const s3 = z.strictObject({
  kind: z.literal("s3"),
  endpoint: text("an https URL without a path, such as https://s3.example.com", /^https:\/\/[a-z0-9.-]+(?::\d{1,5})?$/)
    .optional()
    .describe("URL of the store; default: Amazon's of the region"),
  region: text("a region, such as eu-central-1", /^[a-z0-9]+(?:-[a-z0-9]+)*$/, 64)
    .default("us-east-1")
    .describe("region of the bucket"),
  bucket: bucketName.describe("bucket that is there already, for backups alone: none of the stores that are backed up"),
  prefix: text("a path in the bucket, such as filiera/prod", /^[\w.-]+(?:\/[\w.-]+)*$/)
    .optional()
    .describe("path in the bucket; default: its root"),
  accessKeyId: text("an access key's id", /^[\w.-]+$/, 128).describe("the credential's id"),
  secretAccessKey: secret.describe("the credential's key, encrypted"),
  schedule: schedule.prefault("03:30").describe('when a backup is taken, in UTC; default: "03:30"'),
  keepDays: count(1, 3650).default(30).describe("days for which backups are kept; the last one always is"),
  scratch: size.default("10Gi").describe("room for dumps of the databases, unpacked, while they are on their way"),
});

/** How a whole platform is backed up. */
export const backupConfig = z.discriminatedUnion("kind", [s3]);
