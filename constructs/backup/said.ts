import type { Problem } from "../kernel/errors.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";

/** The last line that is a document. */
export function documentIn(log: string): JsonObject {
  const line = log.split("\n").findLast((each) => each.startsWith("{"));
  const document: unknown = JSON.parse(line ?? "{}");
  return isObject(document) ? document : {};
}

/** What a program told in lines `error: [path] message`. */
export function problemsIn(log: string): Problem[] {
  const told = log.split("\n").flatMap((line): Problem[] => {
    const [, path, message] = /^error: \[([^\]]*)\] (.*)$/.exec(line) ?? [];
    return path !== undefined && message !== undefined ? [{ path, message }] : [];
  });
  return [...new Map(told.map((each) => [`${each.path} ${each.message}`, each])).values()];
}
