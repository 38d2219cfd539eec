import { createServer, type Server } from "node:http";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { BackupSummary } from "../../../constructs/backup/backups.ts";
import { identityOf } from "../../../constructs/kernel/identity.ts";
import { at, type JsonObject, listAt, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import type { Manifest } from "../../../constructs/kernel/objects.ts";
import { clusterBackups } from "../../../stacks/backup/cluster.ts";
import { accessCluster } from "../../../stacks/cluster/access.ts";
import { folder, write } from "../../support/filiera.ts";
import { kubeconfig } from "../../support/kubeconfig.ts";
import { BACKED_UP, environment, find, manifestsOf } from "../../support/platform.ts";

const config = environment("staging", BACKED_UP);
const rendered = manifestsOf(config);
const SUMMARY = { id: "20261128T033000Z-0a1b2c", environment: "staging" };

/** An API server with the rendered CronJobs and MLflow's Job of migration, in which each Job ends at the second look. */
class Played {
  readonly created: Manifest[] = [];
  /** Logs by container; of others nothing is there. */
  logs: Readonly<Record<string, string>> = {};
  fails = false;
  readonly #asked = new Map<string, number>();
  readonly server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://api");
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const answer = request.method === "POST" ? this.#create(body) : this.#answer(url);
      const isText = typeof answer === "string";
      response.writeHead(answer === undefined ? 404 : 200, {
        "content-type": isText ? "text/plain" : "application/json",
      });
      response.end(isText ? answer : JSON.stringify(answer ?? { kind: "Status", code: 404 }));
    });
  });

  #create(body: string): JsonObject {
    const job: Manifest = JSON.parse(body);
    this.created.push(job);
    return job;
  }

  #answer({ pathname, searchParams }: URL): JsonObject | string | undefined {
    if (pathname.startsWith("/version")) return { gitVersion: "v1.35.0" };
    if (pathname === "/apis/batch/v1")
      return { resources: [{ name: "jobs", kind: "Job", namespaced: true, verbs: ["create"] }] };
    const cronJob = /\/cronjobs\/(.*)$/.exec(pathname)?.[1];
    if (cronJob !== undefined)
      return rendered.find(({ kind, metadata }) => kind === "CronJob" && metadata.name === cronJob);
    if (pathname.endsWith("/namespaces/mlflow/jobs"))
      return {
        metadata: {},
        items: rendered.filter(({ kind, metadata }) => kind === "Job" && metadata.namespace === "mlflow"),
      };
    const job = /\/jobs\/(.*)$/.exec(pathname)?.[1];
    if (job !== undefined) return this.#job(job);
    if (pathname.endsWith("/log")) return this.logs[searchParams.get("container") ?? ""];
    if (pathname.endsWith("/pods")) {
      const of = this.created.find(({ metadata }) => searchParams.get("labelSelector")?.endsWith(`=${metadata.name}`));
      return { metadata: {}, items: [{ metadata: { name: "pod" }, spec: objectAt(of, "spec", "template", "spec") }] };
    }
    return undefined;
  }

  #job(name: string): JsonObject | undefined {
    const found = this.created.find(({ metadata }) => metadata.name === name);
    const asked = (this.#asked.get(name) ?? 0) + 1;
    this.#asked.set(name, asked);
    const type = this.fails ? "Failed" : "Complete";
    const conditions = asked > 1 ? [{ type, status: "True", message: "backoff limit" }] : [];
    return found && { ...found, status: { conditions } };
  }
}

let played: Played;
const servers: Server[] = [];
beforeEach(async () => {
  played = new Played();
  servers.push(played.server);
  await new Promise<void>((done) => played.server.listen(0, "127.0.0.1", done));
});
afterAll(() => {
  for (const each of servers) each.close();
});

async function backups() {
  const address = played.server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const HOME = folder();
  write(HOME, { ".kube/config": kubeconfig({ staging: { server: `http://127.0.0.1:${port}` } }) });
  const access = await accessCluster(config.cluster, { HOME });
  return clusterBackups(access, { environment: "staging", say: () => {}, pauseMs: 5 });
}

const told = (job: Manifest | undefined, container: string) => {
  const pod = objectAt(job, "spec", "template", "spec");
  const found = [...listAt(pod, "initContainers"), ...listAt(pod, "containers")].find(({ name }) => name === container);
  return Object.fromEntries(listAt(found, "env").map(({ name, value }) => [name, value]));
};

describe("backups in a cluster", () => {
  test("are Jobs made from the CronJob, whose last line says what came of it", async () => {
    played.logs = { "dump-mlflow": "", main: `x is whole\n${JSON.stringify({ backup: SUMMARY })}\n` };
    expect(await (await backups()).save()).toEqual(SUMMARY);
    const [job] = played.created;
    expect(played.created.map(identityOf)).toEqual([expect.stringMatching(/^batch\/Job\/backup\/backup-[0-9a-z]+$/)]);
    expect(told(job, "main")).toMatchObject({ BACKUP_ENVIRONMENT: "staging" });
    expect(objectAt(job, "spec", "template")).toMatchObject({
      metadata: at(find(rendered, "CronJob", "backup"), "spec", "jobTemplate", "spec", "template", "metadata"),
    });
  });

  test("are listed by a Job that dumps nothing", async () => {
    played.logs = { main: `${JSON.stringify({ backups: [SUMMARY] })}\n` };
    const found: readonly BackupSummary[] = await (await backups()).list();
    expect(found).toEqual([SUMMARY]);
    expect(at(played.created[0], "spec", "template", "spec", "initContainers")).toBeUndefined();
  });

  test("come back by a Job that is told which, and then by MLflow's migration", async () => {
    played.logs = { main: `${JSON.stringify({ restored: SUMMARY })}\n` };
    await (await backups()).restore(SUMMARY.id, { replace: false });
    expect(
      played.created.map(({ metadata }) => `${metadata.namespace}/${metadata.name.replace(/-[0-9a-z]+$/, "")}`),
    ).toEqual(["backup/backup-restore", "mlflow/mlflow-migrate"]);
    for (const container of ["check", "objects", "main"])
      expect(told(played.created[0], container)).toMatchObject({ RESTORE_FROM: SUMMARY.id, RESTORE_REPLACE: "false" });
  });

  test("say what their programs say of what is wrong, and run no migration then", async () => {
    played.fails = true;
    played.logs = { "look-mlflow": "", check: "error: [databases.mlflow] is in use: there are rows in runs\n" };
    await expect((await backups()).restore(SUMMARY.id, { replace: false })).rejects.toThrow(
      /^\[databases\.mlflow\] is in use: there are rows in runs$/,
    );
    expect(played.created).toHaveLength(1);
  });

  test("say where to look where nothing is said", async () => {
    played.fails = true;
    await expect((await backups()).save()).rejects.toThrow(
      /^\[batch\/Job\/backup\/backup-(\w+)\] failed \(backoff limit\): read kubectl --context staging --namespace backup logs job\/backup-\1 --all-containers$/,
    );
  });

  test("name the setting where the cluster has none", async () => {
    const before = rendered.splice(0);
    try {
      await expect((await backups()).save()).rejects.toThrow(
        "[filiera:backup] is not in the cluster yet: deploy it with filiera up staging",
      );
    } finally {
      rendered.push(...before);
    }
    expect(textAt(rendered[0], "kind")).toBeDefined();
  });
});
