import { isObject, type JsonObject, listAt, textAt } from "../../constructs/kernel/json.ts";
import type { ClusterAccess } from "./access.ts";
import { send } from "./request.ts";

/** How many objects a page of a list has. */
const PAGE = 500;
/** Questions asked at a time. */
const AT_A_TIME = 8;
const METADATA = "application/json;as=PartialObjectMetadata";

/** @see Reader.list */
export interface ListOptions {
  /** A label selector. */
  readonly labels?: string;
  /** A field selector. */
  readonly fields?: string;
  /** Whether to ask for nothing but metadata. @default false */
  readonly metadataOnly?: boolean;
  /** What to keep of each object. @default - all of it */
  readonly pick?: (object: JsonObject) => JsonObject;
}

/** Something that the caller may do or not. */
export interface Action {
  readonly verb: string;
  readonly group: string;
  /** The plural, such as `deployments`. */
  readonly resource: string;
  /** @default - the whole cluster */
  readonly namespace?: string;
}

/**
 * Reads from a cluster what its API server says, as it says it: without a client's own idea of the fields of a kind.
 * It knows no request that changes anything.
 */
export class Reader {
  readonly #access: ClusterAccess;
  readonly #waiting: (() => void)[] = [];
  #asking = 0;

  constructor(access: ClusterAccess) {
    this.#access = access;
  }

  /**
   * What is at a path, such as `/apis/apps/v1/namespaces/mlflow/deployments/mlflow`; undefined where nothing is.
   *
   * @throws AccessError
   */
  async get(path: string, { metadataOnly = false } = {}): Promise<JsonObject | undefined> {
    const accept = metadataOnly ? `${METADATA};g=meta.k8s.io;v=v1` : "application/json";
    return this.#access.find(this.#request("GET", path, accept));
  }

  /**
   * The objects of a kind; none where the kind is not served.
   *
   * @throws AccessError
   */
  async list(path: string, options: ListOptions = {}): Promise<JsonObject[]> {
    const { labels, fields, metadataOnly = false, pick = (object) => object } = options;
    const objects: JsonObject[] = [];
    let next = "";
    do {
      const query = new URLSearchParams({
        limit: String(PAGE),
        ...(labels && { labelSelector: labels }),
        ...(fields && { fieldSelector: fields }),
        ...(next && { continue: next }),
      });
      const accept = metadataOnly ? `${METADATA}List;g=meta.k8s.io;v=v1` : "application/json";
      const page = await this.#access.find(this.#request("GET", `${path}?${query}`, accept));
      objects.push(...listAt(page, "items").map(pick));
      next = textAt(page, "metadata", "continue") ?? "";
    } while (next !== "");
    return objects;
  }

  /**
   * Whether the caller may do something. The question itself is asked by a request that stores nothing.
   *
   * @throws AccessError
   */
  async may({ verb, group, resource, namespace }: Action): Promise<boolean> {
    const review = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: { verb, group, resource, ...(namespace !== undefined && { namespace }) } },
    };
    const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    const answer = await this.#access.ask(this.#request("POST", path, "application/json", JSON.stringify(review)));
    const { status } = answer;
    return isObject(status) && status["allowed"] === true;
  }

  async #request(method: "GET" | "POST", path: string, accept: string, body?: string): Promise<JsonObject> {
    if (this.#asking >= AT_A_TIME) await new Promise<void>((go) => this.#waiting.push(go));
    this.#asking += 1;
    try {
      return await send(this.#access, { method, path, accept, ...(body !== undefined && { body }) });
    } finally {
      this.#asking -= 1;
      this.#waiting.shift()?.();
    }
  }
}
