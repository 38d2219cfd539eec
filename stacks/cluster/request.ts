import { request as http } from "node:http";
import { request as https, type RequestOptions } from "node:https";
import { isObject, type JsonObject } from "../../constructs/kernel/json.ts";
import type { NamedContext } from "./kubeconfig.ts";

/** Long enough for a page of a large cluster. */
const SECONDS = 30;

/** A request to an API server, and how long its answer may keep one waiting. */
export interface Question {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly accept: string;
  readonly body?: string;
  /** @default 30 */
  readonly seconds?: number;
}

/**
 * Sends a request in the name of a context, and reads the answer as JSON. An error has the status as its `code` and
 * what was said as its `body`, or the code of the socket; whoever does not answer is given up (`ETIMEDOUT`).
 */
export async function send({ config, server }: NamedContext, question: Question): Promise<JsonObject> {
  const { method, path, accept, body, seconds = SECONDS } = question;
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const headers = {
    ...options.headers,
    Accept: accept,
    ...(body !== undefined && { "Content-Type": "application/json" }),
  };
  const url = new URL(`${server.replace(/\/$/, "")}${path}`);
  return new Promise((done, fail) => {
    const start = url.protocol === "http:" ? http : https;
    const asked = start(url, { ...options, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("error", fail);
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const code = response.statusCode ?? 0;
        const object = code < 200 || code > 299 ? undefined : parsed(text);
        if (object) done(object);
        // what is no JSON comes from something in between
        else fail(Object.assign(new Error(`HTTP ${code}`), { code, body: text.slice(0, LONGEST) }));
      });
    });
    asked.setTimeout(seconds * 1000, () =>
      asked.destroy(Object.assign(new Error(`no answer in ${seconds} s`), { code: "ETIMEDOUT" })),
    );
    asked.on("error", fail);
    asked.end(body);
  });
}

/** As much as is read of what an error says. */
const LONGEST = 10_000;

function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
