import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api } from "@kubernetes/client-node";
import { type Backups, summariesIn, summaryIn } from "../../constructs/backup/backups.ts";
import { jobAgain, jobFrom } from "../../constructs/backup/job.ts";
import { documentIn, problemsIn } from "../../constructs/backup/said.ts";
import { FilieraError } from "../../constructs/kernel/errors.ts";
import { at, type JsonObject, listAt, objectAt, textAt } from "../../constructs/kernel/json.ts";
import type { Manifest } from "../../constructs/kernel/objects.ts";
import type { ClusterAccess } from "../cluster/access.ts";
import { Reader } from "../cluster/reader.ts";

/** @see clusterBackups */
export interface ClusterBackupsOptions {
  /** Name of the environment, which its backups say. */
  readonly environment: string;
  /** Is told which Job is waited for. */
  readonly say: (line: string) => void;
  /** Milliseconds between two questions how a Job is. @default 2000 */
  readonly pauseMs?: number;
}

const NAMESPACE = "backup";

/** The backups of an environment in its cluster: Jobs made from its CronJobs, which it has from `filiera up`. */
export function clusterBackups(
  access: ClusterAccess,
  { environment, say, pauseMs = 2000 }: ClusterBackupsOptions,
): Backups {
  const reader = new Reader(access);
  const core = access.api(CoreV1Api);

  async function run(job: Manifest, signal?: AbortSignal): Promise<string> {
    const { name, namespace = NAMESPACE } = job.metadata;
    await access.ask(access.objects.create(JSON.parse(JSON.stringify(job))));
    say(`waiting for the Job ${namespace}/${name}; it goes on in the cluster if this is ended`);
    for (;;) {
      const status = objectAt(await reader.get(`/apis/batch/v1/namespaces/${namespace}/jobs/${name}`), "status");
      const ended = listAt(status, "conditions").find(
        ({ type, status: is }) => is === "True" && (type === "Complete" || type === "Failed"),
      );
      if (ended?.["type"] === "Complete") return (await logsOf(namespace, name)).at(-1) ?? "";
      if (ended) {
        const told = (await logsOf(namespace, name)).flatMap(problemsIn);
        if (told.length > 0) throw new FilieraError(told);
        const why = textAt(ended, "message") ?? textAt(ended, "reason") ?? "no reason is given";
        throw FilieraError.at(
          `batch/Job/${namespace}/${name}`,
          `failed (${why}): read kubectl --context ${access.context} --namespace ${namespace} logs job/${name} --all-containers`,
        );
      }
      await sleep(pauseMs, undefined, { ...(signal && { signal }) }).catch(() => signal?.throwIfAborted());
    }
  }

  /** What each container of a Job's last pod wrote, in their order; nothing of those that never ran. */
  async function logsOf(namespace: string, job: string): Promise<string[]> {
    const labels = `batch.kubernetes.io/job-name=${job}`;
    const pods = await reader.list(`/api/v1/namespaces/${namespace}/pods`, { labels });
    const made = (pod: JsonObject): string => textAt(pod, "metadata", "creationTimestamp") ?? "";
    const pod = pods.toSorted((a, b) => made(a).localeCompare(made(b))).at(-1);
    const name = textAt(pod, "metadata", "name");
    if (name === undefined) return [];
    const containers = [...listAt(pod, "spec", "initContainers"), ...listAt(pod, "spec", "containers")];
    return Promise.all(
      containers.map(async (container) => {
        const log = core.readNamespacedPodLog({ name, namespace, container: textAt(container, "name") ?? "" });
        // a container that waits for one that failed has no log
        return log.catch(() => "");
      }),
    );
  }

  async function cronJob(name: string): Promise<Manifest> {
    const found = await reader.get(`/apis/batch/v1/namespaces/${NAMESPACE}/cronjobs/${name}`);
    if (!found)
      throw FilieraError.at("filiera:backup", `is not in the cluster yet: deploy it with filiera up ${environment}`);
    return { ...found, apiVersion: "batch/v1", kind: "CronJob", metadata: { name, namespace: NAMESPACE } };
  }

  /** The administrator's password is this environment's own, and the schema this version's: MLflow's migration sets both. */
  async function migrate(signal?: AbortSignal): Promise<void> {
    const labels = "app.kubernetes.io/name=mlflow,app.kubernetes.io/component=migration";
    const jobs = await reader.list("/apis/batch/v1/namespaces/mlflow/jobs", { labels });
    const newest = jobs
      .toSorted((a, b) =>
        String(at(a, "metadata", "creationTimestamp")).localeCompare(String(at(b, "metadata", "creationTimestamp"))),
      )
      .at(-1);
    if (!newest)
      throw FilieraError.at(
        "mlflow/migration",
        `is not there, and must run after a restore: run filiera up ${environment}`,
      );
    const metadata = { ...objectAt(newest, "metadata"), name: "mlflow-migrate", namespace: "mlflow" };
    const again = jobAgain({ ...newest, apiVersion: "batch/v1", kind: "Job", metadata }, stamped("mlflow-migrate"));
    await run(again, signal);
  }

  return {
    async save(signal) {
      const env = { BACKUP_ENVIRONMENT: environment };
      const job = jobFrom(await cronJob("backup"), { name: stamped("backup"), env });
      return summaryIn(documentIn(await run(job, signal)), "backup");
    },
    async list(signal) {
      const job = jobFrom(await cronJob("backup"), { name: stamped("backup-list"), only: "list" });
      return summariesIn(documentIn(await run(job, signal)));
    },
    async restore(id, { replace }, signal) {
      const env = { RESTORE_FROM: id, RESTORE_REPLACE: String(replace) };
      const job = jobFrom(await cronJob("backup-restore"), { name: stamped("backup-restore"), env });
      const document = documentIn(await run(job, signal));
      await migrate(signal);
      return summaryIn(document, "restored");
    },
  };
}

/** A name that no Job has had: its time, in seconds. */
function stamped(name: string): string {
  return `${name}-${Math.floor(Date.now() / 1000).toString(36)}`;
}
