import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { folder } from "../../support/filiera.ts";
import { missing } from "../layers.ts";
import { prepare, type Tool } from "./tool.ts";

describe("a tool", () => {
  let said: string[];
  const lenient = { strict: false, say: (line: string) => void said.push(line) };
  const strict = { ...lenient, strict: true };

  beforeEach(() => {
    said = [];
    vi.stubEnv("XDG_CACHE_HOME", folder());
    return () => vi.unstubAllEnvs();
  });

  it("is made once, which is said with what it takes, and found from then on", async () => {
    const tool = hammer();
    const first = await prepare(tool, lenient);
    expect(said).toEqual([
      expect.stringMatching(/^hammer: a minute, 1 MB; kept in .*\/filiera\/tools\/hammer-[0-9a-f]{16}/),
      "hammer: made in 0 s",
    ]);
    expect(await prepare(tool, lenient)).toEqual(first);
    expect(said.length).toBe(2);
    expect(readFileSync(join("folder" in first ? first.folder : "", "head"), "utf8")).toBe("iron");
  });

  it("is made once by two runs at once", async () => {
    let made = 0;
    const tool = hammer({
      make: async (into) => {
        made += 1;
        await sleep(200);
        writeFileSync(join(into, "head"), "iron");
      },
    });
    const [one, other] = await Promise.all([prepare(tool, lenient), prepare(tool, lenient)]);
    expect(other).toEqual(one);
    expect(made).toBe(1);
  });

  it("is another where its sources are", async () => {
    const [one, other] = [await prepare(hammer(), lenient), await prepare(hammer({ sources: () => ["2"] }), lenient)];
    expect(other).not.toEqual(one);
  });

  it("that fails to be made leaves nothing that looks like one, and is made at the next try", async () => {
    const broken = hammer({
      make: async (into) => {
        writeFileSync(join(into, "head"), "ir");
        throw new Error("the forge is cold");
      },
    });
    const failed = { missing: "hammer could not be made: the forge is cold" };
    expect(await prepare(broken, lenient)).toEqual(failed);
    expect(readdirSync(join(process.env["XDG_CACHE_HOME"] ?? "", "filiera/tools"))).toEqual([]);
    await expect(prepare(broken, strict)).rejects.toThrow(failed.missing);
    const mended = await prepare(hammer(), lenient);
    expect("folder" in mended && existsSync(join(mended.folder, "head"))).toBe(true);
  });

  it("that cannot be made here is missing, with the reason, even where failures count", async () => {
    const tool = hammer({ missing: () => "there is no forge" });
    expect(await prepare(tool, strict)).toEqual({ missing: "there is no forge" });
    const layer = { name: "nails", tools: [tool] };
    expect(missing(layer, { hammer: await prepare(tool, strict) })).toBe("there is no forge");
    expect(missing(layer, {})).toBe("hammer was not prepared");
    expect(missing(layer, { hammer: { folder: "/forge" } })).toBeUndefined();
  });

  it("that is somewhere else already is used from there", async () => {
    expect(await prepare(hammer({ find: () => "/forge" }), lenient)).toEqual({ folder: "/forge" });
    expect(said).toEqual(["hammer: /forge"]);
  });
});

function hammer(changes: Partial<Tool> = {}): Tool {
  return {
    name: "hammer",
    cost: "a minute, 1 MB",
    sources: () => ["1"],
    missing: () => undefined,
    make: async (into) => writeFileSync(join(into, "head"), "iron"),
    ...changes,
  };
}
