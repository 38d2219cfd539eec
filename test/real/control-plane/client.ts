import type { IncomingMessage } from "node:http";
import { type RequestOptions, request } from "node:https";
import { json } from "node:stream/consumers";
import type { KubeConfig } from "@kubernetes/client-node";
import { isObject, type JsonObject, listAt, objectAt, textAt } from "../../../constructs/kernel/json.ts";

/** An object as it goes to an API server and comes back. */
export interface KubeObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: KubeMetadata;
}

interface KubeMetadata extends JsonObject {
  readonly name: string;
  readonly namespace?: string;
}

/** An API server's refusal. */
export class Refusal extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, body: unknown) {
    super(textAt(body, "message") ?? `status ${status}`);
    this.status = status;
    this.reason = textAt(body, "reason") ?? "";
  }
}

/** How an object is applied. */
export interface ApplyOptions {
  /** Who owns the fields. @default "filiera" */
  readonly manager?: string;
  /** Admits it and stores nothing. @default false */
  readonly dryRun?: boolean;
  /** The part that is written: `status`. @default - the object */
  readonly subresource?: string;
}

/** An answer to `apply`. */
export interface Applied {
  readonly object: JsonObject;
  /** What the API server remarked: deprecated fields, pods that PodSecurity would refuse. */
  readonly warnings: readonly string[];
}

interface Answer {
  readonly body: JsonObject;
  readonly warnings: readonly string[];
}

/** A thin client of one API server: server-side apply with strict validation, and what tests look at. */
export class Client {
  readonly #config: KubeConfig;
  readonly #paths = new Map<string, { readonly plural: string; readonly namespaced: boolean }>();

  constructor(config: KubeConfig) {
    this.#config = config;
  }

  /** Server-side apply; an unknown or doubled field is an error, and so is a field that another manager owns. */
  async apply(object: KubeObject, options: ApplyOptions = {}): Promise<Applied> {
    const { manager = "filiera", dryRun = false, subresource } = options;
    const query = new URLSearchParams({
      fieldManager: manager,
      fieldValidation: "Strict",
      ...(dryRun && { dryRun: "All" }),
    });
    const path = [await this.pathOf(object), ...(subresource === undefined ? [] : [subresource])].join("/");
    const { body, warnings } = await this.request("PATCH", `${path}?${query}`, object, "application/apply-patch+yaml");
    return { object: body, warnings };
  }

  /** The object as it is now; undefined where there is none. A kind that is not served is a refusal. */
  async get(object: KubeObject): Promise<JsonObject | undefined> {
    const path = await this.pathOf(object);
    return absent(async () => (await this.request("GET", path)).body);
  }

  /** All objects of a kind, in all namespaces or one. */
  async list(apiVersion: string, kind: string, namespace?: string): Promise<readonly JsonObject[]> {
    const { body } = await this.request("GET", await this.#collection(apiVersion, kind, namespace));
    return listAt(body, "items");
  }

  async create(object: KubeObject): Promise<JsonObject> {
    const path = await this.#collection(object.apiVersion, object.kind, object.metadata.namespace);
    return (await this.request("POST", `${path}?fieldValidation=Strict`, object)).body;
  }

  /** Deletes an object; one that is not there is as good as deleted. */
  async delete(object: KubeObject): Promise<void> {
    const body = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Background" };
    const path = await this.pathOf(object);
    await absent(() => this.request("DELETE", path, body));
  }

  /** Path of an object in the API. */
  async pathOf({ apiVersion, kind, metadata }: KubeObject): Promise<string> {
    return `${await this.#collection(apiVersion, kind, metadata.namespace)}/${metadata.name}`;
  }

  async #collection(apiVersion: string, kind: string, namespace?: string): Promise<string> {
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const known = this.#paths.get(`${apiVersion}/${kind}`) ?? (await this.#discover(root, apiVersion, kind));
    return known.namespaced && namespace !== undefined
      ? `${root}/namespaces/${namespace}/${known.plural}`
      : `${root}/${known.plural}`;
  }

  async #discover(root: string, apiVersion: string, kind: string) {
    const list = await absent(() => this.request("GET", root));
    const resource = listAt(list?.body, "resources").find(
      (each) => each["kind"] === kind && !String(each["name"]).includes("/"),
    );
    if (!resource) throw new Refusal(404, { message: `${apiVersion} ${kind} is not served`, reason: "NotServed" });
    const found = { plural: String(resource["name"]), namespaced: resource["namespaced"] === true };
    this.#paths.set(`${apiVersion}/${kind}`, found);
    return found;
  }

  /** Any request; one that is refused is an error. */
  async request(method: string, path: string, body?: JsonObject, type = "application/json"): Promise<Answer> {
    const response = await this.#send(method, path, body, type);
    const status = response.statusCode ?? 0;
    const isJson = response.headers["content-type"]?.startsWith("application/json");
    const answered: unknown = isJson ? await json(response) : { message: await textOf(response) };
    if (status >= 300) throw new Refusal(status, answered);
    return { body: isObject(answered) ? answered : {}, warnings: warningsOf(response) };
  }

  async #send(method: string, path: string, body: JsonObject | undefined, type: string): Promise<IncomingMessage> {
    const url = new URL(path, this.#config.getCurrentCluster()?.server);
    const options: RequestOptions = { method, headers: { accept: "application/json" } };
    await this.#config.applyToHTTPSOptions(options);
    return new Promise((done, fail) => {
      const sent = request(url, options, done).once("error", fail);
      if (body) sent.setHeader("content-type", type).end(JSON.stringify(body));
      else sent.end();
    });
  }
}

/** The status of an object's condition: `True`, `False`, `Unknown`; undefined while it has none of that type. */
export function conditionOf(object: unknown, type: string): string | undefined {
  const found = listAt(objectAt(object, "status"), "conditions").find((each) => each["type"] === type);
  return textAt(found, "status");
}

async function absent<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return undefined;
    throw error;
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  return Buffer.concat(await response.toArray()).toString();
}

/** https://www.rfc-editor.org/rfc/rfc7234#section-5.5: `299 - "text"` */
function warningsOf(response: IncomingMessage): string[] {
  const header = response.headersDistinct["warning"] ?? [];
  return header.map((each) => each.replace(/^299 \S+ "(.*)"$/, "$1"));
}
