import { isObject, type JsonObject, objectAt } from "../../constructs/kernel/json.ts";
import { placeOf } from "../doctor/cluster.ts";
import { type Finding, findingsOf } from "../findings/index.ts";
import { HOLE, type HoledObject, type WantedObject } from "../wanted/index.ts";
import { type Difference, differences } from "./compare.ts";

const say = findingsOf("drift");

/** How many differences of an object are named. */
const NAMED = 3;

/** Where an object that is there is not what the file says. */
export function drift(wanted: WantedObject, live: JsonObject, environment: string): readonly Finding[] {
  const found = differences(asStored(wanted.holed), live);
  if (found.length === 0) return [];
  const isSecret = wanted.manifest.kind === "Secret";
  const shown = found.slice(0, NAMED).map((each) => told(each, isSecret));
  const more = found.length > shown.length ? [`… ${found.length - shown.length} more`] : [];
  return [
    say.problem(
      placeOf(wanted.manifest),
      [...shown, ...more].join("; "),
      `filiera up ${environment} makes it what the file says`,
    ),
  ];
}

/** An object that the file asks for and nobody has. */
export function missing(wanted: WantedObject, environment: string): Finding {
  return say.problem(placeOf(wanted.manifest), "is not there", `filiera up ${environment} makes it`);
}

/** Objects of ours that the file does not ask for; those that another object owns come and go with it. */
export function leftovers(labelled: readonly JsonObject[], environment: string): readonly Finding[] {
  return labelled.map((object) =>
    say.problem(
      placeOf(object),
      "is filiera's, and the file does not ask for it",
      `filiera up ${environment} removes what it once made; kubectl delete removes the rest`,
    ),
  );
}

/** A Secret's texts as the API server keeps them. */
function asStored(manifest: HoledObject): { readonly [key: string]: unknown } {
  const { stringData, ...rest } = manifest;
  const texts: unknown = stringData;
  if (manifest["kind"] !== "Secret" || !isObject(texts)) return manifest;
  const values: readonly (readonly [string, unknown])[] = Object.entries(texts);
  const encoded = values.map(([key, value]): [string, unknown] => [
    key,
    value === HOLE ? HOLE : Buffer.from(String(value)).toString("base64"),
  ]);
  return { ...rest, data: { ...objectAt(manifest, "data"), ...Object.fromEntries(encoded) } };
}

function told({ field, wanted, found }: Difference, isSecret: boolean): string {
  if (wanted === HOLE) return `${field} is not there`;
  if (isSecret && /^(?:data|stringData)/.test(field)) return `${field} is not what the file says`;
  const [asked, is] = shown(wanted, found);
  if (wanted === undefined) return `${field} is ${is}, of which the file says nothing`;
  if (found === undefined) return `${field} is not there, and the file says ${asked}`;
  return `${field} is ${is}, and the file says ${asked}`;
}

/** Both as JSON, long ones from shortly before where they begin to differ. */
function shown(wanted: unknown, found: unknown): [string, string] {
  const [one, other] = [JSON.stringify(wanted) ?? "", JSON.stringify(found) ?? ""];
  const differs = [...one].findIndex((character, i) => character !== other[i]);
  const from = wanted !== undefined && found !== undefined && differs > LONG / 2 ? differs - LONG / 3 : 0;
  const cut = (text: string): string =>
    text.length <= LONG
      ? text
      : `${from > 0 ? "…" : ""}${text.slice(from, from + LONG)}${from + LONG < text.length ? "…" : ""}`;
  return [cut(one), cut(other)];
}

const LONG = 60;
