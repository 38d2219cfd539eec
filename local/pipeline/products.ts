import { existsSync, readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { at, listAt, objectAt, textAt } from "../../constructs/kernel/json.ts";
import type { TaskRecord } from "./record.ts";

/** What a step of the library brought about, a line each: by its function, from its outputs and its reports. */
export function productsOf(step: string, { outputs }: TaskRecord): readonly string[] {
  return outputs === undefined ? [] : (PRODUCTS[step]?.(outputs) ?? []);
}

type Told = (outputs: unknown) => readonly string[];

const PRODUCTS: Readonly<Record<string, Told>> = {
  ingest: (outputs) => {
    const { rows, sha256 } = objectAt(outputs, "data", "metadata");
    return [`${figure(rows)} rows, SHA-256 ${shortened(sha256)}`];
  },
  validate_data: (outputs) => {
    const { skew, skewed, max_skew } = objectAt(reportOf(outputs));
    const [most] = Object.entries(objectAt(skew)).sort((one, two) => Number(two[1]) - Number(one[1]));
    if (!most) return ["its schema holds"];
    const far = Array.isArray(skewed) ? skewed.length : 0;
    const moved = `${far === 0 ? "no column" : `${far} of its columns`} moved by more than ${max_skew}`;
    return ["its schema holds", `${moved}, ${most[0]} by ${rounded(most[1])}`];
  },
  preprocess: parts,
  split_feedback: parts,
  prepare_demand: parts,
  window: (outputs) => [`${figure(at(outputs, "windows", "metadata", "rows"))} windows`],
  train: trained,
  train_recommender: trained,
  train_forecaster: trained,
  train_images: trained,
  train_series: trained,
  fairness_gate: judged,
  judge_ranking: judged,
  evaluate: measured,
  evaluate_ranking: measured,
  evaluate_forecast: measured,
  register: (outputs) => {
    const { name, version } = objectAt(outputs, "registered", "metadata");
    return [`model ${name}, version ${version}`];
  },
  promote: (outputs) => {
    const promoted = at(outputs, "promoted") === true;
    return [`${promoted ? "promoted" : "not promoted"}: ${textAt(outputs, "reason")}`];
  },
  record_lineage: (outputs) => [`its record ends with ${shortened(at(outputs, "head"))}`],
  deploy: (outputs) => {
    const { verdict, says, request } = objectAt(reportOf(outputs));
    const steps = listAt(request, "traffic", "steps").map(({ percent }) => `${percent} %`);
    const before = textAt(request, "previous", "uri");
    const back = before === undefined ? "nothing to go back to" : `back to ${before}`;
    return [`${verdict}: ${says}`, ...(steps.length > 0 ? [`traffic ${steps.join(", ")}; ${back}`] : [])];
  },
  plan_stock: (outputs) => [
    `orders for ${figure(at(outputs, "orders", "metadata", "rows"))} items, by ${textAt(outputs, "by")}`,
    `of a delivery's cost it saves ${rounded(at(outputs, "saving"))}`,
  ],
};

function parts(outputs: unknown): readonly string[] {
  const tables = ["train", "validation", "test", "holdout"].flatMap((part) => {
    const rows = at(outputs, part, "metadata", "rows");
    return rows === undefined ? [] : [`${part} ${figure(rows)}`];
  });
  return [`rows: ${tables.join(", ")}`];
}

function trained(outputs: unknown): readonly string[] {
  const { estimator, inputs } = objectAt(outputs, "model", "metadata");
  return [`${estimator}${inputs === undefined ? "" : `, ${Object.keys(objectAt(inputs)).length} features`}`];
}

function judged(outputs: unknown): readonly string[] {
  const { mitigation, after, before } = objectAt(reportOf(outputs));
  const found = Object.entries(objectAt(after ?? before, "groups")).flatMap(([group, about]) =>
    listAt(about, "measures").map(
      ({ measure, value, limit }) =>
        `${group}: ${String(measure).replaceAll("_", " ")} ${rounded(value)}, limit ${limit}`,
    ),
  );
  const how = mitigation === "none" || mitigation === undefined ? "" : `, after ${mitigation}`;
  return [`fairness: ${textAt(outputs, "verdict")}${how}`, ...found];
}

function measured(outputs: unknown): readonly string[] {
  const report = reportOf(outputs);
  const metrics = Object.keys(objectAt(report)).filter((name) => at(report, name, "value") !== undefined);
  // slices are told by the metric that models are compared by
  const first = ["auc", "ndcg", ...metrics].find((name) => metrics.includes(name)) ?? "";
  const slices = Object.entries(objectAt(report, "slices")).flatMap(([column, values]) =>
    Object.entries(objectAt(values)).map(([value, found]) => `${column} ${value}: ${metricIn(found, first)}`),
  );
  const ordered = [first, ...metrics.filter((name) => name !== first)].filter((name) => name !== "");
  return [...ordered.map((name) => metricIn(report, name)), ...slices];
}

/** What a step wrote to its output `report`, a JSON file of this machine. */
function reportOf(outputs: unknown): unknown {
  const path = textAt(outputs, "report", "uri");
  if (path === undefined || !isAbsolute(path) || !existsSync(path)) return {};
  const report: unknown = JSON.parse(readFileSync(path, "utf8"));
  return report;
}

/** `AUC 0.962 (0.952 to 0.970)`, or that the rows do not tell. */
function metricIn(report: unknown, name: string): string {
  const { value, low, high } = objectAt(report, name);
  const shown = /^(?:auc|f1|ndcg)$/.test(name) ? name.toUpperCase() : name;
  if (typeof value !== "number") return `${shown} not told by the rows`;
  return `${shown} ${rounded(value)}${typeof low === "number" ? ` (${rounded(low)} to ${rounded(high)})` : ""}`;
}

function shortened(hash: unknown): string {
  return `${String(hash).slice(0, 12)}…`;
}

function rounded(value: unknown): string {
  return typeof value === "number" ? value.toFixed(3) : String(value);
}

function figure(value: unknown): string {
  return typeof value === "number" ? value.toLocaleString("en") : String(value);
}
