export type { MlflowAlerts } from "./alerts.ts";
export { Mlflow } from "./mlflow.ts";
export type { MlflowAuth, MlflowProps, MlflowUser } from "./props.ts";
