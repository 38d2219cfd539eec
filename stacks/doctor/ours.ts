import { type JsonObject, objectAt } from "../../constructs/kernel/json.ts";
import { PART_OF } from "../../constructs/workload/index.ts";

/** Whether an object in a cluster says that it is filiera's. */
export function isOurs(object: JsonObject): boolean {
  const labels = objectAt(object, "metadata", "labels");
  return Object.entries(PART_OF).every(([label, value]) => labels[label] === value);
}
