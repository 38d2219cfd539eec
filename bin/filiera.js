#!/usr/bin/env node
// Starts the command line on a Node that is new enough: the one that runs this, or the one installed beside it.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module, { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const source = new URL("../cli/main.ts", import.meta.url);
const compiled = new URL("../lib/cli/main.js", import.meta.url);
const inClone = existsSync(source);
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major > 22 || (major === 22 && minor >= 18)) {
  module.enableCompileCache?.();
  await import(inClone ? source.href : compiled.href);
} else {
  const newer = nodeBeside();
  if (newer) {
    const child = spawn(newer, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
    for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
    child.on("exit", (code) => {
      process.exitCode = code ?? 1;
    });
  } else {
    const way = inClone ? "npm ci in its folder" : "npm install --save-dev node@24";
    console.error(`filiera needs Node 22.18 or newer, and this is ${process.versions.node}: ${way} brings one`);
    process.exitCode = 1;
  }
}

/** The Node of the npm package `node`, if that is installed. */
function nodeBeside() {
  try {
    return createRequire(import.meta.url).resolve("node/bin/node");
  } catch {
    return undefined;
  }
}
