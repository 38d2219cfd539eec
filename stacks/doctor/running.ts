import { at, type JsonObject, listAt, textAt } from "../../constructs/kernel/json.ts";
import type { OperatorChart } from "../../constructs/operator/index.ts";

/** A Deployment of an operator. */
export interface RunningOperator {
  readonly namespace: string;
  readonly name: string;
  /** From its image's tag; undefined where that says none. */
  readonly version: string | undefined;
  readonly available: boolean;
}

/** The Deployments that run an operator's images, from whatever registry they come. */
export function runningOf({ bill }: OperatorChart, deployments: readonly JsonObject[]): RunningOperator[] {
  const images = new Set(bill.images.map(baseOf));
  return deployments.flatMap((deployment): RunningOperator[] => {
    const containers = listAt(deployment, "spec", "template", "spec", "containers");
    const image = containers.flatMap((each) => textAt(each, "image") ?? []).find((each) => images.has(baseOf(each)));
    if (image === undefined) return [];
    return [
      {
        namespace: textAt(deployment, "metadata", "namespace") ?? "",
        name: textAt(deployment, "metadata", "name") ?? "",
        version: tagOf(image),
        available: Number(at(deployment, "status", "availableReplicas") ?? 0) > 0,
      },
    ];
  });
}

/** `cloudnative-pg` of `ghcr.io/cloudnative-pg/cloudnative-pg:1.30.0`. */
function baseOf(image: string): string {
  const path = image.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The version that a reference names, if its tag looks like one. */
export function tagOf(image: string): string | undefined {
  return /:(v?\d+\.\d+[\w.-]*)(?:@.*)?$/.exec(image)?.[1];
}

/** Negative where the first version is older, zero where their numbers are the same; a leading `v` says nothing. */
export function compareVersions(one: string, other: string): number {
  const [mine, theirs] = [numbersOf(one), numbersOf(other)];
  for (let i = 0; i < Math.max(mine.length, theirs.length); i += 1) {
    const difference = (mine[i] ?? 0) - (theirs[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function numbersOf(version: string): number[] {
  const [core = ""] = version.replace(/^v/, "").split(/[-+]/, 1);
  return core.split(".").map((part) => Number.parseInt(part, 10) || 0);
}
