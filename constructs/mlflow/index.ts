export { Mlflow, type MlflowAuth, type MlflowProps, type MlflowUser } from "./mlflow.ts";
