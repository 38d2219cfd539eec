import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { at, isObject, type JsonObject, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import {
  compile,
  containerStep,
  type Pipeline,
  type Port,
  type Ports,
  toPipelineYaml,
} from "../../../pipelines/index.ts";
import { KFP_IR, layers } from "../../support/layers.ts";
import { danglingIn } from "./dangling.ts";

/** What a description of a file of KFP's can take from it: what its steps run, and words for people. */
export interface Opaque {
  /** A step that runs the container of an executor in the file: its command is KFP's, and none of the language's business. */
  step<const Inputs extends Ports, const Outputs extends Ports>(
    name: string,
    inputs: Inputs,
    outputs: Outputs,
    executor?: string,
  ): ReturnType<typeof containerStep<Inputs, Outputs>>;
  /** The description of the pipeline, or of an input or output of a component. */
  said(component: string, port?: string): string;
}

/** Describes a file of KFP's in the language, and expects that compiling gives the same. */
export function vector(name: string, describe: (opaque: Opaque) => Pipeline): void {
  test.skipIf(layers.kfpIr.missing)(name, () => {
    const theirs = documentsOf(readFileSync(join(KFP_IR, `${name}.yaml`), "utf8"));
    const ours = documentsOf(toPipelineYaml(compile(describe(opaqueOf(theirs[0] ?? {})))));
    expect(ours.map(compared)).toEqual(theirs.map(compared));
    expect(danglingIn(ours[0] ?? {})).toEqual([]);
  });
}

/** The documents of a YAML text. */
export function documentsOf(text: string): readonly JsonObject[] {
  return parseAllDocuments(text).map((document) => {
    const value: unknown = document.toJS();
    if (!isObject(value)) throw new Error("a document is not an object");
    return value;
  });
}

/** A document without what tells which SDK wrote it: the files are of several, and 2.17.0 writes them as the last did. */
function compared({ sdkVersion: _, ...document }: JsonObject): JsonObject {
  return document;
}

function opaqueOf(spec: JsonObject): Opaque {
  return {
    step(name, inputs, outputs, executor = `exec-${name}`) {
      const container = objectAt(spec, "deploymentSpec", "executors", executor, "container");
      const component = Object.values(objectAt(spec, "components")).find(
        (one) => textAt(one, "executorLabel") === executor,
      );
      return containerStep({
        name,
        inputs: described(inputs, component, "inputDefinitions"),
        outputs: described(outputs, component, "outputDefinitions"),
        container: {
          image: textAt(container, "image") ?? "",
          command: textsAt(container, "command"),
          args: textsAt(container, "args"),
        },
      });
    },
    said(component, port) {
      const of =
        component === "root" || component === "pipelineInfo" ? at(spec, component) : at(spec, "components", component);
      const description = port === undefined ? textAt(of, "description") : descriptionOf(of, port);
      if (description === undefined) throw new Error(`${component} says nothing of ${port ?? "itself"}`);
      return description;
    },
  };
}

/** The ports with the descriptions that they have in the file. */
function described<P extends Ports>(ports: P, component: unknown, side: string): P;
function described(ports: Ports, component: unknown, side: string): Ports {
  const entries = Object.entries(ports).map(([name, port]): [string, Port] => [
    name,
    { ...port, description: descriptionOf(at(component, side), name) },
  ]);
  return Object.fromEntries(entries);
}

function descriptionOf(component: unknown, port: string): string | undefined {
  const places = [[], ["inputDefinitions"], ["outputDefinitions"]].flatMap((place) => [
    [...place, "parameters"],
    [...place, "artifacts"],
  ]);
  return places.map((place) => textAt(component, ...place, port, "description")).find((text) => text !== undefined);
}

function textsAt(value: unknown, key: string): readonly string[] {
  const found = at(value, key);
  return Array.isArray(found) ? found.map(String) : [];
}
