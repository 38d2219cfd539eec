import { createRequire } from "node:module";
import { execa } from "execa";
import { isFilieraError, type Problem } from "../../constructs/kernel/errors.ts";
import { listAt, textAt } from "../../constructs/kernel/json.ts";
import { type Engine, findEngine } from "../engine/find.ts";
import type { Tools } from "./tools.ts";

const PATIENCE_MS = 10_000;

/** Asks what is installed here; each question may take 10 seconds. */
export async function probeTools(project: string, path: string): Promise<Tools> {
  const [pulumi, kubectl] = await Promise.all([engineOrWhy(project, path), kubectlVersion(path)]);
  const plugins = "version" in pulumi ? await pluginsOf(pulumi) : undefined;
  return {
    node: process.versions.node,
    pulumi,
    ...(plugins && { plugins }),
    wantedPlugins: wantedPlugins(["kubernetes", "random"]),
    ...(kubectl !== undefined && { kubectl }),
  };
}

async function engineOrWhy(project: string, path: string): Promise<Engine | readonly Problem[]> {
  try {
    return await findEngine({ path, project, patienceMs: PATIENCE_MS });
  } catch (error) {
    if (isFilieraError(error)) return error.problems;
    throw error;
  }
}

async function kubectlVersion(path: string): Promise<string | undefined> {
  const answer = await answerOf("kubectl", ["version", "--client", "--output=json"], path);
  return textAt(answer, "clientVersion", "gitVersion")?.replace(/^v/, "");
}

async function pluginsOf({ command, args }: Engine): Promise<Tools["plugins"]> {
  const answer = await answerOf(command, [...args, "plugin", "ls", "--json"]);
  if (!Array.isArray(answer)) return undefined;
  const plugins = new Map<string, string[]>();
  for (const plugin of listAt({ answer }, "answer")) {
    const name = String(plugin["name"]);
    plugins.set(name, [...(plugins.get(name) ?? []), String(plugin["version"])]);
  }
  return plugins;
}

/** What a command says in JSON; undefined where it does not. */
async function answerOf(command: string, args: readonly string[], path?: string): Promise<unknown> {
  const { failed, stdout } = await execa(command, args, {
    timeout: PATIENCE_MS,
    reject: false,
    stdin: "ignore",
    env: { PULUMI_SKIP_UPDATE_CHECK: "true", ...(path !== undefined && { PATH: path }) },
  });
  if (failed) return undefined;
  try {
    const answer: unknown = JSON.parse(stdout);
    return answer;
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
