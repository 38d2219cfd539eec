import differences, { type Difference } from "microdiff";
import type { Json, JsonObject } from "../constructs/kernel/json.ts";
import { isObject } from "../constructs/kernel/json.ts";
import { readEnvironment } from "./environment.ts";
import { renderPlatform } from "./render.ts";

/** `filiera diff`: what is in one environment only, and which fields differ in what is in both. */
export async function diff(name: string, other: string): Promise<void> {
  const before = objectsOf(name);
  const after = objectsOf(other);
  const lines = [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((identity) => {
    const [mine, theirs] = [before.get(identity), after.get(identity)];
    if (!theirs) return [`- ${identity}`];
    if (!mine) return [`+ ${identity}`];
    const changes = differences(mine, theirs).map(line);
    return changes.length > 0 ? [`~ ${identity}`, ...changes] : [];
  });
  console.log(
    lines.length > 0 ? [`--- ${name}`, `+++ ${other}`, ...lines].join("\n") : `${name} and ${other} are the same`,
  );
}

/** A name that ends in a hash of what it stands for, as a Job's does. */
const HASHED = /^(.*)-[0-9a-f]{8}$/;

/** The objects by identity, comparable: hashes in names say only that something differs, and texts of JSON are opened. */
function objectsOf(name: string): Map<string, JsonObject> {
  const rendered = renderPlatform(readEnvironment(name));
  const names = rendered.map(({ object }) => object.manifest.metadata.name);
  const plain = new Map(names.flatMap((each) => (HASHED.test(each) ? [[each, each.replace(HASHED, "$1-*")]] : [])));
  const comparable = (value: Json | undefined): Json => {
    if (typeof value === "string") return plain.get(value) ?? opened(value);
    if (isList(value)) return byName(value.map((item) => comparable(item)));
    if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, comparable(item)]));
    return value ?? null;
  };
  return new Map(
    rendered.map(({ object: { identity }, manifest }) => {
      const compared = comparable(manifest);
      return [identity.replace(HASHED, "$1-*"), isObject(compared) ? compared : {}];
    }),
  );
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** A list whose members have names, such as containers and variables, as a map: their order says nothing. */
function byName(list: readonly Json[]): Json {
  const named = list.flatMap((item): [string, Json][] => {
    const name = isObject(item) ? item["name"] : undefined;
    return typeof name === "string" ? [[name, item]] : [];
  });
  const map = Object.fromEntries(named);
  return list.length > 0 && Object.keys(map).length === list.length ? map : list;
}

function opened(text: string): Json {
  if (!/^[[{]/.test(text)) return text;
  try {
    const parsed: Json = JSON.parse(text);
    return parsed;
  } catch {
    return text;
  }
}

function line(change: Difference): string {
  const path = change.path.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
  const before = change.type === "CREATE" ? "(not there)" : JSON.stringify(change.oldValue);
  const after = change.type === "REMOVE" ? "(not there)" : JSON.stringify(change.value);
  return `    ${path.replace(/^\./, "")}: ${short(before, after)} → ${short(after, before)}`;
}

/** Long texts from shortly before where they begin to differ. */
function short(text: string, other: string): string {
  const limit = 80;
  if (text.length <= limit) return text;
  const differs = [...text].findIndex((character, i) => character !== other[i]);
  const from = differs > limit / 2 ? differs - 20 : 0;
  const cut = text.slice(from, from + limit);
  return `${from > 0 ? "…" : ""}${cut}${from + limit < text.length ? "…" : ""}`;
}
