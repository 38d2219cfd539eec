import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { probeTools } from "../../../stacks/doctor/probe.ts";
import { type Tools, tools } from "../../../stacks/doctor/tools.ts";
import { told } from "../../support/cluster.ts";
import { folder, write } from "../../support/filiera.ts";

const wantedPlugins = new Map([
  ["kubernetes", "4.34.2"],
  ["random", "4.21.2"],
]);
const plugins = new Map([
  ["kubernetes", ["4.30.0", "4.34.2"]],
  ["random", ["4.21.2"]],
]);
const pulumi = { command: "/usr/bin/pulumi", args: [], version: "3.270.0" };
const ask = (more: Partial<Tools>) => told(tools({ node: "24.21.0", pulumi, wantedPlugins, ...more }));

describe("tools", () => {
  it("are there", () => {
    expect(ask({ pulumi, plugins, kubectl: "1.35.4" })).toEqual([
      "fine pulumi: Pulumi 3.270.0, Node 24.21.0, kubectl 1.35.4",
    ]);
  });

  it("have a Pulumi of another time", () => {
    expect(ask({ pulumi: { ...pulumi, version: "3.100.0" } })).toEqual([
      "fine node: Node 24.21.0",
      "problem pulumi: found 3.100.0; allowed: 3.260 or newer → install a newer one",
    ]);
  });

  it("lack plugins", () => {
    expect(ask({ pulumi, plugins: new Map([["random", ["4.21.2"]]]) })).toEqual([
      "fine pulumi: Pulumi 3.270.0, Node 24.21.0",
      "note pulumi: its plugins kubernetes 4.34.2 are not here, and the first up fetches them → where it cannot: pulumi plugin install resource kubernetes 4.34.2",
    ]);
  });
});

describe("a look at this machine", () => {
  const WAYS = "install it from https://www.pulumi.com/docs/install/, or run npm install --save-dev pulumi";

  it("finds this Node, the versions of the packages beside it, and no Pulumi where there is none", async () => {
    const found = await probeTools(folder(), "");
    expect([...found.wantedPlugins.keys()]).toEqual(["kubernetes", "random"]);
    expect(told(tools(found))).toEqual([
      `fine node: Node ${process.versions.node}`,
      `problem pulumi: is not on PATH, and the project has no npm package of it → ${WAYS}`,
    ]);
  });

  it("says why a Pulumi does not run", async () => {
    const path = folder();
    write(path, { pulumi: "#!/bin/sh\necho 'downloading'\necho 'cannot reach get.pulumi.com' >&2\nexit 1\n" });
    chmodSync(join(path, "pulumi"), 0o755);
    expect(told(tools(await probeTools(folder(), path))).at(-1)).toBe(
      `problem pulumi on PATH: does not run (cannot reach get.pulumi.com) → ${WAYS}`,
    );
  });
});
