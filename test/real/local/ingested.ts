import { join } from "node:path";
import { execa } from "execa";
import { isObject, type JsonObject } from "../../../constructs/kernel/json.ts";
import { ownProgram } from "../../../local/programs/own.ts";

const STEPS = join(import.meta.dirname, "../../../pipelines/steps");

/** What the step `ingest` makes of topics, in cases one after the other. */
export async function ingested(cases: readonly object[], env: Readonly<Record<string, string>>): Promise<JsonObject[]> {
  const { path, env: own } = await ownProgram("steps", () => {});
  const { stdout } = await execa(join(path[0] ?? "", "python"), [join(import.meta.dirname, "ingest_topic.py")], {
    env: { ...own, PYTHONPATH: `${own["PYTHONPATH"]}:${STEPS}`, ...env },
    input: JSON.stringify(cases),
  });
  return stdout.split("\n").flatMap((line): JsonObject[] => {
    const told: unknown = line.startsWith("told ") ? JSON.parse(line.slice(5)) : undefined;
    return isObject(told) ? [told] : [];
  });
}
