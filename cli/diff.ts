import differences, { type Difference } from "microdiff";
import type { JsonObject } from "../constructs/kernel/json.ts";
import { readEnvironment } from "./environment.ts";
import { renderPlatform } from "./render.ts";

/** `filiera diff`: what is in one environment only, and which fields differ in what is in both. */
export async function diff(name: string, other: string): Promise<void> {
  const [before, after] = [name, other].map((each) => objectsOf(each));
  if (!before || !after) return;
  const lines = [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((identity) => {
    const [mine, theirs] = [before.get(identity), after.get(identity)];
    if (!theirs) return [`- ${identity}`];
    if (!mine) return [`+ ${identity}`];
    const changes = differences(mine, theirs).map(line);
    return changes.length > 0 ? [`~ ${identity}`, ...changes] : [];
  });
  console.log(
    lines.length > 0 ? `--- ${name}\n+++ ${other}\n${lines.join("\n")}` : `${name} and ${other} are the same`,
  );
}

function objectsOf(name: string): Map<string, JsonObject> {
  return new Map(
    renderPlatform(readEnvironment(name)).map(({ object, manifest }) => [object.identity, { ...manifest }]),
  );
}

function line(change: Difference): string {
  const path = change.path.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
  const before = change.type === "CREATE" ? "" : `${JSON.stringify(change.oldValue)}`;
  const after = change.type === "REMOVE" ? "" : `${JSON.stringify(change.value)}`;
  return `    ${path.replace(/^\./, "")}: ${before || "(not there)"} → ${after || "(not there)"}`;
}
