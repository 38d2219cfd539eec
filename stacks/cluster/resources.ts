import { at, type JsonObject, listAt, textAt } from "../../constructs/kernel/json.ts";
import type { Manifest } from "../../constructs/kernel/objects.ts";
import type { Reader } from "./reader.ts";

/** How a kind is called in paths. */
export interface Resource {
  readonly plural: string;
  readonly namespaced: boolean;
}

type Resources = ReadonlyMap<string, Resource>;

/** The kinds that a cluster serves, asked for by version and remembered. */
export class ServedKinds {
  readonly #reader: Reader;
  readonly #known = new Map<string, Promise<Resources>>();

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** A kind of an apiVersion; undefined where it is not served. */
  async of(apiVersion: string, kind: string): Promise<Resource | undefined> {
    const before = this.#known.get(apiVersion);
    const asked = before ?? this.#ask(apiVersion);
    this.#known.set(apiVersion, asked);
    return (await asked).get(kind);
  }

  /** The path of an object; undefined where its kind is not served. */
  async pathOf({ apiVersion, kind, metadata }: Manifest): Promise<string | undefined> {
    const collection = await this.collectionOf(apiVersion, kind, metadata.namespace);
    return collection === undefined ? undefined : `${collection}/${metadata.name}`;
  }

  /** The path of all objects of a kind, in one namespace or in all. */
  async collectionOf(apiVersion: string, kind: string, namespace?: string): Promise<string | undefined> {
    const resource = await this.of(apiVersion, kind);
    if (!resource) return undefined;
    const within = resource.namespaced && namespace !== undefined ? `/namespaces/${namespace}` : "";
    return `${rootOf(apiVersion)}${within}/${resource.plural}`;
  }

  async #ask(apiVersion: string): Promise<Resources> {
    const found = await this.#reader.get(rootOf(apiVersion));
    return new Map(listAt(found, "resources").flatMap(entry));
  }
}

/** Subresources, such as `deployments/scale`, are no kinds of their own. */
function entry(resource: JsonObject): [string, Resource][] {
  const [plural, kind] = [textAt(resource, "name"), textAt(resource, "kind")];
  if (plural === undefined || kind === undefined || plural.includes("/")) return [];
  return [[kind, { plural, namespaced: at(resource, "namespaced") === true }]];
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
