import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeFolder } from "../../cli/output.ts";
import { complaint } from "../support/errors.ts";
import { contents, folder, write } from "../support/filiera.ts";

const FILES = new Map([
  ["a.txt", "one\n"],
  ["deep/er/b.txt", "two\n"],
]);

describe("writing a folder", () => {
  it("makes it, the folders above it, and a list of what is in it", () => {
    const root = folder();
    writeFolder(join(root, "x/y"), FILES);
    expect(contents(join(root, "x/y"))).toEqual({
      ".filiera": "written by filiera, which replaces all of this folder:\na.txt\ndeep/er/b.txt\n",
      "a.txt": "one\n",
      deep: "a folder",
      "deep/er": "a folder",
      "deep/er/b.txt": "two\n",
    });
    expect(readdirSync(join(root, "x"))).toEqual(["y"]);
  });

  it("makes it readable to whoever may read the folder around it", () => {
    const root = folder();
    writeFolder(join(root, "out"), FILES);
    mkdirSync(join(root, "usual"));
    expect(statSync(join(root, "out")).mode).toBe(statSync(join(root, "usual")).mode);
  });

  it("replaces what it wrote before, whole", () => {
    const out = join(folder(), "out");
    writeFolder(out, FILES);
    writeFolder(out, new Map([["c.txt", "three\n"]]));
    expect(Object.keys(contents(out))).toEqual([".filiera", "c.txt"]);
  });

  it("may write into an empty folder", () => {
    const out = folder();
    writeFolder(out, FILES);
    expect(readFileSync(join(out, "a.txt"), "utf8")).toBe("one\n");
  });

  it("follows a link to a folder, and leaves the link", () => {
    const root = folder();
    mkdirSync(join(root, "real"));
    symlinkSync("real", join(root, "link"));
    writeFolder(join(root, "link"), FILES);
    expect(lstatSync(join(root, "link")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(root, "real/a.txt"), "utf8")).toBe("one\n");
  });

  it.each([
    [
      "a folder of somebody else's files",
      { "out/notes.txt": "mine" },
      "it holds notes.txt, which filiera did not write",
    ],
    ["a repository", { "out/.git/HEAD": "ref" }, "it holds .git, which filiera did not write"],
    [
      "a folder of its own to which somebody added a file",
      { "out/.filiera": "heading\na.txt\n", "out/a.txt": "one", "out/deep/mine.txt": "mine" },
      "it holds deep/mine.txt, which filiera did not write",
    ],
    ["a file", { out: "mine" }, "ENOTDIR: not a directory, scandir '<root>/out'"],
  ])("refuses %s, and touches nothing", (_, files, reason) => {
    const root = folder();
    write(root, files);
    const before = contents(root);
    expect(complaint(() => writeFolder(join(root, "out"), FILES)).replaceAll(root, "<root>")).toBe(
      `[<root>/out] cannot be written (${reason}): name another folder with --out`,
    );
    expect(contents(root)).toEqual(before);
  });

  it("refuses a link that leads nowhere, and a name that is empty", () => {
    const root = folder();
    symlinkSync("nowhere", join(root, "link"));
    expect(complaint(() => writeFolder(join(root, "link"), FILES)).replaceAll(root, "<root>")).toMatch(
      /^\[<root>\/link\] cannot be written \(ENOENT: .*\): name another folder with --out$/,
    );
    expect(complaint(() => writeFolder("", FILES))).toBe(
      "[--out] cannot be written (its name is empty): name another folder with --out",
    );
    expect(readdirSync(root)).toEqual(["link"]);
  });

  it("leaves what was there where a file cannot be written", () => {
    const root = folder();
    const out = join(root, "out");
    writeFolder(out, FILES);
    const before = contents(root);
    const clash = new Map([
      ["a", "a file"],
      ["a/b", "cannot be in a file"],
    ]);
    expect(complaint(() => writeFolder(out, clash))).toMatch(/cannot be written \(\w+: /);
    expect(contents(root)).toEqual(before);
  });
});
