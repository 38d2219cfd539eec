import { at, type JsonObject, listAt, objectAt } from "../kernel/json.ts";
import type { Manifest } from "../kernel/objects.ts";

/** @see jobFrom */
export interface JobProps {
  readonly name: string;
  /** Variables of the containers with our programs, beside those that they have. @default {} */
  readonly env?: Readonly<Record<string, string>>;
  /** The one step to take, without what comes before it. @default - all steps */
  readonly only?: "list";
}

/** A Job made from a backup's CronJob, as `kubectl create job --from` makes one, told what this one is to do. */
export function jobFrom(cronJob: Manifest, { name, env = {}, only }: JobProps): Manifest {
  const template = objectAt(cronJob, "spec", "jobTemplate");
  const spec = objectAt(template, "spec");
  const { initContainers: _, ...pod } = objectAt(spec, "template", "spec");
  const before = only === undefined ? listAt(spec, "template", "spec", "initContainers") : [];
  const { namespace } = cronJob.metadata;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      labels: objectAt(template, "metadata", "labels"),
      annotations: { "cronjob.kubernetes.io/instantiate": "manual" },
    },
    spec: {
      ...spec,
      template: {
        ...objectAt(spec, "template"),
        spec: {
          ...pod,
          ...(before.length > 0 && { initContainers: before.map((container) => told(container, env)) }),
          containers: listAt(pod, "containers").map((container) => told(container, env, only)),
        },
      },
    },
  };
}

function told(container: JsonObject, env: Readonly<Record<string, string>>, only?: string): JsonObject {
  const { command, args } = container;
  if (!Array.isArray(command) || !command.includes("filiera_backup")) return container;
  const added = Object.entries(env).map(([name, value]) => ({ name, value }));
  return {
    ...container,
    env: [...listAt(container, "env"), ...added],
    ...(only !== undefined && { args: [only, ...(Array.isArray(args) ? args.slice(1) : [])] }),
  };
}

/** A Job as it was made, to be made again under another name: without what the cluster added. */
export function jobAgain(job: Manifest, name: string): Manifest {
  const { namespace, labels } = job.metadata;
  const { selector: _, manualSelector: __, ...spec } = objectAt(job, "spec");
  const own = (all: unknown) =>
    Object.fromEntries(
      Object.entries(objectAt(all)).filter(([label]) => !/(^|\/)(controller-uid|job-name)$/.test(label)),
    );
  const template = objectAt(spec, "template");
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, ...(namespace !== undefined && { namespace }), labels: own(labels) },
    spec: { ...spec, template: { ...template, metadata: { labels: own(at(template, "metadata", "labels")) } } },
  };
}
