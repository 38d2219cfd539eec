import type { IConstruct } from "constructs";
import { stringify } from "yaml";
import { bind } from "./bind.ts";
import { withChecksums } from "./checksum.ts";
import { describe } from "./describe.ts";
import { FilieraError, messageOf } from "./errors.ts";
import { groupOf } from "./identity.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import { collect } from "./objects.ts";
import { type OrderedObject, order } from "./order.ts";

/** A manifest without late values, as a cluster or a person would read it. */
export interface RenderedObject {
  readonly object: OrderedObject;
  readonly manifest: JsonObject;
  /** Whether holes such as `${mlflow/admin}` are left: what has some must be filled before it is applied. */
  readonly template: boolean;
}

/**
 * Renders the objects below a construct for GitOps, in order. Fields that another owner changes while the platform
 * runs are left out, so that the two do not fight; late values become holes with names.
 */
export function render(scope: IConstruct): RenderedObject[] {
  return order(scope, withChecksums(collect(scope), undefined)).map((object) => {
    let template = false;
    try {
      const bound = bind<string>(object.manifest, (expression) => {
        template = true;
        return describe(expression);
      });
      const manifest = isObject(bound) ? withoutFields(bound, object.options.ignoreChanges) : {};
      return { object, manifest, template };
    } catch (error) {
      throw FilieraError.at(object.construct.node.path, messageOf(error));
    }
  });
}

/** A document without the fields that somebody else owns, as `ignoreChanges` names them. */
export function withoutFields(document: JsonObject, fields: readonly string[] = []): JsonObject {
  return fields.map(keysOf).reduce(without, document);
}

/** Paths are Pulumi's: `spec.replicas`, `metadata.annotations["example.com/owner"]`. */
function keysOf(path: string): string[] {
  return [...path.matchAll(/\["([^"]*)"\]|[^.[\]]+/g)].map(([key, quoted]) => quoted ?? key);
}

function without(manifest: JsonObject, [key = "", ...rest]: readonly string[]): JsonObject {
  if (!Object.hasOwn(manifest, key)) return manifest;
  const { [key]: value, ...others } = manifest;
  if (rest.length === 0) return others;
  return isObject(value) ? { ...manifest, [key]: without(value, rest) } : manifest;
}

/**
 * YAML as this project writes it: lines are not folded, nothing is aliased, keys keep their order, and a text that
 * YAML 1.1 would read as something else (`off`, `0777`), as kubectl and the API server do, is quoted.
 */
export function toYaml(document: Json): string {
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false, compat: "yaml-1.1" });
}

/**
 * Names of the manifests' files, in their order: `namespace/Kind-name.yaml`, `_cluster/…` for what has no namespace.
 * Stable, whatever else is rendered; the group is added where two kinds of one name would meet.
 */
export function fileNamesOf(manifests: readonly JsonObject[]): string[] {
  const taken = new Set<string>();
  return manifests.map((manifest) => {
    const { kind, metadata, apiVersion } = manifest;
    const { namespace, name } = isObject(metadata) ? metadata : {};
    // colons, which some file systems refuse, are in names of roles only, where underscores are rare
    const file = (kindName: string): string =>
      `${namespace ?? "_cluster"}/${kindName}-${String(name).replaceAll(":", "_")}.yaml`;
    const short = file(String(kind));
    const unique = taken.has(short) ? file(`${kind}.${groupOf(String(apiVersion))}`) : short;
    taken.add(unique);
    return unique;
  });
}
