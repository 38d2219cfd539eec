import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../../../constructs/kernel/json.ts";
import { Authority } from "../control-plane/certificates.ts";
import { conditionOf, type KubeObject } from "../control-plane/client.ts";
import { ControlPlane } from "../control-plane/control-plane.ts";
import { CRDS } from "../layers.ts";
import { freePort } from "../ports.ts";
import { folderOf } from "../prepared.ts";
import { kfpServer, mariadb } from "./programs.ts";

/** The namespace of Kubeflow Pipelines. */
export const KUBEFLOW = "kubeflow";

/** A real API server of Kubeflow Pipelines, on a real Kubernetes and a real database, all on this machine. */
export class Kubeflow implements AsyncDisposable {
  readonly plane: ControlPlane;
  /** Of its API. */
  readonly url: string;

  private constructor(plane: ControlPlane, url: string) {
    this.plane = plane;
    this.url = url;
  }

  /** Starts one; with several users who may do what is decided by Kubernetes, asked for a token. */
  static async start(users: "one" | "several" = "one"): Promise<Kubeflow> {
    const plane = await ControlPlane.start();
    try {
      await define(plane);
      const database = await startDatabase(plane);
      const [http, rpc, webhook] = [await freePort(), await freePort(), await freePort()];
      const { certificate, key, authority } = await certificateOf("127.0.0.1");
      const file = (name: string, text: string) => {
        const path = join(plane.processes.folder, name);
        writeFileSync(path, text);
        return path;
      };
      const config = join(plane.processes.folder, "kfp");
      mkdirSync(config);
      writeFileSync(join(config, "config.json"), JSON.stringify(settings(database, users)));
      // one of its clients looks nowhere else
      cpSync(plane.kubeconfig, join(plane.processes.folder, ".kube/config"));
      plane.processes.start(
        "kfp-apiserver",
        [
          join(folderOf(kfpServer), "kfp-apiserver"),
          `--config=${config}`,
          `--httpPortFlag=127.0.0.1:${http}`,
          // it calls itself at "localhost" and what stands here
          `--rpcPortFlag=:${rpc}`,
          `--webhookPortFlag=127.0.0.1:${webhook}`,
          `--webhookTLSCertPath=${file("kfp.crt", certificate)}`,
          `--webhookTLSKeyPath=${file("kfp.key", key)}`,
          "--pipelinesStoreKubernetes",
          "--logtostderr=true",
        ],
        {
          KUBECONFIG: plane.kubeconfig,
          POD_NAMESPACE: KUBEFLOW,
          ML_PIPELINE_VISUALIZATIONSERVER_SERVICE_HOST: "127.0.0.1",
          ML_PIPELINE_VISUALIZATIONSERVER_SERVICE_PORT: "9",
        },
      );
      const url = `http://127.0.0.1:${http}`;
      await plane.processes.until("kfp-apiserver", "healthy", async () => {
        const answer = await fetch(`${url}/apis/v2beta1/healthz`).catch(() => undefined);
        return answer?.ok ? true : undefined;
      });
      await plane.client.apply(mutating(`https://127.0.0.1:${webhook}/webhooks/mutate-pipelineversion`, authority));
      return new Kubeflow(plane, url);
    } catch (error) {
      await plane.stop();
      throw error;
    }
  }

  /** Asks its API. */
  async ask(method: string, path: string, body?: JsonObject, token?: string): Promise<JsonObject> {
    const answer = await fetch(`${this.url}/apis/v2beta1/${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
    });
    const said: JsonObject = JSON.parse(await answer.text());
    if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(said)}`);
    return said;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.plane.stop();
  }
}

async function define(plane: ControlPlane): Promise<void> {
  const folder = join(CRDS, "kubeflow-pipelines");
  for (const file of readdirSync(folder).filter((name) => /pipelines\.kubeflow\.org|scheduledworkflows/.test(name))) {
    const definition: KubeObject = JSON.parse(readFileSync(join(folder, file), "utf8"));
    await plane.client.apply(definition);
    await plane.until("kube-apiserver", "served", definition, (found) => conditionOf(found, "Established") === "True");
  }
  await plane.client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: KUBEFLOW } });
}

async function startDatabase({ processes }: ControlPlane): Promise<number> {
  const data = join(processes.folder, "mariadb");
  mkdirSync(data);
  const port = await freePort();
  processes.start("mariadbd", [
    join(folderOf(mariadb), "mariadbd"),
    "--no-defaults",
    `--datadir=${data}`,
    "--user=root",
    // whoever reaches it is root, so that it needs no tables of users
    "--skip-grant-tables",
    "--bind-address=127.0.0.1",
    `--port=${port}`,
    `--socket=${join(data, "socket")}`,
    "--skip-name-resolve",
  ]);
  return port;
}

function settings(port: number, users: "one" | "several"): JsonObject {
  return {
    DBConfig: {
      MySQLConfig: { Host: "127.0.0.1", Port: String(port), User: "root", Password: "", DBName: "mlpipeline" },
      ConMaxLifeTime: "120s",
    },
    DBDriverName: "mysql",
    // pipelines are objects, and nothing runs: a store that nobody asks
    ObjectStoreConfig: {
      Host: "127.0.0.1",
      Port: "9",
      Secure: "false",
      Region: "us-east-1",
      AccessKey: "none",
      SecretAccessKey: "none",
      BucketName: "mlpipeline",
    },
    InitConnectionTimeout: "60s",
    CacheEnabled: "true",
    MULTIUSER: users === "several" ? "true" : "false",
    DEFAULTPIPELINERUNNERSERVICEACCOUNT: "pipeline-runner",
  };
}

/** Kubeflow's webhook, which writes into a version whose it is. */
function mutating(url: string, authority: string): KubeObject {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name: "kubeflow-pipelines" },
    webhooks: [
      {
        name: "pipelineversions.pipelines.kubeflow.org",
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        clientConfig: { url, caBundle: Buffer.from(authority).toString("base64") },
        rules: [
          {
            apiGroups: ["pipelines.kubeflow.org"],
            apiVersions: ["v2beta1"],
            operations: ["CREATE"],
            resources: ["pipelineversions"],
          },
        ],
      },
    ],
  };
}

async function certificateOf(host: string) {
  const authority = await Authority.create("kubeflow");
  return { ...(await authority.issue({ name: "kubeflow", hosts: [host] })), authority: authority.certificate };
}
