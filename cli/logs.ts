import { existsSync } from "node:fs";
import { FilieraError } from "../constructs/kernel/errors.ts";
import { readRun } from "../local/index.ts";
import { lastLines } from "../local/run/container-run.ts";
import { checkName } from "./environment.ts";
import { shortName } from "./progress.ts";

/** `filiera logs`: what containers of a run wrote last, of all objects or of those that are named. */
export async function logs(
  name: string,
  object: string | undefined,
  options: { readonly lines: string },
): Promise<void> {
  checkName(name);
  const status = readRun(process.cwd(), name);
  if (!status) throw FilieraError.at(name, `was never run here: filiera run ${name} runs it`);
  const lines = Number(options.lines);
  if (!Number.isInteger(lines) || lines < 1)
    throw FilieraError.at("--lines", `found "${options.lines}"; allowed: a number of lines, 1 or more`);
  const all = status.objects.filter((each) => Object.keys(each.logs).length > 0);
  const found =
    object === undefined
      ? all
      : all.filter(({ identity }) => shortName(identity).toLowerCase().includes(object.toLowerCase()));
  if (found.length === 0) {
    const names = all.map(({ identity }) => shortName(identity)).join(", ");
    throw FilieraError.at(
      object ?? name,
      `is no object with logs; there are ${names || "none, as nothing was started"}`,
    );
  }
  for (const { identity, logs: files } of found)
    for (const [container, file] of Object.entries(files)) {
      if (!existsSync(file)) continue;
      console.log(`${shortName(identity)}, container ${container}: ${file}\n${lastLines(file, lines)}\n`);
    }
}
