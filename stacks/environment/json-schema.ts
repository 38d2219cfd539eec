import { z } from "zod";
import { concerns, environmentConfig, NAMESPACE } from "./config.ts";
import { isMapping, type Mapping } from "./data.ts";
import { profiles } from "./profiles.ts";
import { leafOf } from "./walk.ts";

type Node = Record<string, unknown>;

const isNode = (value: unknown): value is Node => isMapping(value);

const ENCRYPTED = {
  type: "object",
  properties: { secure: { type: "string", minLength: 1 } },
  required: ["secure"],
  additionalProperties: false,
};

/** The node that the defaults are of: itself, or the option of a union with their kind. */
function optionFor(node: Node, defaults: readonly Mapping[]): Node {
  const options = [node["oneOf"], node["anyOf"]].find(Array.isArray) ?? [];
  const kind = defaults[0]?.["kind"];
  const found = options.filter(isNode).find(({ properties }) => {
    const discriminator = isNode(properties) ? properties["kind"] : undefined;
    return isNode(discriminator) && discriminator["const"] === kind;
  });
  return found ?? node;
}

function withDefaults(node: Node, defaults: ReadonlyMap<string, unknown>): void {
  const mappings = [...defaults.values()].filter(isMapping);
  if (mappings.length === 0) {
    const each = [...defaults].map(([profile, value]) => `${profile} ${String(value)}`).join(", ");
    node["description"] = [node["description"], `default: ${each}`].filter(Boolean).join("; ");
    return;
  }
  const option = optionFor(node, mappings);
  const { properties, required } = option;
  if (!isNode(properties)) return;
  const names = new Set(mappings.flatMap((each) => Object.keys(each)));
  // a file may leave out what any profile sets; the parser knows which profile it has
  const left = Array.isArray(required) ? required.filter((name) => !names.has(String(name))) : [];
  if (left.length > 0) option["required"] = left;
  else delete option["required"];
  for (const name of names) {
    const property = properties[name];
    const values = [...defaults].flatMap(([profile, value]): [string, unknown][] =>
      isMapping(value) && Object.hasOwn(value, name) ? [[profile, value[name]]] : [],
    );
    if (isNode(property) && name !== "kind") withDefaults(property, new Map(values));
  }
}

/** Our keys under `config`, by zod's own conversion. */
function ours(): Node {
  const schema: Node = z.toJSONSchema(environmentConfig, {
    target: "draft-07",
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      const leaf = leafOf(zodSchema);
      if (leaf?.secret) Object.assign(jsonSchema, ENCRYPTED);
      else if (leaf && jsonSchema.description === undefined) jsonSchema.description = leaf.expects;
    },
  });
  withDefaults(schema, new Map(Object.entries(profiles)));
  return schema;
}

/** The JSON Schema of an environment's file, for editors. It knows types and names; the parser also knows the rules. */
export function environmentSchema(): Readonly<Record<string, unknown>> {
  const { properties, required } = ours();
  const byConcern = isNode(properties) ? properties : {};
  const names = Object.keys(concerns);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "An environment of filiera",
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: Object.fromEntries(names.map((name) => [NAMESPACE + name, byConcern[name]])),
        patternProperties: { [`^(?!${NAMESPACE})[^:]+:`]: {} },
        required: Array.isArray(required) ? required.map((name) => NAMESPACE + String(name)) : [],
        additionalProperties: false,
      },
      secretsprovider: { type: "string", description: "Pulumi's: what encrypts the secrets" },
      encryptionsalt: { type: "string", description: "Pulumi's: salt of the passphrase" },
      encryptedkey: { type: "string", description: "Pulumi's: the data key, encrypted" },
      environment: { description: "Pulumi's: environments of Pulumi ESC" },
    },
    required: ["config"],
    additionalProperties: false,
  };
}
