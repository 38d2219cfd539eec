import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, describe, expect, test } from "vitest";
import {
  filesOf,
  type Import,
  importsOf,
  loadedBy,
  nodesOf,
  packageOf,
  placeOf,
  ROOT,
  syntaxOf,
} from "./support/sources.ts";

/** The layers, and which of the others each may use: imports go one way. The first that a path begins with is its own. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  "constructs/kernel": [],
  constructs: ["constructs/kernel"],
  pipelines: ["constructs", "constructs/kernel"],
  "stacks/environment": ["constructs", "constructs/kernel"],
  local: ["stacks/environment", "pipelines", "constructs", "constructs/kernel"],
  stacks: ["stacks/environment", "pipelines", "constructs", "constructs/kernel"],
  testing: ["stacks", "stacks/environment", "pipelines", "constructs", "constructs/kernel"],
  cli: ["local", "stacks", "stacks/environment", "pipelines", "constructs", "constructs/kernel"],
  bin: ["cli"],
};
const PUBLISHED = Object.keys(LAYERS).filter((layer) => !layer.includes("/"));
/** What may know Pulumi: nothing else may, not even its types. */
const KNOWS_PULUMI = ["stacks"];

const { dependencies, peerDependencies, devDependencies, scripts } = readPackage();
const imports = filesOf(...PUBLISHED).flatMap(importsOf);

describe("imports", { timeout: 30_000 }, () => {
  test("go one way: cli → local, stacks → pipelines → constructs → kernel", () => {
    const against = imports.filter(({ from, to }) => {
      const [own, other] = [layerOf(from), layerOf(to)];
      return own !== undefined && other !== undefined && own !== other && !LAYERS[own]?.includes(other);
    });
    expect(shown(against)).toEqual([]);
  });

  test("never leave the published folders", () => {
    const outside = imports.filter(({ to, isFile }) => isFile && layerOf(to) === undefined);
    expect(shown(outside)).toEqual([]);
  });

  test("below stacks know nothing of Pulumi, and neither does stacks/environment", () => {
    const knowing = imports.filter(
      ({ from, to }) => to.startsWith("@pulumi/") && !KNOWS_PULUMI.includes(layerOf(from) ?? ""),
    );
    expect(shown(knowing)).toEqual([]);
  });

  test("make no circle", () => {
    const circles = filesOf(...PUBLISHED).filter((path) =>
      importsOf(path).some(({ to, isFile, when }) => isFile && when === "start" && loadedBy(to).has(path)),
    );
    expect(circles).toEqual([]);
  });

  test("name packages that whoever installs this one has", () => {
    const installed = new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)]);
    const others = imports.filter(
      ({ to, isFile, when }) =>
        !isFile &&
        !to.startsWith("node:") &&
        !installed.has(packageOf(to)) &&
        !(when === "type" && packageOf(to) in devDependencies),
    );
    expect(shown(others)).toEqual([]);
  });
});

describe("the render path", { timeout: 30_000 }, () => {
  const scratch = mkdtempSync(join(tmpdir(), "filiera-render-"));
  afterAll(() => rmSync(scratch, { recursive: true }));

  test.each([
    "cli/main.ts",
    "cli/render.ts",
    "cli/diff.ts",
    "cli/doctor.ts",
    "cli/status.ts",
    "cli/schema.ts",
    "constructs/index.ts",
    "testing/index.ts",
  ])("%s loads no Pulumi", (entry) => {
    const ways = [...loadedBy(entry)].flatMap(([path, way]) => (path.startsWith("@pulumi/") ? [way.join(" → ")] : []));
    expect(ways).toEqual([]);
  });

  test("the walk finds Pulumi where it is", () => {
    expect(loadedBy("cli/plan.ts").get("@pulumi/pulumi")?.[0]).toBe("cli/plan.ts");
  });

  test.each([["render", "prod", "--out", join(scratch, "prod")], ["diff", "staging", "prod"], ["schema"]])(
    "filiera %s runs in a process that refuses Pulumi",
    (...args) => {
      expect(filiera(...args)).toEqual({ status: 0, stderr: "" });
    },
  );

  test("such a process cannot plan", () => {
    const { status, stderr } = filiera("plan", "prod", "--out", join(scratch, "plan"));
    expect(status).toBe(1);
    expect(stderr).toMatch(/stacks\/\S+ loads @pulumi\//);
  });
});

describe("house style", { timeout: 30_000 }, () => {
  const nodes = filesOf(...PUBLISHED, "bench", "examples", "templates", "test", "tools").flatMap((path) => [
    ...nodesOf(syntaxOf(path)),
  ]);
  const places = (isMeant: (node: ts.Node) => boolean) => nodes.filter(isMeant).map(placeOf);

  test("no any, no assertion but as const", () => {
    expect(places(({ kind }) => kind === ts.SyntaxKind.AnyKeyword)).toEqual([]);
    expect(places((node) => ts.isAsExpression(node) && !ts.isConstTypeReference(node.type))).toEqual([]);
    expect(places((node) => ts.isTypeAssertionExpression(node) || ts.isNonNullExpression(node))).toEqual([]);
  });

  test("no compiler error is silenced, and nothing is left to do", () => {
    const words = /@ts-(?:ignore|expect-error|nocheck)|\b(?:TODO|FIXME|XXX|HACK)\b/;
    // where types are tested, an expected error is what is tested: the compiler fails where there is none
    const isExpected = (path: string, comment: string) =>
      path.endsWith("/types.test.ts") && comment.startsWith("// @ts-expect-error");
    const silenced = filesOf(...PUBLISHED, "bench", "examples", "templates", "test", "tools").flatMap((path) =>
      commentsOf(path)
        .filter((comment) => words.test(comment) && !isExpected(path, comment))
        .map((comment) => `${path}: ${comment}`),
    );
    expect(silenced).toEqual([]);
  });

  test("only stacks and cli read the process's environment", () => {
    const readers = places(
      (node) =>
        ts.isPropertyAccessExpression(node) && node.name.text === "env" && node.expression.getText() === "process",
    ).filter((place) => /^(?:constructs|pipelines|stacks\/environment|testing)\//.test(place));
    expect(readers).toEqual([]);
  });

  test("at most ten npm scripts", () => {
    expect(Object.keys(scripts).length).toBeLessThanOrEqual(10);
  });

  test("the lockfile names no registry", () => {
    expect(readFileSync(join(ROOT, "package-lock.json"), "utf8")).not.toContain('"resolved"');
  });
});

function readPackage() {
  type Names = Readonly<Record<string, string>>;
  const read: { dependencies: Names; peerDependencies: Names; devDependencies: Names; scripts: Names } = JSON.parse(
    readFileSync(join(ROOT, "package.json"), "utf8"),
  );
  return read;
}

function layerOf(path: string): string | undefined {
  return Object.keys(LAYERS).find((layer) => path.startsWith(`${layer}/`));
}

function shown(found: readonly Import[]): string[] {
  return found.map(({ from, to, when }) => `${from} → ${to} (${when})`);
}

function commentsOf(path: string): string[] {
  const { text } = syntaxOf(path);
  return [...text.matchAll(/(?:^|\s)\/\/.*$|\/\*[\s\S]*?\*\//gm)].map(([comment]) => comment.trim());
}

/** Runs the command line where loading Pulumi is an error. */
function filiera(...args: readonly string[]): { readonly status: number | null; readonly stderr: string } {
  const preload = new URL("support/without-pulumi.ts", import.meta.url).href;
  const { status, stderr } = spawnSync(process.execPath, ["--import", preload, "bin/filiera.js", ...args], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return { status, stderr };
}
