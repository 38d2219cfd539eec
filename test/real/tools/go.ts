import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { execa } from "execa";
import type { Tool } from "./tool.ts";

/** A program that Go compiles from modules pinned by a go.mod and go.sum of ours. */
export interface GoTool {
  readonly name: string;
  readonly cost: string;
  /** Folder with go.mod, go.sum and, where the program is ours, main.go. */
  readonly module: string;
  /** The package that is compiled. @default "." */
  readonly package?: string;
  /** Variables of packages that are set, such as a version: `-X` of Go's linker. @default - none */
  readonly variables?: Readonly<Record<string, string>>;
  /** Where the program is already. @default - nowhere */
  readonly find?: () => string | undefined;
  /** Files of a module that the program needs beside it, as its authors publish them. @default - none */
  readonly files?: { readonly of: string; readonly paths: readonly string[] };
}

/** The tool whose folder holds the program, under the tool's own name. */
export function goTool({ name, cost, module, package: main = ".", variables = {}, find, files }: GoTool): Tool {
  const values = Object.entries(variables).map(([variable, value]) => `-X ${variable}=${value}`);
  const recipe = ["build", "-mod=readonly", "-trimpath", "-ldflags", ["-s -w", ...values].join(" ")];
  return {
    name,
    cost: `compiled by Go, ${cost}`,
    sources: () => [
      ...recipe,
      main,
      ...(files?.paths ?? []),
      ...["go.mod", "go.sum", "main.go"]
        .map((file) => join(module, file))
        .filter((file) => existsSync(file))
        .map((file) => readFileSync(file, "utf8")),
    ],
    ...(find && { find }),
    missing: () => (hasGo() ? undefined : "there is no go on PATH"),
    make: async (folder) => {
      const { CGO_ENABLED: _, ...inherited } = process.env;
      await execa("go", [...recipe, "-o", join(folder, name), main], {
        cwd: module,
        env: { ...inherited, CGO_ENABLED: "0" },
        extendEnv: false,
      });
      if (!files) return;
      const { stdout: published } = await execa("go", ["list", "-m", "-f", "{{.Dir}}", files.of], { cwd: module });
      for (const path of files.paths) copyFileSync(join(published, path), join(folder, basename(path)));
    },
  };
}

function hasGo(): boolean {
  try {
    execFileSync("go", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
