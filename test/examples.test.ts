import { execFile } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { at } from "../constructs/kernel/json.ts";

const ROOT = join(import.meta.dirname, "..");
// the examples import this package by its name, as its users do: the condition leads to its sources
const NODE = ["--conditions=filiera-source"];

/** Runs a program of its own in the project's folder. */
function node(...args: readonly string[]): Promise<{ stdout: string; code: number }> {
  return promisify(execFile)(process.execPath, [...NODE, ...args], { cwd: ROOT }).then(
    ({ stdout }) => ({ stdout, code: 0 }),
    (error: { stdout?: string; code?: number; stderr?: string }) => {
      if (error.stderr) throw new Error(error.stderr);
      return { stdout: error.stdout ?? "", code: error.code ?? 1 };
    },
  );
}

/** What an example that is a Pulumi program asks the engine for. */
async function recorded(example: string): Promise<unknown> {
  const program = `
    import { record } from "filiera/testing";
    const recording = await record(() => import("./examples/${example}"), { project: "acme", stack: "prod" });
    console.log(JSON.stringify(recording));`;
  return JSON.parse((await node("--input-type=module", "--eval", program)).stdout);
}

function inputsOf(recording: unknown, name: string, kind: string): unknown {
  const resources = at(recording, "resources");
  if (!Array.isArray(resources)) throw new Error("nothing was recorded");
  return at(
    resources.find((each) => at(each, "name") === name && String(at(each, "type")).endsWith(`:${kind}`)),
    "inputs",
  );
}

describe.concurrent("examples", { timeout: 30_000 }, () => {
  it("own-data deploys MLflow on a database and a bucket of another stack", async () => {
    const recording = await recorded("own-data/index.ts");
    expect(at(recording, "outputs", "url")).toBe("http://mlflow.mlflow.svc.cluster.local:5000");
    expect(at(inputsOf(recording, "acme/mlflow/mlflow-settings", "Secret"), "data")).toEqual({
      "access-key-id": "[known after up]",
      "database-password": "[known after up]",
      "database-user": Buffer.from("mlflow").toString("base64"),
      "secret-access-key": "[known after up]",
      "session-key": "[secret]",
    });
    expect(at(inputsOf(recording, "acme/mlflow/mlflow", "Deployment"), "spec", "replicas")).toBe(2);
  });

  it("plain-cdk8s prints every manifest, with holes in place of passwords and with its changes", async () => {
    const { stdout } = await node("examples/plain-cdk8s/index.ts");
    const manifests = parseAllDocuments(stdout).map((document): unknown => document.toJS());
    const find = (kind: string, name: string): unknown =>
      manifests.find((each) => at(each, "kind") === kind && at(each, "metadata", "name") === name);
    expect(at(find("Secret", "evaluation-7"), "stringData", "tracking.json")).toBe(
      `{"url":"http://mlflow.vision.svc.cluster.local:5000","user":"evaluation","password":"\${mlflow/evaluation}"}`,
    );
    const server = find("Deployment", "mlflow");
    expect(at(server, "metadata", "annotations", "team")).toBe("vision");
    expect(at(server, "spec", "template", "spec", "priorityClassName")).toBe("tracking");
    expect(at(server, "spec", "replicas")).toBeUndefined();
    const job = manifests.findIndex(
      (each) => at(each, "kind") === "Job" && /^evaluation-7-[0-9a-f]{8}$/.test(String(at(each, "metadata", "name"))),
    );
    expect(job).toBeGreaterThan(manifests.indexOf(server));
  });

  it("plain-cdk8s needs no Pulumi", async () => {
    const program = `
      import { registerHooks } from "node:module";
      registerHooks({
        resolve(specifier, context, next) {
          if (specifier.startsWith("@pulumi/")) throw new Error(specifier + " was loaded");
          return next(specifier, context);
        },
      });
      await import("./examples/plain-cdk8s/index.ts");`;
    expect((await node("--input-type=module", "--eval", program)).stdout).toContain("kind: Deployment");
  });

  it("budget fails for an environment that asks for too much", async () => {
    const { stdout, code } = await node("examples/budget.ts", "prod", "1");
    expect(stdout).toMatch(/^prod: \d+ pods, [\d.]+ GiB of memory, \d+ images by tag\n$/);
    expect(code).toBe(1);
  });
});

describe("documents", () => {
  it.each([
    ["README.md", "examples/own-data/index.ts"],
    ["docs/guides/compose.md", "examples/own-data/data.ts"],
    ["docs/guides/compose.md", "examples/plain-cdk8s/evaluation.ts"],
    ["docs/guides/compose.md", "examples/budget.ts"],
    ["docs/guides/pipelines.md", "examples/iris/pipelines/iris/index.ts"],
  ])("%s shows %s as it is", (document, example) => {
    const blocks = [...read(document).matchAll(/```ts\n(.*?)```/gs)].map(([, block]) => block);
    expect(blocks).toContain(read(example));
  });

  it.each(globSync(["*.md", "docs/{guides,decisions}/*.md"], { cwd: ROOT }))(
    "%s links to what is there",
    (document) => {
      const links = [...read(document).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].map(
        ([, file = "", heading]) => ({
          file: file === "" ? document : join(dirname(document), file),
          heading,
        }),
      );
      const broken = links.filter(
        ({ file, heading }) => !existsSync(join(ROOT, file)) || (heading && !headingsOf(file).includes(heading)),
      );
      expect(broken).toEqual([]);
    },
  );

  it("README's environment file is one of the project's", () => {
    const blocks = [...read("README.md").matchAll(/```yaml\n(.*?)```/gs)].map(([, block]) => block);
    expect(blocks).toContain(read("environments/Pulumi.dev.yaml"));
  });
});

/** The headings of a document as GitHub addresses them. */
function headingsOf(document: string): string[] {
  return [...read(document).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}
