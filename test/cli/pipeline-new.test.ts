import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { KFP } from "../../pipelines/python/boot.ts";
import { contents, filiera, folder, write } from "../support/filiera.ts";
import { ROOT } from "../support/sources.ts";

const run = promisify(execFile);
const OWN: { readonly filiera: object } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const LONGEST = "abcdefghi-abcdefghi-abcdefghi-abcdefghij";

/** A project of somebody's. */
function projectWith(files: Readonly<Record<string, string>> = {}, settings: object = {}): string {
  const made = folder();
  write(made, { "package.json": JSON.stringify({ type: "module", ...settings }), ...files });
  return made;
}

/** The files of a new pipeline. */
const written = (at: string, name: string, python: string) => [
  `${at}/README.md`,
  `${at}/config.ts`,
  `${at}/evaluate.py`,
  `${at}/index.ts`,
  `${at}/prepare.py`,
  `${at}/tests/${name}.test.ts`,
  `${at}/tests/test_${python}.py`,
  `${at}/train.py`,
];

describe.concurrent("filiera pipeline new", () => {
  test("writes a pipeline that can be listed, compiled and drawn at once, and says what to do next", async () => {
    const cwd = projectWith();
    const { code, stdout, stderr } = await filiera(["pipeline", "new", "card-fraud"], { cwd });
    const files = written("pipelines/card-fraud", "card-fraud", "card_fraud");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(`${files.map((file) => `written: ${file}\n`).join("")}
next:
  npx filiera pipeline run card-fraud
  node --test "pipelines/card-fraud/tests/*.test.ts"
pipelines/card-fraud/README.md says more
`);
    const there = Object.entries(contents(cwd)).filter(([, text]) => text !== "a folder");
    expect(there.map(([path]) => path)).toEqual(["package.json", ...files].sort());
    // as any other folder that the user makes
    expect(statSync(join(cwd, "pipelines/card-fraud")).mode).toBe(statSync(join(cwd, "pipelines")).mode);

    expect((await filiera(["pipeline", "list"], { cwd })).stdout).toMatch(/^card-fraud {2}rows: integer = 200, /);
    const { stdout: compiled } = await filiera(["pipeline", "compile", "card-fraud"], { cwd });
    expect(parse(compiled)).toMatchObject({
      pipelineInfo: { name: "card-fraud" },
      root: { dag: { tasks: { prepare: {}, train: {}, evaluate: {} } } },
    });
    const { stdout: drawn } = await filiera(["pipeline", "graph", "card-fraud"], { cwd });
    expect(drawn).toMatch(/^<svg.*evaluate.*<\/svg>\n?$/s);
  });

  test.each(["my-starter", LONGEST])(
    "its tests pass as they are, and it is laid out as this project is: %s",
    async (name) => {
      // as in this repository, where each example is a folder with pipelines of its own
      const cwd = projectWith({}, { filiera: OWN.filiera });
      const { code, stderr } = await filiera(["pipeline", "new", name], { cwd });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      // what the command leads to its own copy, Node finds here
      mkdirSync(join(cwd, "node_modules"));
      symlinkSync(ROOT, join(cwd, "node_modules/filiera"));
      const at = `examples/${name}/pipelines/${name}`;
      const tests = ["--conditions=filiera-source", "--test", `${at}/tests/*.test.ts`];
      const { stdout } = await run(process.execPath, tests, { cwd, env: { PATH: process.env["PATH"] } });
      expect(stdout).toMatch(/\bpass 3\n.*\bfail 0\n/s);
      const biome = join(ROOT, "node_modules/.bin/biome");
      const settings = ["--error-on-warnings", "--vcs-enabled=false", `--config-path=${ROOT}`];
      expect((await run(biome, ["check", ...settings, at], { cwd })).stdout).toContain("Checked 3 files");
      const page = readFileSync(join(cwd, at, "README.md"), "utf8");
      expect(page).toContain(`node --test "${at}/tests/*.test.ts"`);
      expect(page.replaceAll(name, "").includes("starter")).toBe(false);
    },
  );

  test("goes where -C leads, and says so", async () => {
    const cwd = projectWith({}, { filiera: { pipelines: ["teams/*/pipelines"] } });
    mkdirSync(join(cwd, "teams/shop"), { recursive: true });
    const { code, stdout } = await filiera(["-C", "teams/shop", "pipeline", "new", "churn"], { cwd });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining("next:\n  cd teams/shop\n  npx filiera pipeline run churn\n"),
    });
    expect(existsSync(join(cwd, "teams/shop/pipelines/churn/index.ts"))).toBe(true);
    expect((await filiera(["pipeline", "list"], { cwd })).stdout).toMatch(/^churn .* {2}teams\/shop\/pipelines\//);
  });

  test("its page names the kfp that runs it, and every file that there is", () => {
    const page = readFileSync(join(ROOT, "templates/pipeline/README.md"), "utf8");
    expect(new Set(page.match(/kfp==[\d.]*\d/g))).toEqual(new Set([`kfp==${KFP}`]));
    for (const file of ["index.ts", "config.ts", "prepare.py", "train.py", "evaluate.py", "tests"])
      expect(page).toContain(`[${file}](${file})`);
  });

  test.each<[string, Readonly<Record<string, string>>, string]>([
    [
      "a name that a pipeline has",
      {
        "pipelines/other.ts":
          'import { pipeline } from "filiera/pipelines";\nexport const one = pipeline({ name: "churn" }, () => {});\n',
      },
      "pipelines/other.ts: has a pipeline named churn already: give the new one another name",
    ],
    [
      "a project whose pipelines cannot be loaded",
      { "pipelines/broken.ts": 'throw new Error("no data");\n' },
      "pipelines/broken.ts: cannot be loaded: no data",
    ],
  ])("refuses %s, and leaves the project as it was", async (_, files, message) => {
    const cwd = projectWith(files);
    const before = contents(cwd);
    expect(await filiera(["pipeline", "new", "churn"], { cwd })).toEqual({
      code: 1,
      stdout: "",
      stderr: `1 problem, nothing was written:\n  ${message}\n`,
    });
    expect(contents(cwd)).toEqual(before);
  });

  test("what a killed one leaves is no pipeline", async () => {
    const cwd = projectWith();
    await filiera(["pipeline", "new", "churn"], { cwd });
    await run("cp", ["-r", "pipelines/churn", "pipelines/.churn-4711"], { cwd });
    const { code, stdout } = await filiera(["pipeline", "list"], { cwd });
    expect({ code, lines: stdout.split("\n").length - 1 }).toEqual({ code: 0, lines: 1 });
  });
});
