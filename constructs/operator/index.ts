export type { Bill, BillCrd, BillWebhook, BillWorkload } from "./bill.ts";
export type { ChartReference, OperatorChart, OperatorOptions, OperatorPods } from "./chart.ts";
export { operatorCharts } from "./charts/index.ts";
export { forGitops, type Gitops, gitopsTools } from "./gitops.ts";
export { OperatorMonitor, type OperatorMonitorProps } from "./monitor.ts";
export { Operator, type OperatorProps } from "./operator.ts";
