import { isObject, type JsonObject } from "../../constructs/kernel/json.ts";
import { placeOf } from "../doctor/cluster.ts";
import { type Finding, findingsOf } from "../findings/index.ts";
import { HOLE, type Holed, type HoledObject, type WantedObject } from "../wanted/index.ts";
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
function asStored(manifest: HoledObject): HoledObject {
  const { stringData, ...rest } = manifest;
  if (manifest["kind"] !== "Secret" || stringData === undefined || !isHoled(stringData)) return manifest;
  const data = manifest["data"];
  const encoded = Object.entries(stringData).map(([key, value]): [string, Holed] => [
    key,
    value === HOLE ? HOLE : Buffer.from(String(value)).toString("base64"),
  ]);
  return { ...rest, data: { ...(data !== undefined && isHoled(data) && data), ...Object.fromEntries(encoded) } };
}

function isHoled(value: Holed): value is HoledObject {
  return isObject(value);
}

function told({ field, wanted, found }: Difference, isSecret: boolean): string {
  if (wanted === HOLE) return `${field} is not there`;
  if (isSecret && /^(?:data|stringData)/.test(field)) return `${field} is not what the file says`;
  if (wanted === undefined) return `${field} is ${shown(found)}, of which the file says nothing`;
  if (found === undefined) return `${field} is not there, and the file says ${shown(wanted)}`;
  return `${field} is ${shown(found)}, and the file says ${shown(wanted)}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
