import { isMap, parseDocument } from "yaml";
import { FilieraError } from "../../constructs/kernel/errors.ts";
import { type ClusterConfig, ORIGINAL } from "../../constructs/postgres/config.ts";

/** A cluster to be made from backups, as a file asks for it. */
export interface Recovery {
  readonly name: string;
  /** The cluster whose backups are recovered. */
  readonly from: string;
  /** The moment, such as `2026-11-27T10:00:00Z`. */
  readonly to: string;
}

/** A name that no cluster of the environment has or had: `postgres-2`, then `postgres-3`. */
export function freeName({ recoveries, retired }: Pick<ClusterConfig, "recoveries" | "retired">): string {
  const taken = new Set([ORIGINAL, ...Object.keys(recoveries), ...retired]);
  for (let number = 2; ; number += 1) if (!taken.has(`${ORIGINAL}-${number}`)) return `${ORIGINAL}-${number}`;
}

/**
 * The text of an environment's file with one more recovery, all else as it was: comments, order, quotes.
 *
 * @throws FilieraError where the file has something else in that place
 */
export function withRecovery(source: string, { name, from, to }: Recovery): string {
  const document = parseDocument(source);
  const path = ["config", "filiera:postgres", "recoveries"];
  for (const length of [1, 2, 3]) {
    const found = document.getIn(path.slice(0, length), true);
    if (found !== undefined && !isMap(found))
      throw FilieraError.at(path.slice(1, length).join(".") || "config", "is no mapping: write it as one");
  }
  document.setIn([...path, name], document.createNode({ ...(from !== ORIGINAL && { from }), to }));
  return document.toString({ lineWidth: 0 });
}
