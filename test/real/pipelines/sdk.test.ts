import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at, isObject, type JsonObject, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import { pythonEnvironment } from "../../../local/python/environment.ts";
import { compile, type Pipeline, toPipelineYaml } from "../../../pipelines/index.ts";
import { danglingIn } from "../../pipelines/support/dangling.ts";
import { documentsOf } from "../../pipelines/support/vectors.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";
import { KFP_LOCK } from "./kfp.ts";
import * as control from "./own/control.ts";
import * as data from "./own/data.ts";
import * as groups from "./own/groups.ts";
import * as kubernetes from "./own/kubernetes.ts";

const SDK = join(import.meta.dirname, "sdk");
const pipelines: readonly Pipeline[] = [data, control, groups, kubernetes].flatMap((module) => Object.values(module));
const { skip, title } = skipped(layers.kfp);

describe.skipIf(skip)(`pipelines written twice: ${title}`, () => {
  const scratch = mkdtempSync(join(tmpdir(), "filiera-kfp-"));
  const [ours, theirs] = [join(scratch, "ours"), join(scratch, "theirs")];
  let python: string;

  beforeAll(async () => {
    ({ python } = await pythonEnvironment(KFP_LOCK));
    for (const folder of [ours, theirs]) mkdirSync(folder);
    for (const pipeline of pipelines) {
      writeFileSync(join(ours, `${pipeline.name}.yaml`), toPipelineYaml(compile(pipeline)));
    }
    await execa(python, [join(SDK, "compile.py"), theirs]);
  }, 300_000);
  afterAll(() => rmSync(scratch, { recursive: true }));

  test("there are at least 25 of them, each with a name of its own", () => {
    expect(new Set(pipelines.map(({ name }) => name)).size).toBe(pipelines.length);
    expect(pipelines.length).toBeGreaterThanOrEqual(25);
  });

  test.each(pipelines.map(({ name }) => name))("%s is what the SDK compiles", (name) => {
    const [one, other] = [ours, theirs].map((folder) =>
      documentsOf(readFileSync(join(folder, `${name}.yaml`), "utf8")),
    );
    const compared = name === "nested-twice" ? unfolded : comparable;
    expect(one?.map(compared)).toEqual(other?.map(compared));
  });

  test.each(pipelines.map(({ name }) => name))("%s has no reference that leads nowhere", (name) => {
    const [spec = {}] = documentsOf(readFileSync(join(ours, `${name}.yaml`), "utf8"));
    expect(danglingIn(spec)).toEqual([]);
  });

  test("every one is read by KFP's own messages, its platform's settings among it", async () => {
    const { stdout } = await execa(python, [join(SDK, "validate.py"), ours]);
    expect(stdout).toBe(`${pipelines.length} read`);
  });

  test("what KFP's messages do not know, they refuse", async () => {
    const folder = join(scratch, "wrong");
    mkdirSync(folder);
    const text = readFileSync(join(ours, "when.yaml"), "utf8");
    writeFileSync(join(folder, "wrong.yaml"), text.replace("cachingOptions:", "cachingOption:"));
    const { stdout } = await execa(python, [join(SDK, "validate.py"), folder]);
    expect(stdout).toMatch(/^wrong: .*cachingOption/);
  });
});

/**
 * A document without what differs on purpose: how a Python step starts (the text is ours, and so is which file it runs: the
 * whole one, not only the function), and the words in which `createClaim` and `deleteClaim` describe their inputs.
 */
function comparable(document: JsonObject): JsonObject {
  return mapped(document, (value, path) => {
    const [, , , , field] = path;
    if (path[0] === "deploymentSpec" && field === "command" && path.length === 5) {
      const args = at(document, ...path.slice(0, -1), "args");
      return Array.isArray(args) && args.includes("--function_to_execute") ? "how a Python step starts" : value;
    }
    const isClaim = path[0] === "components" && /^comp-(?:create|delete)pvc$/.test(path[1] ?? "");
    return isClaim && path.at(-1) === "description" ? "in our words" : value;
  });
}

/**
 * A document with what its names stand for in their place. Where pipelines in pipelines have steps of one name, the SDK
 * numbers them in the order of a hash table, and gives two components the executor of one.
 */
function unfolded(document: JsonObject): JsonObject {
  const { root, components: _, deploymentSpec: __, ...head } = document;
  const component = (one: JsonObject): JsonObject => ({
    ...one,
    ...("executorLabel" in one && {
      executorLabel: objectAt(document, "deploymentSpec", "executors", textAt(one, "executorLabel") ?? ""),
    }),
    ...("dag" in one && { dag: { ...objectAt(one, "dag"), tasks: tasksOf(objectAt(one, "dag", "tasks")) } }),
  });
  const tasksOf = (tasks: JsonObject): JsonObject =>
    mapped(tasks, (value, path) =>
      path.length === 2 && path[1] === "componentRef"
        ? component(objectAt(document, "components", textAt(value, "name") ?? ""))
        : value,
    );
  return { ...head, root: component(isObject(root) ? root : {}) };
}

/** The object with each of its values as the function says, from the outside in. */
function mapped(
  object: JsonObject,
  one: (value: JsonObject[string], path: readonly string[]) => JsonObject[string],
  path: readonly string[] = [],
): JsonObject {
  const entries = Object.entries(object).map(([key, value]) => {
    const here = [...path, key];
    const changed = one(value, here);
    return [key, changed === value && isObject(value) ? mapped(value, one, here) : changed] as const;
  });
  return Object.fromEntries(entries);
}
