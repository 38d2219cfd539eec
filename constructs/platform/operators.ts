import type { Construct } from "constructs";
import type { Peer } from "../connections/index.ts";
import { Operator, type OperatorChart, operatorCharts } from "../operator/index.ts";
import type { PlatformConfig } from "./config.ts";

/** Installs the operators that the environment does not find in its cluster. */
export function operators(
  scope: Construct,
  { operators, postgres, kafka }: PlatformConfig,
  { namespace, scrapers }: { readonly namespace: (name: string) => void; readonly scrapers: Peer },
): void {
  const inCluster = postgres.kind === "cloudnative-pg";
  const wanted: readonly [string, OperatorChart, "install" | "existing" | "none"][] = [
    ["cert-manager", operatorCharts["cert-manager"], operators.certManager],
    ["cloudnative-pg", operatorCharts["cloudnative-pg"], inCluster ? operators.cloudnativePg : "none"],
    ["barman-cloud", operatorCharts["barman-cloud"], inCluster ? operators.barmanCloud : "none"],
    ["strimzi", operatorCharts.strimzi, kafka?.kind === "strimzi" ? operators.strimzi : "none"],
    ["prometheus-crds", operatorCharts["prometheus-operator-crds"], operators.prometheusCrds],
  ];
  // whoever installed an operator owns its namespace, also where a plugin of ours joins it
  const theirs = new Set(wanted.filter(([, , source]) => source === "existing").map(([, chart]) => chart.namespace));
  const installed = wanted
    .filter(([, , source]) => source === "install")
    .map(([name, chart]) => {
      if (!theirs.has(chart.namespace)) namespace(chart.namespace);
      return new Operator(scope, name, { chart, replicas: operators.replicas, scrapers });
    });
  for (const operator of installed) for (const other of installed) operator.workWith(other);
}
