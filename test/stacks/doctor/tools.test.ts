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
const pulumi = { command: "/usr/bin/pulumi", version: "3.270.0" };
const ask = (more: Partial<Tools>) => told(tools({ node: "24.21.0", wantedPlugins, ...more }));

describe("tools", () => {
  it("are there", () => {
    expect(ask({ pulumi, plugins, kubectl: "1.35.4" })).toEqual(["fine pulumi: 3.270.0, Node 24.21.0, kubectl 1.35.4"]);
  });

  it("lack Pulumi", () => {
    expect(ask({})).toEqual([
      "fine node: Node 24.21.0",
      "problem pulumi: is neither on PATH nor in node_modules/.bin, and filiera up needs it → install it (https://www.pulumi.com/docs/install), or deploy what filiera render writes",
    ]);
  });

  it("have a Pulumi that does not run, or is of another time", () => {
    expect(ask({ pulumi: { command: "/usr/bin/pulumi", trouble: "no answer in 10 s" } })[1]).toBe(
      "problem pulumi: /usr/bin/pulumi does not run: no answer in 10 s → install it anew",
    );
    expect(ask({ pulumi: { command: "/usr/bin/pulumi", version: "2.25.0" } })[1]).toBe(
      "problem pulumi: found 2.25.0; allowed: 3 → install another version",
    );
  });

  it("lack plugins", () => {
    expect(ask({ pulumi, plugins: new Map([["random", ["4.21.2"]]]) })).toEqual([
      "fine pulumi: 3.270.0, Node 24.21.0",
      "note pulumi: its plugins kubernetes 4.34.2 are not here, and the first up fetches them → where it cannot: pulumi plugin install resource kubernetes 4.34.2",
    ]);
  });
});

describe("a look at this machine", () => {
  it("finds this Node, and the versions of the packages beside it", async () => {
    const found = await probeTools({ PATH: "" });
    expect(found.node).toBe(process.versions.node);
    expect([...found.wantedPlugins.keys()]).toEqual(["kubernetes", "random"]);
  });

  it("says why a Pulumi does not run", async () => {
    const PATH = folder();
    write(PATH, { pulumi: "#!/bin/sh\necho 'downloading'\necho 'cannot reach get.pulumi.com' >&2\nexit 1\n" });
    chmodSync(join(PATH, "pulumi"), 0o755);
    expect((await probeTools({ PATH })).pulumi).toEqual({
      command: join(PATH, "pulumi"),
      trouble: "cannot reach get.pulumi.com",
    });
  });
});
