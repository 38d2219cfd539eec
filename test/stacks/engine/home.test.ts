import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeHome, passphraseFile, workingCopy } from "../../../stacks/engine/home.ts";
import type { StateConfig } from "../../../stacks/environment/index.ts";
import { complaint } from "../../support/errors.ts";
import { contents, folder, project, write } from "../../support/filiera.ts";

const local: StateConfig = { backend: { kind: "local" }, secrets: { kind: "passphrase" } };
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe("what is of this machine", () => {
  it("is in a folder of the project that nobody else reads, and that git ignores by itself", () => {
    const at = folder();
    const home = makeHome(at, local);
    expect([home, mode(home), mode(join(home, "state"))]).toEqual([join(at, ".filiera"), "700", "700"]);
    expect(readFileSync(join(home, ".gitignore"), "utf8")).toBe("*\n");
  });

  it("cannot be where something else is", () => {
    const at = folder();
    write(at, { ".filiera": "mine" });
    expect(complaint(() => makeHome(at, local)).replaceAll(at, "<project>")).toBe(
      "[.filiera] cannot be made (EEXIST: file already exists, mkdir '<project>/.filiera'): it keeps the state of this project",
    );
  });

  it("has one passphrase, made once, that nobody else reads", () => {
    const [one, other] = [makeHome(folder(), local), makeHome(folder(), local)];
    const file = passphraseFile(one);
    const passphrase = readFileSync(file, "utf8");
    expect([mode(file), passphrase]).toEqual(["600", expect.stringMatching(/^[\w-]{43}$/)]);
    expect(readFileSync(passphraseFile(one), "utf8")).toBe(passphrase);
    expect(readFileSync(passphraseFile(other), "utf8")).not.toBe(passphrase);
  });
});

describe("the copy of an environment's file", () => {
  const source = "environments/Pulumi.local.yaml";

  it("is the file, to its comments, and takes what Pulumi writes; the file itself stays", () => {
    const at = project();
    const home = makeHome(at, local);
    const before = contents(join(at, "environments"));
    const copy = workingCopy(home, join(at, source), "local");
    expect(readFileSync(copy, "utf8")).toBe(readFileSync(join(at, source), "utf8"));
    writeFileSync(copy, `${readFileSync(copy, "utf8")}encryptionsalt: v1:salt\n`);
    write(at, { [source]: "config:\n  filiera:profile: small\n" });
    expect(readFileSync(workingCopy(home, join(at, source), "local"), "utf8")).toBe(
      "config:\n  filiera:profile: small\nencryptionsalt: v1:salt\n",
    );
    expect(Object.keys(contents(join(at, "environments")))).toEqual(Object.keys(before));
    expect(readFileSync(join(at, source), "utf8")).not.toContain("salt");
  });

  it("follows the file where that has a salt of its own", () => {
    const at = project();
    const home = makeHome(at, local);
    write(home, { "Pulumi.local.yaml": "encryptionsalt: v1:old\n" });
    write(at, { [source]: "config: {}\nencryptionsalt: v1:own\n" });
    expect(readFileSync(workingCopy(home, join(at, source), "local"), "utf8")).toBe(
      "config: {}\nencryptionsalt: v1:own\n",
    );
  });
});
