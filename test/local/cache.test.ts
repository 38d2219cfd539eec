import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { cached, cacheFolder, inCache } from "../../local/cache.ts";
import { mayMount, mounted } from "../support/mounted.ts";

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "filiera-cache-"));
  vi.stubEnv("XDG_CACHE_HOME", home);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

const kept = (kind: string) => readdirSync(join(home, "filiera", kind)).sort();
const write = (text: string) => (folder: string) => writeFileSync(join(folder, "file"), text);

test("the cache is where XDG says, or below the home folder", () => {
  expect(cacheFolder({ XDG_CACHE_HOME: "/somewhere" })).toBe("/somewhere/filiera");
  expect(cacheFolder({})).toMatch(/\/\.cache\/filiera$/);
});

describe("an entry", () => {
  test("is made once", async () => {
    const first = await cached("things", "one", write("first"));
    const second = await cached("things", "one", write("second"));
    expect([first.made, second.made]).toEqual([true, false]);
    expect(second.folder).toBe(first.folder);
    expect(readFileSync(join(second.folder, "file"), "utf8")).toBe("first");
    expect(inCache("things", "one")).toBe(first.folder);
    expect(inCache("things", "two")).toBeUndefined();
  });

  test("is made once by many at the same time", async () => {
    let times = 0;
    const waited: number[] = [];
    const make = async (folder: string) => {
      times += 1;
      await sleep(50);
      write("made")(folder);
    };
    const all = await Promise.all(
      [0, 1, 2, 3].map((i) => cached("things", "one", make, { waiting: () => waited.push(i) })),
    );
    expect(times).toBe(1);
    expect(waited).toHaveLength(3);
    expect(new Set(all.map(({ folder }) => folder)).size).toBe(1);
  });

  test("that could not be made leaves nothing, and can be made later", async () => {
    const failing = cached("things", "one", (folder) => {
      write("half")(folder);
      throw new Error("the way is blocked");
    });
    await expect(failing).rejects.toThrow("the way is blocked");
    expect(kept("things")).toEqual([]);
    expect((await cached("things", "one", write("whole"))).made).toBe(true);
  });

  test("that is broken is made anew, and what was broken is gone", async () => {
    const { folder } = await cached("things", "one", write("broken"));
    const isSound = (place: string) => readFileSync(join(place, "file"), "utf8") === "whole";
    const again = await cached("things", "one", write("whole"), { isSound });
    expect(again.made).toBe(true);
    expect(existsSync(folder)).toBe(false);
    expect(kept("things")).toHaveLength(2);
  });

  test("is not waited for when who made it was killed, and its half is removed", async () => {
    mkdirSync(join(home, "filiera/things/one.0123abcd/half"), { recursive: true });
    mkdirSync(join(home, "filiera/things/one-more.0123abcd"), { recursive: true });
    writeFileSync(join(home, "filiera/things/one.lock"), JSON.stringify({ pid: process.pid, start: "another time" }));
    const { folder, made } = await cached("things", "one", write("made"));
    expect(made).toBe(true);
    expect(kept("things")).toEqual(["one", "one-more.0123abcd", basename(folder)].sort());
  });
});

describe("a cache that cannot be written", () => {
  test("because something else is there", async () => {
    writeFileSync(join(home, "filiera"), "");
    await expect(cached("things", "one", write(""))).rejects.toThrow(
      `[${home}/filiera] cannot be written (ENOTDIR), and downloads are kept there: set XDG_CACHE_HOME to a folder that you may write to`,
    );
  });

  /** Makes an entry in a cache on a file system of its own. */
  const onDisk = (options: string, megabytes: number) => {
    const script = [
      `import { cached } from ${JSON.stringify(new URL("../../local/cache.ts", import.meta.url).href)};`,
      'import { writeFileSync } from "node:fs";',
      `const make = (folder) => writeFileSync(folder + "/file", Buffer.alloc(${megabytes}e6));`,
      'await cached("things", "one", make).then(() => console.log("made"), (error) => console.log(error.message));',
    ].join("\n");
    const node = [process.execPath, "--input-type=module-typescript", "-e", script];
    const [command, ...args] = mounted(home, options, node);
    return execFileSync(command, args, { encoding: "utf8" });
  };

  test.runIf(mayMount)("because it is read-only", () => {
    expect(onDisk("ro", 1)).toBe(
      `[${home}/filiera] cannot be written (EROFS), and downloads are kept there: set XDG_CACHE_HOME to a folder that you may write to\n`,
    );
  });

  test.runIf(mayMount)("because the disk is full", () => {
    expect(onDisk("size=4m", 1)).toBe("made\n");
    expect(onDisk("size=4m", 5)).toBe(
      `[${home}/filiera] the disk is full (0 MB are left): make room, or set XDG_CACHE_HOME to a folder on another disk\n`,
    );
  });
});
