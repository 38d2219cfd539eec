import { createHash } from "node:crypto";
import type { ApiObject } from "cdk8s";
import type { Construct } from "constructs";
import { isObject, type JsonObject } from "../kernel/json.ts";
import { Noun } from "../kernel/noun.ts";
import { Options } from "../kernel/options.ts";
import { kfpObject } from "./kfp.ts";
import { makeRecurringRuns, type RecurringRunsProps } from "./recurring-runs.ts";

/** A compiled pipeline: what `compile` of `filiera/pipelines` gives, or the two documents of a file of Kubeflow's SDK. */
export interface CompiledPipeline {
  /** The IR, schema 2.1.0. */
  readonly pipelineSpec: {
    readonly pipelineInfo: { readonly name: string; readonly displayName?: string; readonly description?: string };
  };
  /** What only Kubernetes knows. @default - nothing */
  readonly platformSpec?: object | undefined;
}

/** @see PipelineRelease */
export interface PipelineReleaseProps {
  /** The pipeline. */
  readonly pipeline: CompiledPipeline;
  /** The namespace in which Kubeflow Pipelines looks for it: its own, or a profile's where there are several users. */
  readonly namespace: string;
  /** Texts to find it by. @default {} */
  readonly tags?: Readonly<Record<string, string>>;
  /** Runs of this version that begin by themselves. @default - none are made, and none deleted */
  readonly recurringRuns?: RecurringRunsProps;
}

/**
 * What an object of a cluster may be large, with room for what is added to it.
 * https://kubernetes.io/docs/concepts/configuration/configmap/#motivation
 */
const LARGEST = 1024 ** 2;
/** Longer names do not fit into the label by which Kubeflow finds versions. */
const LONGEST = 63;

/**
 * A pipeline in the cluster, and the version of it that the program has: a pipeline that compiles to something else is
 * a new version, one that does not is the same. Earlier versions stay, with the runs that used them.
 *
 * Kubeflow Pipelines must be installed so that it keeps pipelines as objects (`PIPELINES_STORE=kubernetes`).
 *
 * @example
 * new PipelineRelease(chart, "training", { pipeline: compile(training), namespace: "kubeflow" });
 */
export class PipelineRelease extends Noun {
  /** Name of the version: a hash of what the pipeline compiles to. */
  readonly version: string;
  /** The `Pipeline`. */
  readonly pipelineObject: ApiObject;
  /** The `PipelineVersion`. */
  readonly versionObject: ApiObject;

  constructor(scope: Construct, id: string, { pipeline, namespace, tags = {}, recurringRuns }: PipelineReleaseProps) {
    super(scope, id);
    const { name, displayName = name, description } = pipeline.pipelineSpec.pipelineInfo;
    this.#check(name);
    const pipelineSpec = sorted(pipeline.pipelineSpec);
    const platformSpec = pipeline.platformSpec && sorted(pipeline.platformSpec);
    const text = JSON.stringify([pipelineSpec, platformSpec ?? null]);
    if (Buffer.byteLength(text) > LARGEST) {
      const kibibytes = Math.ceil(Buffer.byteLength(text) / 1024);
      this.refuse(
        `found a pipeline ${name} of ${kibibytes} KiB, and an object has room for 1024: run parts of it as pipelines of their own, or put the code of its steps into an image`,
      );
    }
    this.version = createHash("sha256").update(text).digest("hex").slice(0, 12);
    const shared = Object.keys(tags).length > 0 ? { tags } : {};
    this.pipelineObject = kfpObject(
      this,
      "pipeline",
      "Pipeline",
      { name, namespace },
      {
        displayName,
        ...(description !== undefined && { description }),
        ...shared,
      },
    );
    this.versionObject = kfpObject(
      this,
      "version",
      "PipelineVersion",
      { name: `${name}-${this.version}`, namespace },
      {
        pipelineName: name,
        versionName: this.version,
        pipelineSpec,
        ...(platformSpec && { platformSpec }),
        ...shared,
      },
    );
    this.versionObject.node.addDependency(this.pipelineObject);
    // another version has another name: the one before leaves the program, and stays in the cluster
    Options.of(this.versionObject).set({ retainOnDelete: true });
    const release = { name, namespace, pipelineSpec, version: this.version, ready: this.versionObject };
    if (recurringRuns) makeRecurringRuns(this, release, recurringRuns);
  }

  #check(name: string): void {
    if (/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(name) && name.length <= LONGEST) return;
    this.refuse(
      `found a pipeline named "${name}": give it lower-case letters, digits and dashes, the first and last no dash, at most ${LONGEST}`,
    );
  }
}

/** The same with its keys in order, and without what is not there, so that their order changes no hash. */
function sorted(value: object): JsonObject {
  const plain: JsonObject = JSON.parse(JSON.stringify(value), (_, each: unknown) =>
    isObject(each) ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1))) : each,
  );
  return plain;
}
