import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Problem } from "../../../constructs/kernel/errors.ts";
import { scaffold } from "../../../local/pipeline/scaffold.ts";
import { contents, folder, write } from "../../support/filiera.ts";

const LONGEST = "abcdefghi-abcdefghi-abcdefghi-abcdefghij";

function projectWith(files: Readonly<Record<string, string>> = {}): string {
  const made = folder();
  write(made, files);
  return made;
}

describe("a new pipeline", () => {
  test("needs no package.json, and leaves nothing aside", async () => {
    const project = projectWith();
    const { folder, files } = await scaffold(project, "churn");
    expect(folder).toBe("pipelines/churn");
    expect(files.filter((file) => !existsSync(join(project, file)))).toEqual([]);
    expect(readdirSync(join(project, "pipelines"))).toEqual(["churn"]);
  });

  test("clears what one left that was killed, and nothing else", async () => {
    // more than Linux ever gives a process
    const gone = 2 ** 22 + 1;
    const others = [`.trial.filiera-${process.pid}`, `.shop-${gone}`];
    const project = projectWith(
      Object.fromEntries([`.trial.filiera-${gone}`, ...others].map((name) => [`pipelines/${name}/index.ts`, ""])),
    );
    await scaffold(project, "churn");
    expect(readdirSync(join(project, "pipelines")).sort()).toEqual([...others, "churn"].sort());
  });

  test("is in the first folder that the project names", async () => {
    const settings = { filiera: { pipelines: ["./ml/starters/", "teams/*/pipelines"] } };
    const project = projectWith({ "package.json": JSON.stringify(settings) });
    expect((await scaffold(project, "churn")).folder).toBe("ml/starters/churn");
    expect(contents(project)["ml/starters/churn/README.md"]).toContain('"ml/starters/churn/tests/*.test.ts"');
  });

  const rule = "lower-case letters, digits and single dashes between them, the first a letter, at most 40";
  test.each<[string, string, Readonly<Record<string, string>>, string]>([
    ["capitals", "cardFraud_2", {}, `<name>: found "cardFraud_2": give it ${rule}, such as card-fraud-2`],
    ["a way out of the folder", "../x", {}, `<name>: found "../x": give it ${rule}, such as x`],
    ["no letter", "7--", {}, `<name>: found "7--": give it ${rule}, such as churn`],
    ["a long name", `${LONGEST}k`, {}, `<name>: found "${LONGEST}k": give it ${rule}, such as ${LONGEST}`],
    [
      "a folder that is there, though it has no pipeline",
      "churn",
      { "pipelines/churn/notes.md": "mine" },
      "pipelines/churn: is there already, and nothing is written over: give the pipeline another name",
    ],
    [
      "CommonJS",
      "churn",
      { "package.json": '{ "type": "commonjs" }' },
      'package.json: found "type": "commonjs", and pipelines are ES modules: npm pkg set type=module',
    ],
    [
      "folders that could be any",
      "churn",
      { "package.json": '{ "filiera": { "pipelines": ["**/pipelines"] } }' },
      'package.json/filiera.pipelines: found "**/pipelines", which does not say where a new pipeline goes: put a folder first, or name one by -C, in whose pipelines it is written',
    ],
    [
      "no folders",
      "churn",
      { "package.json": '{ "filiera": { "pipelines": [] } }' },
      "package.json/filiera.pipelines: found no folder, which does not say where a new pipeline goes: put a folder first, or name one by -C, in whose pipelines it is written",
    ],
    [
      "a file where its folder would be",
      "churn",
      { pipelines: "a file" },
      "pipelines/churn: cannot be written (EEXIST: file already exists)",
    ],
    [
      "a package.json that is none",
      "churn",
      { "package.json": "{ type" },
      "package.json: cannot be read as JSON: Expected property name or '}' in JSON at position 2 (line 1 column 3)",
    ],
  ])("is refused for %s, and the project is as it was", async (_, name, files, message) => {
    const project = projectWith(files);
    const before = contents(project);
    const error: unknown = await scaffold(project, name).catch((thrown: unknown) => thrown);
    expect(Object(error).problems?.map(lineOf)).toEqual([message]);
    expect(contents(project)).toEqual(before);
  });

  test("that cannot be given its name in the end leaves nothing", async () => {
    const project = projectWith();
    mkdirSync(join(project, "pipelines"));
    // it leads nowhere, and so is not there for whoever looks: only giving the name fails
    symlinkSync("nowhere", join(project, "pipelines/churn"));
    await expect(scaffold(project, "churn")).rejects.toThrow(/^\[pipelines\/churn\] cannot be written \(ENOTDIR/);
    expect(readdirSync(join(project, "pipelines"))).toEqual(["churn"]);
  });
});

function lineOf({ path, message }: Problem): string {
  return `${path}: ${message}`;
}
