import { execFile } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { at, isObject } from "../constructs/kernel/json.ts";
import { configOf, parseEnvironment } from "../stacks/environment/index.ts";
import { ROOT } from "./support/sources.ts";

const run = promisify(execFile);
const TSC = join(createRequire(import.meta.url).resolve("typescript/package.json"), "../bin/tsc");
/** Beside the sources, so that `filiera/…` is found as a user finds it. */
const SCRATCH = join(ROOT, ".cache", `documents-${process.pid}`);
const GUIDES = globSync("docs/guides/*.md", { cwd: ROOT }).sort();
/** What a guide's settings are put into: those that hang together in one profile do so there. */
const ENVIRONMENTS = ["prod", "dev", "local"].map((name): unknown =>
  parse(readFileSync(join(ROOT, `environments/Pulumi.${name}.yaml`), "utf8")),
);

const KAFKA = at(parse(fenced("docs/guides/ingestion.md", "yaml")[0]?.text ?? ""), "filiera:kafka");

/** What guides speak of without saying where it comes from: what is around a snippet in a program. */
const AROUND = `
import type { Chart, Duration as Time } from "cdk8s";
import type * as constructs from "filiera/constructs";
import type * as pipelines from "filiera/pipelines";
import type { iris as example } from "../../examples/iris/pipelines/iris/index.ts";
type Library = ReturnType<typeof pipelines.stepLibrary>;
declare global {
  const chart: Chart, Duration: typeof Time, steps: pipelines.Scope, workload: constructs.Workload, database: constructs.SqlDatabase;
  const issuer: constructs.Issuer, scrapers: constructs.Peer, password: constructs.Late;
  const late: typeof constructs.late, here: typeof constructs.here, Kafka: typeof constructs.Kafka;
  const PipelineRelease: typeof constructs.PipelineRelease, compile: typeof pipelines.compile, iris: typeof example;
  const stepLibrary: typeof pipelines.stepLibrary, ingest: Library["ingest"], deploy: Library["deploy"];
  const consuming: typeof pipelines.consuming, deploying: typeof pipelines.deploying, keyed: typeof pipelines.keyed;
  const policy: pipelines.ColumnPolicy, gpu: pipelines.Settings;
  const data: pipelines.Ref<pipelines.ArtifactType<"system.Dataset">>, validation: typeof data;
  const promotion: pipelines.Ref<pipelines.ArtifactType<"system.Artifact">>, record: pipelines.Ref<pipelines.StringType>;
  type ColumnPolicy = pipelines.ColumnPolicy;
  type RecordColumns = pipelines.RecordColumns;
  type Settings = pipelines.Settings;
  type TrafficPlan = pipelines.TrafficPlan;
}
`;

/** What stands in fences of a language, and the line of each. */
function fenced(document: string, language: string): readonly { readonly line: number; readonly text: string }[] {
  const text = readFileSync(join(ROOT, document), "utf8");
  return [...text.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gs"))].map(({ 1: inside = "", index }) => ({
    line: text.slice(0, index).split("\n").length + 1,
    text: inside,
  }));
}

beforeAll(() => mkdirSync(SCRATCH, { recursive: true }));
afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

test("what guides show of TypeScript is what the compiler takes", async () => {
  writeFileSync(join(SCRATCH, "around.ts"), AROUND);
  const settings = { noUnusedLocals: false, noUnusedParameters: false };
  const project = { extends: "../../tsconfig.json", include: ["*.ts"], compilerOptions: settings };
  writeFileSync(join(SCRATCH, "tsconfig.json"), JSON.stringify(project));
  const snippets = GUIDES.flatMap((guide) =>
    fenced(guide, "ts").map(({ line, text }) => {
      const moved = text.replaceAll('from "./pipelines/', 'from "../../examples/iris/pipelines/');
      writeFileSync(join(SCRATCH, `${guide.replace(/.*\/(.*)\.md/, "$1")}-${line}.ts`), `${moved}\nexport {};\n`);
      return line;
    }),
  );
  expect(snippets.length).toBeGreaterThan(15);
  const told = await run(process.execPath, [TSC, "-p", SCRATCH], { cwd: SCRATCH }).catch((error) => error);
  expect(told.stdout.split("\n").filter((line: string) => line !== "")).toEqual([]);
});

test.each(GUIDES)("what %s shows of an environment is what one takes", (guide) => {
  // one block may go on from those before it, and a guide from a Kafka
  let before: unknown = { "filiera:kafka": KAFKA };
  for (const { line, text } of fenced(guide, "yaml")) {
    if (!/^\s*filiera:/.test(text)) continue;
    const indent = /^ */.exec(text)?.[0] ?? "";
    const shown: unknown = parse(text.replaceAll(new RegExp(`^${indent}`, "gm"), ""));
    const all = merged(before, shown);
    const tried = ENVIRONMENTS.flatMap((environment) => [shown, all].map((config) => merged(environment, { config })));
    before = all;
    const problems = tried.map((config) => {
      try {
        parseEnvironment(configOf(stringify(config), guide), { secrets: "sealed", name: "prod" });
        return [];
      } catch (error) {
        return String(error).split("\n");
      }
    });
    // its own line says how the secret is set
    const wanted = text.includes("pullSecret:")
      ? [expect.stringContaining("[filiera:images.pullSecret.password]")]
      : [];
    expect(problems, `line ${line}`).toContainEqual(wanted);
  }
});

/** A mapping with what another says in its place, mappings in it alike. */
function merged(one: unknown, other: unknown): unknown {
  if (!isObject(one) || !isObject(other)) return other;
  const entries = Object.entries(other).map(([key, value]) => [key, merged(one[key], value)] as const);
  return { ...one, ...Object.fromEntries(entries) };
}
