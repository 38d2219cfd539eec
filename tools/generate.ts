/** Writes the files that follow from others; with `--check`, only says which of them do not. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { environmentSchema } from "../stacks/environment/index.ts";
import { aliases } from "./aliases.ts";
import { apiReference } from "./api-reference.ts";
import { environmentReference } from "./environment-reference.ts";

const root = join(import.meta.dirname, "..");

/** Text by path in the project. */
function generated(): Map<string, string> {
  return new Map([
    ["stacks/bridge/aliases.ts", aliases()],
    ["environments/schema.json", `${JSON.stringify(environmentSchema(), undefined, 2)}\n`],
    ["docs/reference/environment.md", environmentReference()],
    ...[...apiReference(["constructs", "pipelines", "stacks", "testing"])].map(
      ([entry, text]) => [`docs/reference/api/${entry}.md`, text] as const,
    ),
  ]);
}

function isStale(path: string, text: string): boolean {
  try {
    return readFileSync(join(root, path), "utf8") !== text;
  } catch {
    return true;
  }
}

const stale = [...generated()].filter(([path, text]) => isStale(path, text));
if (process.argv.includes("--check")) {
  for (const [path] of stale)
    console.error(`${path} is not what its sources make: run npm run generate, and commit it`);
  if (stale.length > 0) process.exitCode = 1;
} else {
  for (const [path, text] of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    console.log(`${path} was written`);
  }
}
