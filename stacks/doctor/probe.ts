import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { messageOf } from "../../constructs/kernel/errors.ts";
import { at, listAt, textAt } from "../../constructs/kernel/json.ts";
import type { Tools } from "./tools.ts";

const run = promisify(execFile);
const SECONDS = 10;

/** Asks what is installed here; each question may take 10 seconds. */
export async function probeTools(env: { readonly PATH?: string | undefined } = process.env): Promise<Tools> {
  const [pulumi, kubectl] = await Promise.all([pulumiIn(env), kubectlIn(env)]);
  const plugins = pulumi?.version === undefined ? undefined : await pluginsOf(pulumi.command);
  return {
    node: process.versions.node,
    ...(pulumi && { pulumi }),
    ...(plugins && { plugins }),
    wantedPlugins: wantedPlugins(["kubernetes", "random"]),
    ...(kubectl !== undefined && { kubectl }),
  };
}

/** The project's own first, as npm's scripts find it. */
function whereIs(command: string, { PATH }: { readonly PATH?: string | undefined }): string | undefined {
  const folders = [join(process.cwd(), "node_modules", ".bin"), ...(PATH ?? "").split(delimiter)];
  return folders
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, command))
    .find(existsSync);
}

async function pulumiIn(env: { readonly PATH?: string | undefined }): Promise<Tools["pulumi"]> {
  const command = whereIs("pulumi", env);
  if (command === undefined) return undefined;
  try {
    const { stdout } = await run(command, ["version"], { timeout: SECONDS * 1000 });
    return { command, version: stdout.trim().replace(/^v/, "") };
  } catch (error) {
    return { command, trouble: troubleOf(error) };
  }
}

function troubleOf(error: unknown): string {
  if (at(error, "killed") === true) return `no answer in ${SECONDS} s`;
  const said = textAt(error, "stderr")?.trim().split("\n").at(-1);
  return said || (messageOf(error).split("\n", 1)[0] ?? "");
}

async function kubectlIn(env: { readonly PATH?: string | undefined }): Promise<string | undefined> {
  const command = whereIs("kubectl", env);
  if (command === undefined) return undefined;
  try {
    const { stdout } = await run(command, ["version", "--client", "--output=json"], { timeout: SECONDS * 1000 });
    return textAt(JSON.parse(stdout), "clientVersion", "gitVersion")?.replace(/^v/, "");
  } catch {
    return undefined;
  }
}

async function pluginsOf(command: string): Promise<Tools["plugins"]> {
  try {
    const { stdout } = await run(command, ["plugin", "ls", "--json"], { timeout: SECONDS * 1000 });
    const plugins = new Map<string, string[]>();
    for (const plugin of listAt({ plugins: JSON.parse(stdout) }, "plugins")) {
      const name = String(plugin["name"]);
      plugins.set(name, [...(plugins.get(name) ?? []), String(plugin["version"])]);
    }
    return plugins;
  } catch {
    return undefined;
  }
}

/** The versions of the packages that are installed beside this one: the engine asks for plugins of the same. */
function wantedPlugins(names: readonly string[]): ReadonlyMap<string, string> {
  const require = createRequire(import.meta.url);
  return new Map(
    names.flatMap((name): [string, string][] => {
      try {
        const { version }: { version: string } = require(`@pulumi/${name}/package.json`);
        return [[name, version]];
      } catch {
        return [];
      }
    }),
  );
}
