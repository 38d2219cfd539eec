import { z } from "zod";
import { FilieraError, messageOf } from "../kernel/errors.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const columns = z.array(z.record(z.string(), z.json()));

// images/steps/programs/filiera_steps/serving/request.py writes it: a new field wants a new version in both
const servingRequest = z.strictObject({
  format: z.literal("filiera.serving-request"),
  format_version: z.literal(1),
  model: z.strictObject({
    name: z.string(),
    version: z.string().regex(/^[1-9]\d*$/),
    uri: z.string(),
    run: z.string(),
    task: z.enum(["classification", "ranking", "forecast"]),
    files_sha256: sha256,
    inputs: columns,
    outputs: columns,
    example: z.record(z.string(), z.json()).nullable(),
  }),
  runtime: z.strictObject({
    image: z.string().nullable(),
    python: z.string(),
    framework: z.string(),
    packages: z.array(z.string()).min(1),
    packages_sha256: sha256,
  }),
  source: z.strictObject({ commit: z.string().nullable(), data_sha256: z.string().nullable() }),
  evaluation: z.strictObject({
    metrics: z.record(z.string(), z.number()),
    worst: z.record(
      z.string(),
      z.strictObject({
        column: z.string(),
        value: z.string(),
        metric: z.number(),
        low: z.number().nullable(),
        high: z.number().nullable(),
      }),
    ),
  }),
  fairness: z
    .strictObject({
      verdict: z.enum(["fair", "unfair", "undecided"]),
      mitigation: z.enum(["none", "reweighing", "thresholds"]),
    })
    .nullable(),
  gates: z
    .array(z.strictObject({ gate: z.string(), holds: z.literal(true), found: z.string(), wanted: z.string() }))
    .min(1),
  traffic: z.strictObject({
    steps: z
      .array(z.strictObject({ percent: z.number().positive().max(100), minutes: z.number().nonnegative() }))
      .min(1),
  }),
  previous: z
    .strictObject({ version: z.string(), uri: z.string(), request: z.string().nullable(), sha256: sha256.nullable() })
    .nullable(),
  written: z.strictObject({ at: z.string(), pipeline_run: z.string().nullable(), record: z.string() }),
  sha256,
});

/** What the step `deploy` asks for: that a version of a model be served, with all that is known of it. */
export type ServingRequest = z.infer<typeof servingRequest>;

/**
 * Reads the document of a serving request.
 *
 * @param path - what it is called where it is wrong, such as its file
 * @throws FilieraError with all that is wrong, such as another version of the format
 */
export function readServingRequest(document: string, path: string): ServingRequest {
  const { data, error } = servingRequest.safeParse(parsed(document, path), { jitless: true });
  if (data) return data;
  const problems = error.issues.map((issue) => ({
    path: [path, ...issue.path.map(String)].join("."),
    message: `is not as version 1 of serving requests has it (${issue.message.replace(/^[A-Z]/, (letter) => letter.toLowerCase())}): take what the step deploy wrote, as it is`,
  }));
  throw new FilieraError(problems);
}

function parsed(document: string, path: string): unknown {
  try {
    const content: unknown = JSON.parse(document);
    return content;
  } catch (error) {
    throw FilieraError.at(path, `is no JSON (${messageOf(error)}): take what the step deploy wrote, as it is`);
  }
}
