#!/usr/bin/env node
// Starts the command line on a Node that is new enough: the one of the system, or the one installed beside this package.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url);
const source = fileURLToPath(new URL("cli/main.ts", root));
const compiled = fileURLToPath(new URL("lib/cli/main.js", root));
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major > 22 || (major === 22 && minor >= 18)) {
  module.enableCompileCache?.();
  await import(existsSync(source) ? source : compiled);
} else {
  const bundled = fileURLToPath(new URL("node_modules/node/bin/node", root));
  if (existsSync(bundled)) {
    const { status, signal } = spawnSync(bundled, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
      stdio: "inherit",
    });
    process.exitCode = status ?? (signal ? 1 : 0);
  } else {
    console.error(
      `filiera needs Node 22.18 or newer, and this is ${process.versions.node}: install a newer one, or run npm ci here`,
    );
    process.exitCode = 1;
  }
}
