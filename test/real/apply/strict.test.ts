import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kindOf } from "../../../constructs/kernel/identity.ts";
import { isObject, type Json, type JsonObject } from "../../../constructs/kernel/json.ts";
import { KAFKA, MANAGED, resolved, VARIANTS } from "../../support/platform.ts";
import { type KubeObject, Refusal } from "../control-plane/client.ts";
import { ControlPlane } from "../control-plane/control-plane.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";
import { CLUSTER } from "./cluster.ts";
import { StandIns } from "./operators.ts";
import { appliedBy, kubeObjectOf, stepsOfRendering } from "./steps.ts";

const { skip, title } = skipped(layers.environments);

/** Maps whose keys are anybody's: in these no key is wrong. A Service's selector is one, unlike all others. */
const FREE = /^(labels|annotations|matchLabels|data|stringData|parameters|config|requests|limits)$/;

describe.skipIf(skip)(`${title}: what is misspelt`, () => {
  let plane: ControlPlane;
  const objects = [...VARIANTS, ...MANAGED].flatMap(([, name, changes]) =>
    appliedBy(stepsOfRendering(resolved(name, changes))),
  );

  beforeAll(async () => {
    plane = await ControlPlane.start(CLUSTER);
    const operators = new StandIns(plane);
    for (const { does } of stepsOfRendering(resolved("prod", KAFKA)))
      if (does.kind === "install") await operators.install(does.release);
    for (const object of objects) if (object.kind === "Namespace") await plane.client.apply(object);
  });
  afterAll(() => plane.stop());

  it("is refused, wherever in an object of whatever kind it is", async () => {
    const tried = new Map<string, KubeObject>();
    for (const object of objects)
      for (const path of keysOf(object)) tried.set(`${kindOf(object)} ${shown(path)}`, misspelt(object, path));
    expect(new Set(objects.map(kindOf)).size).toBeGreaterThan(15);
    expect(tried.size).toBeGreaterThan(300);
    const accepted: string[] = [];
    const others: string[] = [];
    for (const [what, object] of tried) {
      const refusal = await refusalOf(plane, object);
      if (refusal === undefined) accepted.push(what);
      else if (!/unknown field|field not declared in schema|omits all key fields/.test(refusal))
        others.push(`${what}: ${refusal}`);
    }
    expect(accepted).toEqual([]);
    expect(others).toEqual([]);
  });
});

type Path = readonly (string | number)[];

/** Every key of an object, by its path, that has a right spelling. */
function keysOf(value: Json | undefined, path: Path = []): Path[] {
  if (Array.isArray(value)) return value.flatMap((item: Json, i) => keysOf(item, [...path, i]));
  if (!isObject(value) || FREE.test(String(path.at(-1))) || isSelectorOfService(value, path)) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    // without these it would be another object
    ...(/^(apiVersion|kind|metadata|metadata\.name|metadata\.namespace)$/.test([...path, key].join("."))
      ? []
      : [[...path, key]]),
    ...keysOf(inner, [...path, key]),
  ]);
}

function isSelectorOfService(value: JsonObject, path: Path): boolean {
  return path.at(-1) === "selector" && Object.values(value).every((label) => typeof label === "string");
}

function misspelt(object: KubeObject, path: Path): KubeObject {
  return kubeObjectOf(renamed(object, path));
}

function renamed(value: Json | undefined, [key = "", ...rest]: Path): Json {
  if (Array.isArray(value)) return value.map((item: Json, i) => (i === key ? renamed(item, rest) : item));
  if (!isObject(value)) return value ?? null;
  const { [key]: inner, ...others } = value;
  return rest.length === 0 ? { ...others, [`${key}x`]: inner } : { ...others, [key]: renamed(inner, rest) };
}

/** Lists are all alike: `spec.containers[].ports`. */
function shown(path: Path): string {
  return path.map((key) => (typeof key === "number" ? "[]" : key)).join(".");
}

async function refusalOf({ client }: ControlPlane, object: KubeObject): Promise<string | undefined> {
  try {
    await client.apply(object, { dryRun: true });
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}
