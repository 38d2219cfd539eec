/** The constructs of filiera: plain cdk8s, for an app, a chart or a stack of your own. */
export * from "./connections/index.ts";
export * from "./footprint/index.ts";
export * from "./ingestion/index.ts";
export * from "./kafka/index.ts";
export * from "./kernel/index.ts";
export * from "./kubeflow/index.ts";
export * from "./mlflow/index.ts";
export * from "./monitoring/index.ts";
export * from "./namespace/index.ts";
export * from "./object-store/index.ts";
export * from "./operator/index.ts";
export * from "./platform/index.ts";
export * from "./postgres/index.ts";
export * from "./serving/index.ts";
export * from "./settings/index.ts";
export * from "./tls/index.ts";
export * from "./workload/index.ts";
