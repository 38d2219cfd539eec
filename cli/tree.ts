import { amountNames, count, formatAmounts, formatFigure } from "../stacks/plan/amounts.ts";
import { bandsOf, type Group, shortTitle } from "../stacks/plan/groups.ts";
import type { Plan, PlannedResource } from "../stacks/plan/plan.ts";
import { printed, type Screen, type Span, wrapped } from "./screen.ts";

/** How many unresolved images are named. */
const NAMED = 5;

/**
 * A plan as a tree for a terminal: layers from the ground up, in them namespaces, in them resources, those of a kind
 * on one line unless they run or store something; then what all of it asks for.
 */
export function treeOf(plan: Plan, options: Screen): string {
  const { environment, totals } = plan;
  const heading: Span[] = [
    ["bold", environment],
    `  ${count(totals.resources, "resource")}, ${totals.objects} of them objects of Kubernetes`,
  ];
  const lines: Span[][] = [heading, []];
  for (const { layer, groups } of bandsOf(plan)) {
    lines.push([["bold", layer]]);
    for (const [i, group] of groups.entries()) lines.push(...branch(group, i === groups.length - 1, options.columns));
  }
  lines.push([], ...totalLines(plan), [], ...imageLines(plan), ...warningLines(plan, options.columns));
  return `${lines.map((line) => printed(line, options)).join("\n")}\n`;
}

function branch({ name, resources }: Group, last: boolean, columns: number): Span[][] {
  const rail = last ? "   " : "│  ";
  const runs = runsOf(resources);
  return [
    [
      ["dim", last ? "└─ " : "├─ "],
      ["cyan", name],
    ],
    ...runs.map((run, i): Span[] => {
      const start = `${rail}${i === runs.length - 1 ? "└─ " : "├─ "}`;
      return [["dim", start], ...leaf(run, columns - start.length)];
    }),
  ];
}

/** Resources of one kind and with the same flags that run and store nothing; each other one alone. */
function runsOf(resources: readonly PlannedResource[]): PlannedResource[][] {
  const runs = new Map<string, PlannedResource[]>();
  for (const resource of resources) {
    const key = resource.footprint ? resource.urn : `${resource.type} ${markOf(resource)}`;
    runs.set(key, [...(runs.get(key) ?? []), resource]);
  }
  return [...runs.values()];
}

function leaf(run: readonly PlannedResource[], columns: number): Span[] {
  const [first] = run;
  if (!first) return [];
  const mark = markOf(first);
  const flags: Span[] = mark === "" ? [] : [["yellow", `  ${mark}`]];
  if (run.length === 1) {
    const { kind, footprint } = first;
    const asks = footprint ? formatAmounts(footprint).join(", ") : "";
    const bill = footprint?.source === "bill" ? " (bill)" : "";
    // flags first: a narrow terminal cuts the end
    return [`${kind} ${shortTitle(first)}`, ...flags, ...(asks ? [["dim", `  ${asks}${bill}`] as const] : [])];
  }
  const label = `${first.kind} ×${run.length}: `;
  return [label, joined(run.map(shortTitle), columns - label.length - (mark === "" ? 0 : mark.length + 2)), ...flags];
}

/** As many names as fit, and how many are left. */
function joined(names: readonly string[], columns: number): string {
  const all = names.join(", ");
  if (all.length <= columns) return all;
  for (let shown = names.length - 1; shown > 0; shown -= 1) {
    const text = `${names.slice(0, shown).join(", ")}, … ${names.length - shown} more`;
    if (text.length <= columns) return text;
  }
  return names[0] ?? "";
}

function markOf({ protect, retainOnDelete }: PlannedResource): string {
  return [...(protect ? ["protected"] : []), ...(retainOnDelete ? ["kept"] : [])].join(", ");
}

function totalLines({ totals }: Plan): Span[][] {
  const { fromBills } = totals;
  return amountNames.map((name) => {
    const bills: Span[] =
      fromBills[name] > 0 ? [["dim", `  of which ${formatFigure(name, fromBills[name])} by bills`]] : [];
    return [["dim", name.padEnd(9)], formatFigure(name, totals[name]).padStart(12), ...bills];
  });
}

function imageLines({ images }: Plan): Span[][] {
  const unresolved = images.filter(({ resolved }) => !resolved);
  const verdict: Span =
    unresolved.length > 0 ? ["yellow", `  ${unresolved.length} not resolved to a digest`] : ["dim", "  all resolved"];
  const rest = unresolved.length - NAMED;
  return [
    [["dim", "images".padEnd(9)], String(images.length).padStart(12), verdict],
    ...unresolved.slice(0, NAMED).map(({ reference }): Span[] => [["dim", `  ${reference}`]]),
    ...(rest > 0 ? [[["dim", `  … ${rest} more`] as const]] : []),
  ];
}

function warningLines({ warnings }: Plan, columns: number): Span[][] {
  if (warnings.length === 0) return [];
  return [
    [],
    ...warnings.flatMap((warning) =>
      wrapped(warning, columns - 2).map((line, i): Span[] => [["yellow", `${i === 0 ? "!" : " "} ${line}`]]),
    ),
  ];
}
