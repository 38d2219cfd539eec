import type { OrderedObject } from "../../constructs/kernel/order.ts";
import { unresolvedImages } from "../../constructs/platform/images.ts";
import type { Environment } from "../environment/index.ts";
import { program } from "../program.ts";
import { type Plan, planOf } from "./plan.ts";
import { record } from "./recording.ts";

export type { Plan, PlannedImage, PlannedResource, Totals } from "./plan.ts";

/** Plans an environment: runs the Pulumi program against a monitor that makes nothing. */
export async function planEnvironment(name: string, environment: Environment): Promise<Plan> {
  const observed = new Map<string, OrderedObject>();
  const recording = await record(
    () => program(environment, { observe: (type, resource, object) => observed.set(`${type} ${resource}`, object) }),
    { project: "filiera", stack: name },
  );
  return planOf(name, recording, observed, warningsOf(environment));
}

/** What a reader of the plan should know before deploying it. */
function warningsOf(environment: Environment): string[] {
  const { profile, objectStore, mlflow } = environment;
  const warnings: string[] = [];
  if (objectStore.kind === "minio")
    warnings.push(
      "MinIO's open-source edition ended in February 2026: the image is Silo, a fork that its community maintains",
    );
  if (mlflow.clients.length === 0)
    warnings.push("no pod may connect to MLflow: filiera:mlflow.clients names no namespace");
  const unresolved = unresolvedImages(environment);
  if (profile === "production" && unresolved.length > 0)
    warnings.push(`production is not deployed before filiera:images.digests has ${unresolved.join(", ")}`);
  return warnings;
}
