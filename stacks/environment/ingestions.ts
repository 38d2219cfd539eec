import { Duration } from "cdk8s";
import { clientOf } from "../../constructs/ingestion/config.ts";
import { ingestionProblems } from "../../constructs/ingestion/fields.ts";
import { topicOf } from "../../constructs/kafka/config.ts";
import type { Problem } from "../../constructs/kernel/errors.ts";
import type { Environment } from "./config.ts";

/** All that is wrong with ingestions: in themselves, with the topics that they name, and with the buckets of others. */
export function ingestionsProblems({
  ingestions,
  kafka,
  mlflow,
  postgres,
}: Pick<Environment, "ingestions" | "kafka" | "mlflow" | "postgres">): Problem[] {
  const names = Object.keys(ingestions);
  if (names.length > 0 && !kafka)
    return [
      {
        path: "filiera:kafka",
        message: "missing, and filiera:ingestions reads its topics; allowed: a mapping with its topics",
      },
    ];
  const taken = new Map([[mlflow.bucket, "filiera:mlflow.bucket"]]);
  if ("backup" in postgres && postgres.backup.kind !== "none")
    taken.set(postgres.backup.bucket, "filiera:postgres.backup.bucket");
  const topics = kafka?.topics ?? {};
  return Object.entries(ingestions).flatMap(([name, ingestion]) => {
    const path = `filiera:ingestions.${name}`;
    const problems: Problem[] = [];
    const known = Object.keys(topics).join(", ") || "there are none";
    for (const key of ["topic", "deadLetters"] as const)
      if (!Object.hasOwn(topics, ingestion[key]))
        problems.push({
          path: `${path}.${key}`,
          message: `found "${ingestion[key]}"; allowed: topics of filiera:kafka.topics: ${known}`,
        });
    const topic = topics[ingestion.topic];
    const { retention } = topic ? topicOf(topic) : {};
    if (retention instanceof Duration && retention.toSeconds() <= ingestion.batch.seconds)
      problems.push({
        path: `filiera:kafka.topics.${ingestion.topic}.retention`,
        message: `found "${topic?.retention}", and ${path}.batch waits ${ingestion.batch.seconds} seconds; allowed: more, as records would be gone before they are written`,
      });
    const owner = taken.get(ingestion.bucket);
    if (owner !== undefined)
      problems.push({
        path: `${path}.bucket`,
        message: `found "${ingestion.bucket}", which is ${owner}; allowed: a bucket for ingestions alone`,
      });
    if (kafka && Object.hasOwn(kafka.clients, clientOf(name)))
      problems.push({
        path: `filiera:kafka.clients.${clientOf(name)}`,
        message: `found the client that ${path} is; allowed: another name`,
      });
    const partitions = topic?.partitions ?? Number.POSITIVE_INFINITY;
    for (const { path: at, message } of ingestionProblems({ ...ingestion, partitions }))
      problems.push({ path: [path, ...at].join("."), message });
    return problems;
  });
}
