import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const { resolve } = createRequire(import.meta.url);

/**
 * stacks/bridge/aliases.ts from the typed classes of @pulumi/kubernetes: under which resource types an object was known
 * in other versions of its API, so that moving from one to the next is an update and not a replacement.
 */
export function aliases(): string {
  const root = dirname(resolve("@pulumi/kubernetes/package.json"));
  const { version }: { version: string } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const versions = new Map<string, Set<string>>();
  for (const file of globSync("{*/v*,*/*/v*}/*.js", { cwd: root })) {
    const text = readFileSync(join(root, file), "utf8");
    const type = /__pulumiType = 'kubernetes:([^']+)'/.exec(text)?.[1];
    const list = /const aliasOpts = \{ aliases: (\[.*?\]) \}/.exec(text)?.[1];
    if (!type || !list || /(List|Patch)$/.test(type)) continue;
    const [apiVersion = "", kind] = type.split(":");
    const key = `${apiVersion.split("/", 1)[0]}/${kind}`;
    const known = versions.get(key) ?? new Set<string>();
    versions.set(key, known.add(apiVersion));
    for (const [, alias = ""] of list.matchAll(/"kubernetes:([^":]+):/g)) known.add(alias);
  }
  const lines = [...versions].sort().map(([key, known]) => `  "${key}": "${[...known].sort().join(" ")}",`);
  return formatted(
    "aliases.ts",
    `// Generated from the typed classes of @pulumi/kubernetes ${version}: npm run generate.

/** The apiVersions under which a kind (\`group/Kind\`) is or was known. */
export const apiVersions: Readonly<Record<string, string>> = {
${lines.join("\n")}
};
`,
  );
}

function formatted(name: string, source: string): string {
  const biome = join(dirname(resolve("@biomejs/biome/package.json")), "bin/biome");
  const { status, stdout, stderr } = spawnSync(process.execPath, [biome, "format", `--stdin-file-path=${name}`], {
    input: source,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}
