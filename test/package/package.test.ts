import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../constructs/kernel/json.ts";
import type { Recording } from "../../testing/index.ts";
import { packageOf, ROOT } from "../support/sources.ts";
import "../support/matchers.ts";
import { INSTALLED, node, type Packed, type Ran, Workplace } from "./installed.ts";

const CLI = "node_modules/filiera/bin/filiera.js";
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");

const workplace = new Workplace();
let packed: Packed;
/** A project with Pulumi, and one without. */
let pulumi: string;
let plain: string;
/** What making a pipeline in the first of them said. */
let created: Ran;

beforeAll(async () => {
  packed = await workplace.pack();
  pulumi = await workplace.project("pulumi", packed);
  plain = await workplace.project("plain", packed, (peer) => peer.startsWith("@pulumi/"));
  cpSync(join(ROOT, "environments"), join(plain, "environments"), { recursive: true });
  created = await node(pulumi, CLI, "pipeline", "new", "card-fraud");
}, 60_000);
afterAll(() => workplace.remove());

describe("the tarball", () => {
  test("holds compiled code with its declarations, the command, the licence and the schema, and nothing else", () => {
    const expected =
      /^(?:LICENSE|README\.md|package\.json|bin\/filiera\.js|images\/[\w-]+\/(?:image\.json|requirements\.(?:in|txt)|programs\/(?:\w+\/){0,2}\w+\.py)|pipelines\/steps\/(?:\w+\/)?\w+\.py|environments\/schema\.json|templates\/pipeline\/[\w/.]+\.(?:md|py|ts)|local\/pipeline\/(?:programs\/\w+\.py|python\/requirements\.txt)|lib\/.+\.(?:js|d\.ts))$/;
    expect(packed.files.filter((path) => !expected.test(path))).toEqual([]);
    expect(packed.files).toEqual(
      expect.arrayContaining(["LICENSE", "README.md", "bin/filiera.js", "environments/schema.json"]),
    );
  });

  test("has every file that its package.json names", () => {
    const installed = join(plain, "node_modules/filiera");
    const { exports, bin }: { exports: Record<string, { types: string; default: string } | string>; bin: object } =
      JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    const named = Object.values(exports).flatMap((each) =>
      typeof each === "string" ? each : [each.types, each.default],
    );
    expect([...named, ...Object.values(bin)].filter((path) => !existsSync(join(installed, path)))).toEqual([]);
  });

  test("has the Python of the step library, where its compiled code looks for it", async () => {
    const program = `
      import { compile, pipeline, stepLibrary } from "filiera/pipelines";
      const { ingest } = stepLibrary({ image: "registry.example.com/filiera/steps:1" });
      const one = pipeline({ name: "one" }, (steps) => void steps.run(ingest, { uri: "x" }));
      console.log(JSON.stringify(compile(one)).includes("from filiera_steps.source import take"));`;
    expect(await node(plain, "--input-type=module", "--eval", program)).toEqual({
      status: 0,
      stdout: "true\n",
      stderr: "",
    });
    expect(packed.files).toContain("images/steps/programs/filiera_steps/errors.py");
    expect(packed.files).toContain("pipelines/steps/ranking/split_feedback.py");
  });

  test("imports its own files and what is installed with it, in code and in declarations", () => {
    const missing = packed.files
      .filter((path) => path.startsWith("lib/"))
      .flatMap((path) =>
        importsOf(path)
          .filter((specifier) => !isThere(path, specifier))
          .map((to) => `${path} → ${to}`),
      );
    expect(missing).toEqual([]);
  });
});

describe("in a project of somebody else's", { timeout: 60_000 }, () => {
  test.concurrent.each(["nodenext", "bundler"])("has its types under moduleResolution %s", async (moduleResolution) => {
    const file = `tsconfig.${moduleResolution}.json`;
    const compilerOptions = {
      target: "es2024",
      lib: ["es2024"],
      module: moduleResolution === "nodenext" ? "nodenext" : "preserve",
      moduleResolution,
      typeRoots: [join(ROOT, "node_modules/@types")],
      types: ["node"],
      strict: true,
      // what a declaration names and nobody finds would be any, and fit anything; once is enough, as it takes seconds
      skipLibCheck: moduleResolution !== "nodenext",
      allowImportingTsExtensions: true,
      noEmit: true,
    };
    writeFileSync(
      join(pulumi, file),
      JSON.stringify({ compilerOptions, files: ["record.ts", "plain.ts"], include: ["pipelines"] }),
    );
    expect(await node(pulumi, tsc, "-p", file)).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  test.concurrent("a new pipeline is compiled by the command, and passes its own test", async () => {
    expect(created).toMatchObject({ status: 0, stderr: "" });
    expect(created.stdout).toContain("written: pipelines/card-fraud/tests/test_card_fraud.py\n");
    const compiled = await node(pulumi, CLI, "pipeline", "compile", "card-fraud");
    expect(compiled).toEqual({ status: 0, stderr: "", stdout: expect.stringContaining("name: card-fraud\n") });
    const { status, stdout } = await node(pulumi, "--test", "pipelines/card-fraud/tests/*.test.ts");
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/\bpass 3\n/) });
  });

  test.concurrent("Mlflow takes a database and a bucket of that project's Pulumi program", async () => {
    const { status, stdout, stderr } = await node(pulumi, "record.ts");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const { resources, outputs }: Recording = JSON.parse(stdout);
    const manifests = resources.filter(({ type }) => type.startsWith("kubernetes:")).map(({ inputs }) => inputs);

    expect(outputs).toEqual({ url: "http://tracking.models.svc.cluster.local:5000" });
    expect(manifests).toContainManifest({ kind: "Deployment", metadata: { name: "tracking" }, spec: { replicas: 2 } });
    expect(manifests).toContainManifest({ kind: "ConfigMap", data: { "ca.crt": "[known after up]" } });
    expect(JSON.stringify(manifests)).toContain('{"ipBlock":{"cidr":"10.0.0.0/16"}}');
    expect(JSON.stringify(manifests)).toContain("--artifacts-destination=s3://shop-models");
    expect(manifests).toContainManifest({ kind: "Secret", data: { "secret-access-key": "[secret]" } });
    expect(stdout).not.toMatch(/a key of the|of the shop/);
    const database = resources.find(({ type }) => type === "shop:index:Database");
    const after = resources.filter(({ dependsOn }) => database && dependsOn.includes(database.urn));
    expect(after.map(({ inputs }) => inputs)).toContainManifest({ kind: "Secret", metadata: { namespace: "models" } });
  });

  test.concurrent("Mlflow is a plain cdk8s construct where Pulumi is not installed", async () => {
    const { status, stdout, stderr } = await node(plain, "plain.ts");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const { missing, manifests }: { missing: string; manifests: JsonObject[] } = JSON.parse(stdout);
    expect(missing).toBe("ERR_MODULE_NOT_FOUND");
    expect(manifests).toContainManifest({ kind: "Secret", stringData: { "secret-access-key": `\${bucket key}` } });
    expect(JSON.stringify(manifests)).toContain(`"\${admin password}"`);
    expect({ kind: "Secret" }).toComeBefore({ kind: "Deployment" }, manifests);
  });

  test.concurrent("filiera renders, compares and describes environments where Pulumi is not installed", async () => {
    const [rendered, compared, described, planned] = await Promise.all([
      node(plain, CLI, "render", "prod", "--out", "dist"),
      node(plain, CLI, "diff", "staging", "prod"),
      node(plain, CLI, "schema"),
      node(plain, CLI, "plan", "prod"),
    ]);
    expect([rendered, compared, described].map(({ status, stderr }) => ({ status, stderr }))).toEqual([
      { status: 0, stderr: "" },
      { status: 0, stderr: "" },
      { status: 0, stderr: "" },
    ]);
    expect(readdirSync(join(plain, "dist"), { recursive: true }).map(String)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/kustomization\.yaml$/),
        expect.stringMatching(/mlflow.Deployment-mlflow\.yaml$/),
      ]),
    );
    expect(compared.stdout).toMatch(/^--- staging\n\+\+\+ prod\n/);
    expect(described.stdout).toBe(readFileSync(join(ROOT, "environments/schema.json"), "utf8"));
    expect(planned.status).toBe(1);
    expect(planned.stderr).toContain("@pulumi/");
  });
});

function importsOf(path: string): string[] {
  const text = readFileSync(join(plain, "node_modules/filiera", path), "utf8");
  const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(text, true, true);
  return [...importedFiles, ...typeReferenceDirectives].map(({ fileName }) => fileName);
}

/** In declarations TypeScript reads `./a.ts` as a.d.ts. */
function isThere(from: string, specifier: string): boolean {
  if (specifier.startsWith("node:")) return from.endsWith(".js");
  if (!specifier.startsWith(".")) return INSTALLED.includes(packageOf(specifier));
  const path = join(dirname(from), specifier);
  return packed.files.includes(from.endsWith(".d.ts") ? path.replace(/\.ts$/, ".d.ts") : path);
}
