import { ApiObject } from "cdk8s";
import type { Construct } from "constructs";
import type { JsonObject } from "../kernel/json.ts";
import { PART_OF } from "../workload/index.ts";

/** `Pipeline` of Kubeflow Pipelines 2.17: what versions belong to. */
export interface PipelineObjectSpec {
  /** Always given: an API server refuses a spec that is empty. */
  readonly displayName: string;
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** `PipelineVersion`: once made, only its display name and tags may change. */
export interface PipelineVersionSpec {
  readonly pipelineName: string;
  readonly versionName: string;
  readonly pipelineSpec: JsonObject;
  readonly platformSpec?: JsonObject;
  readonly displayName?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

interface Specs {
  readonly Pipeline: PipelineObjectSpec;
  readonly PipelineVersion: PipelineVersionSpec;
}

/** An object of Kubeflow Pipelines. */
export function kfpObject<Kind extends keyof Specs>(
  scope: Construct,
  id: string,
  kind: Kind,
  metadata: { readonly name: string; readonly namespace: string },
  spec: Specs[Kind],
): ApiObject {
  return new ApiObject(scope, id, {
    apiVersion: "pipelines.kubeflow.org/v2beta1",
    kind,
    metadata: { ...metadata, labels: PART_OF },
    spec,
  });
}
