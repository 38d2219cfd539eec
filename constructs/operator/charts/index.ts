import type { OperatorChart } from "../chart.ts";
import { barmanCloud } from "./barman-cloud.ts";
import { certManager } from "./cert-manager.ts";
import { cloudnativePg } from "./cloudnative-pg.ts";
import { prometheusOperatorCrds } from "./prometheus-operator-crds.ts";
import { strimzi } from "./strimzi.ts";

export { barmanCloud, certManager, cloudnativePg, prometheusOperatorCrds, strimzi };

/** Every operator's chart, by the name of the file that holds its bill. */
export const operatorCharts = {
  "barman-cloud": barmanCloud,
  "cert-manager": certManager,
  "cloudnative-pg": cloudnativePg,
  "prometheus-operator-crds": prometheusOperatorCrds,
  strimzi,
} as const satisfies Readonly<Record<string, OperatorChart>>;
