import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { messageOf } from "../../../constructs/kernel/errors.ts";
import { findEngine } from "../../../stacks/engine/find.ts";
import { folder, write } from "../../support/filiera.ts";

/** A folder with a program `pulumi` in it that does this. */
function programs(script: string): string {
  const at = folder();
  write(at, { pulumi: `#!/bin/sh\n${script}\n` });
  chmodSync(join(at, "pulumi"), 0o755);
  return at;
}

/** A project with the npm package `pulumi`, whose program does this. */
function packaged(program: string): string {
  const at = folder();
  write(join(at, "node_modules/pulumi"), {
    "package.json": '{"name":"pulumi","version":"3.265.0"}',
    "run.js": program,
  });
  return at;
}

const says = (action: Promise<unknown>): Promise<string> => action.then(() => "no complaint", messageOf);

const WAYS = "install it from https://www.pulumi.com/docs/install/, or run npm install --save-dev pulumi";

describe("the engine", () => {
  it("is the one on PATH", async () => {
    const path = programs("echo v3.260.0");
    expect(await findEngine({ path: `/nowhere:${path}`, project: packaged("") })).toEqual({
      command: join(path, "pulumi"),
      args: [],
      version: "3.260.0",
    });
  });

  it("is the npm package's, where PATH has none", async () => {
    const project = packaged("console.log('v3.265.0')");
    expect(await findEngine({ path: "/nowhere", project })).toEqual({
      command: process.execPath,
      args: [join(project, "node_modules/pulumi/run.js")],
      version: "3.265.0",
    });
  });

  it("is asked for where there is neither, with the ways to get it", async () => {
    expect(await says(findEngine({ path: "/nowhere", project: folder() }))).toBe(
      `[pulumi] is not on PATH, and the project has no npm package of it: ${WAYS}`,
    );
  });

  it("is refused where it does not run, in its own words", async () => {
    const path = programs("echo 'cannot load libc' >&2; exit 127");
    expect(await says(findEngine({ path, project: folder() }))).toBe(
      `[pulumi on PATH] does not run (cannot load libc): ${WAYS}`,
    );
  });

  it("is refused where the package cannot fetch its program", async () => {
    const project = packaged("console.error('pulumi: getaddrinfo ENOTFOUND get.pulumi.com'); process.exit(1)");
    expect(await says(findEngine({ path: "/nowhere", project }))).toBe(
      `[npm's package pulumi] does not run (pulumi: getaddrinfo ENOTFOUND get.pulumi.com): ${WAYS}`,
    );
  });

  it("is not waited for where the package never ends", async () => {
    const project = packaged("setInterval(() => undefined, 1000)");
    expect(await says(findEngine({ path: "/nowhere", project, patienceMs: 500 }))).toBe(
      `[npm's package pulumi] gave no answer within 0.5 s: ${WAYS}`,
    );
  });
});
