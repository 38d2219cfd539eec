import { listAt, objectAt, textAt } from "../../constructs/kernel/json.ts";
import type { Manifest } from "../../constructs/kernel/objects.ts";

/** An alert as a PrometheusRule has it. */
export interface AlertRule {
  /** Of the PrometheusRule: `postgres/postgres`. */
  readonly of: string;
  readonly name: string;
  readonly expr: string;
  readonly minutes: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Every alert of the PrometheusRules among these objects. */
export function alertsOf(manifests: readonly Manifest[]): AlertRule[] {
  return manifests
    .filter(({ kind }) => kind === "PrometheusRule")
    .flatMap((rule) =>
      listAt(rule, "spec", "groups")
        .flatMap((group) => listAt(group, "rules"))
        .map((each) => ({
          of: `${rule.metadata.namespace}/${rule.metadata.name}`,
          name: textAt(each, "alert") ?? "",
          expr: textAt(each, "expr") ?? "",
          minutes: textAt(each, "for") ?? "",
          labels: texts(objectAt(each, "labels")),
          annotations: texts(objectAt(each, "annotations")),
        })),
    );
}

/** The metrics that an expression asks for: each has a selector. */
export function metricsIn(expr: string): string[] {
  return [...new Set([...expr.matchAll(/([a-z_][a-z0-9_]*)\{/g)].map(([, name = ""]) => name))];
}

/** The metrics of the alerts of one PrometheusRule. */
export function metricsOf(manifests: readonly Manifest[], rule: string): string[] {
  return [...new Set(alertsOf(manifests).flatMap(({ of, expr }) => (of === rule ? metricsIn(expr) : [])))];
}

function texts(object: object): Record<string, string> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, String(value)]));
}
