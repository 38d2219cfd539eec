import type { Problem } from "../../constructs/kernel/errors.ts";
import type { TaskNode } from "../graph/graph.ts";
import type { KubernetesSettings } from "../language/kubernetes.ts";
import { Ref } from "../language/refs.ts";
import type { Memory, Resources, Retry, Settings, Time } from "../language/settings.ts";
import { coresOf, gigabytesOf, secondsOf } from "./units.ts";

const OF_CONTAINERS = ["resources", "env", "image", "kubernetes", "timeout"] as const;

/** What is wrong with how a task is to be run. */
export function checkSettings({ step, settings }: TaskNode, path: string): readonly Problem[] {
  if (step.kind === "container" || step.kind === "python") return checkUnits(settings, path);
  const what = step.kind === "pipeline" ? "a pipeline" : "an import";
  return OF_CONTAINERS.filter((name) => settings[name] !== undefined).map((name) => ({
    path: `${path}.${name}`,
    message: `found a setting of containers, and ${what} has none: leave it out`,
  }));
}

function checkUnits({ timeout, retry, resources, kubernetes }: Settings, path: string): readonly Problem[] {
  return [
    ...checkTime(timeout, `${path}.timeout`),
    ...(retry ? checkRetry(retry, `${path}.retry`) : []),
    ...(resources ? checkResources(resources, `${path}.resources`) : []),
    ...(kubernetes ? checkVolumes(kubernetes, `${path}.kubernetes`) : []),
  ];
}

function checkRetry({ times, wait, factor, longest }: Retry, path: string): readonly Problem[] {
  return [
    ...checkCount(times, 0, `${path}.times`),
    ...checkTime(wait, `${path}.wait`),
    ...(factor !== undefined && !(factor >= 1) ? [problem(`${path}.factor`, factor, "1 or more")] : []),
    ...checkTime(longest, `${path}.longest`),
  ];
}

function checkResources(resources: Resources, path: string): readonly Problem[] {
  const { cpuRequest, cpuLimit, memoryRequest, memoryLimit, accelerator } = resources;
  const cpu = { cpuRequest, cpuLimit };
  const cores = "cores such as 2 or 0.5, or thousandths of one such as 500m";
  return [
    ...Object.entries(cpu).flatMap(([name, value]) =>
      value === undefined || value instanceof Ref || coresOf(value) >= 0
        ? []
        : [problem(`${path}.${name}`, value, cores)],
    ),
    ...Object.entries({ memoryRequest, memoryLimit }).flatMap(([name, value]) =>
      value instanceof Ref ? [] : checkMemory(value, `${path}.${name}`),
    ),
    ...(accelerator && !(accelerator.count instanceof Ref)
      ? checkCount(accelerator.count, 0, `${path}.accelerator.count`)
      : []),
  ];
}

function checkVolumes(
  { emptyDirs, ephemeralVolumes, nodeAffinity }: KubernetesSettings,
  path: string,
): readonly Problem[] {
  return [
    ...(emptyDirs ?? []).flatMap(({ sizeLimit }, at) => checkMemory(sizeLimit, `${path}.emptyDirs[${at}].sizeLimit`)),
    ...(ephemeralVolumes ?? []).flatMap(({ size }, at) => checkMemory(size, `${path}.ephemeralVolumes[${at}].size`)),
    ...(nodeAffinity ?? []).flatMap((each, at) =>
      each instanceof Ref || each.weight === undefined || (each.weight >= 1 && each.weight <= 100)
        ? []
        : [problem(`${path}.nodeAffinity[${at}].weight`, each.weight, "1 to 100")],
    ),
  ];
}

/** What is wrong with a time. */
export function checkTime(time: Time | undefined, path: string): readonly Problem[] {
  const isTime = time === undefined || Number.isFinite(secondsOf(time));
  return isTime ? [] : [problem(path, time, "a whole number and a unit, s, m, h or d")];
}

/** What is wrong with an amount of memory. */
export function checkMemory(memory: Memory | undefined, path: string): readonly Problem[] {
  const isMemory = memory === undefined || (/[A-Z]i?$/.test(memory) && Number.isFinite(gigabytesOf(memory)));
  return isMemory ? [] : [problem(path, memory, "a whole number and a unit such as Gi or G")];
}

/** What is wrong with a number of things. */
export function checkCount(count: number, least: number, path: string): readonly Problem[] {
  return Number.isInteger(count) && count >= least ? [] : [problem(path, count, `a whole number, ${least} or more`)];
}

function problem(path: string, found: string | number, wanted: string): Problem {
  return { path, message: `found ${JSON.stringify(found)}: give it ${wanted}` };
}
