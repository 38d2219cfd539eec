import { Duration } from "cdk8s";
import { z } from "zod";
import { TOPIC_NAME, topicNameExpects } from "../kafka/topic.ts";
import {
  bucketName,
  bytes,
  count,
  type DeepReadonly,
  leaves,
  objectName,
  problem,
  resources,
  size,
  text,
} from "../settings/settings.ts";
import { FIELD_NAME, fieldNameExpects } from "./fields.ts";
import { memoryFor } from "./memory.ts";
import { fieldTypes } from "./props.ts";

const topicName = text(topicNameExpects, TOPIC_NAME, 200);
const fieldName = text(fieldNameExpects, FIELD_NAME, 100);

const generalise = z.union([
  z.enum(["month", "year", "decade"]),
  z.strictObject({ width: z.number().positive() }),
  z.strictObject({ characters: z.int().positive() }),
]);

const treatment = z.union([z.enum(["keep", "drop", "pseudonymise"]), z.strictObject({ generalise })]).register(leaves, {
  expects: '"keep", "drop", "pseudonymise", or generalise: with "month", "year", "decade", width: or characters:',
});

const field = z.strictObject({
  type: z.enum(fieldTypes).describe("what its values are; time is a text of ISO 8601"),
  personal: z.boolean().default(false).describe("whether it says something of a person: then it must have a treatment"),
  treatment: treatment.optional().describe("what becomes of it; default: keep"),
});

const batch = z.strictObject({
  size: size
    .default("32Mi")
    .describe("of records as they wait, 200 bytes each and what they hold, all partitions of a worker together"),
  records: count(1, 10_000_000).default(100_000).describe("of one partition"),
  seconds: count(1, 299).default(60).describe("since the first of its records was read"),
});

/** A topic whose records go into the object store. */
const ingestion = z
  .strictObject({
    topic: topicName.describe("topic that is read"),
    deadLetters: topicName.describe("topic that takes records which are not what they should be"),
    fields: z.record(fieldName, field).describe("fields of the records, which are objects of JSON, by name"),
    subject: fieldName.optional().describe("field that says whom a record is about, where some are pseudonymised"),
    keys: objectName
      .optional()
      .describe("PersistentVolumeClaim with the key store, in the ingestion's namespace, where some are pseudonymised"),
    bucket: bucketName.default("lake").describe("bucket that the objects go into, below the ingestion's name"),
    format: z.enum(["parquet", "json-lines"]).default("parquet").describe("what the objects are"),
    byDate: z.boolean().default(false).describe("whether objects are cut by the day of their records, in UTC"),
    batch: batch.prefault({}).describe("when what was read is written: as soon as one of these is reached"),
    replicas: count(1, 100).default(1).describe("workers, as many as there are partitions at most"),
    resources: resources.optional().describe("of each worker; default: 250m, and memory for such a batch"),
  })
  .check(({ value, issues }) => {
    const needed = memoryFor(bytes(value.batch.size));
    if (value.resources && bytes(value.resources.limits.memory) < needed)
      issues.push(
        problem(
          ["resources", "limits", "memory"],
          `found "${value.resources.limits.memory}"; allowed: ${Math.ceil(needed / 2 ** 20)}Mi or more, for batches of ${value.batch.size}; or make batch.size smaller`,
        ),
      );
  });

const ingestionName = text(
  "an ingestion's name: 1 to 30 lower-case letters, digits and hyphens, a letter first and no hyphen last",
  /^[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?$/,
  30,
);

/** Topics whose records go into the object store, by the ingestions' names. */
export const ingestionsConfig = z.record(ingestionName, ingestion);

export type IngestionConfig = DeepReadonly<z.output<typeof ingestion>>;

/** The client of Kafka and of the object store that an ingestion is, and the name of its objects. */
export function clientOf(ingestion: string): string {
  return `ingestion-${ingestion}`;
}

/** When a batch is written, as the construct takes it. */
export function batchOf({ size, records, seconds }: IngestionConfig["batch"]) {
  return { size, records, age: Duration.seconds(seconds) };
}
