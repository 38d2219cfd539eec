import { writeFileSync } from "node:fs";
import { FilieraError } from "../constructs/kernel/errors.ts";
import { environmentSchema } from "../stacks/environment/index.ts";

/** `filiera schema`. */
export async function schema({ out }: { out?: string }): Promise<void> {
  const text = `${JSON.stringify(environmentSchema(), undefined, 2)}\n`;
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  try {
    writeFileSync(out, text);
  } catch (error) {
    throw FilieraError.at(out, `cannot be written (${error instanceof Error ? error.message : error})`);
  }
  console.log(`the schema was written to ${out}`);
}
