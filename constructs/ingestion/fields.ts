import type { FieldProps, IngestionProps, Treatment } from "./props.ts";

/** A setting of an ingestion that cannot be. */
export interface IngestionProblem {
  readonly path: readonly string[];
  /** What was found, and what is allowed. */
  readonly message: string;
}

/** What the rules between an ingestion's settings are about. */
export type Described = Pick<
  IngestionProps,
  "topic" | "deadLetters" | "fields" | "subject" | "keys" | "replicas" | "partitions"
>;

/** A field's name: what begins with an underscore is ours. */
export const FIELD_NAME = /^[A-Za-z][\w.-]{0,99}$/;
export const fieldNameExpects =
  "a field's name: at most 100 letters, digits, dots, underscores and hyphens, a letter first";

/** A field's treatment; what is personal has one only if somebody said so. */
export function treatmentOf({ treatment = "keep" }: FieldProps): Treatment {
  return treatment;
}

/** All that is wrong between the settings of an ingestion. */
export function ingestionProblems(props: Described): IngestionProblem[] {
  return [...fieldProblems(props), ...subjectProblems(props), ...placeProblems(props)];
}

function fieldProblems({ fields }: Described): IngestionProblem[] {
  const problems = Object.entries(fields).flatMap(([name, { personal, treatment }]): IngestionProblem[] =>
    personal && treatment === undefined
      ? [
          {
            path: ["fields", name, "treatment"],
            message:
              'missing, and the field is personal; allowed: "drop", "pseudonymise", generalise with "month", "year", "decade", a width or characters, or "keep" where it may be known',
          },
        ]
      : [],
  );
  if (Object.keys(fields).length === 0)
    problems.push({ path: ["fields"], message: "found none; allowed: the fields of the records, such as amount" });
  else if (Object.values(fields).every((field) => treatmentOf(field) === "drop"))
    problems.push({
      path: ["fields"],
      message: "found that every field is dropped; allowed: one at least that is not",
    });
  return problems;
}

function subjectProblems({ fields, subject, keys, replicas = 1 }: Described): IngestionProblem[] {
  const pseudonymised = Object.keys(fields).filter((name) => fields[name]?.treatment === "pseudonymise");
  const [first] = pseudonymised;
  const problems: IngestionProblem[] = [];
  const field = subject === undefined ? undefined : fields[subject];
  if (subject !== undefined && !field)
    problems.push({
      path: ["subject"],
      message: `found "${subject}", which is no field; allowed: ${Object.keys(fields).join(", ")}`,
    });
  else if (field && treatmentOf(field) !== "pseudonymise" && treatmentOf(field) !== "drop")
    problems.push({
      path: ["subject"],
      message: `found "${subject}"; allowed: a field that is pseudonymised or dropped`,
    });
  if (first === undefined) return problems;
  if (subject === undefined)
    problems.push({
      path: ["subject"],
      message: `missing, and ${first} is pseudonymised; allowed: the field that says whom a record is about`,
    });
  if (keys === undefined)
    problems.push({
      path: ["keys"],
      message: `missing, and ${first} is pseudonymised; allowed: a PersistentVolumeClaim with the key store`,
    });
  if (replicas > 1)
    problems.push({
      path: ["replicas"],
      message: `found ${replicas}; allowed: 1 where fields are pseudonymised, as the key store is one file that one worker locks`,
    });
  return problems;
}

function placeProblems({ topic, deadLetters, replicas = 1, partitions }: Described): IngestionProblem[] {
  const problems: IngestionProblem[] = [];
  if (deadLetters === topic)
    problems.push({
      path: ["deadLetters"],
      message: `found "${deadLetters}", which is the topic itself; allowed: another topic, as its records would come round again`,
    });
  if (replicas > partitions)
    problems.push({
      path: ["replicas"],
      message: `found ${replicas}; allowed: the partitions of ${topic}, ${partitions}, or fewer, as a partition has one worker`,
    });
  return problems;
}
