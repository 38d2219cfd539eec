import { type ApiConstructor, type ApiType, KubernetesObjectApi } from "@kubernetes/client-node";
import { FilieraError, type Problem } from "../../constructs/kernel/errors.ts";
import { oldestKubernetes } from "../../constructs/platform/config.ts";
import type { ClusterConfig } from "../environment/config.ts";
import { type KubeconfigEnv, type NamedContext, namedContext } from "./kubeconfig.ts";
import { credentialRefusal, type Refusal, refusalOf } from "./refusal.ts";
import { send } from "./request.ts";

/** A cluster gave no answer: what stands in between, in words. */
export class AccessError extends FilieraError {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super([refusal]);
    this.refusal = refusal;
  }
}

/** A way into the cluster that an environment names: to ask it, not to deploy to it. */
export interface ClusterAccess extends NamedContext {
  /** Version of the API server: `1.35.4`. */
  readonly version: string;
  /** Objects of any kind, by their manifests. */
  readonly objects: KubernetesObjectApi;
  /** A part of the API, such as `CoreV1Api`. */
  api<T extends ApiType>(type: ApiConstructor<T>): T;
  /**
   * The answer to a question, or an error that says in words why there is none.
   *
   * @throws AccessError
   */
  ask<T>(question: Promise<T>): Promise<T>;
  /** The same, and undefined for what is not there. */
  find<T>(question: Promise<T>): Promise<T | undefined>;
}

/**
 * Finds the context, its credential and the API server behind it.
 *
 * @throws FilieraError, or AccessError where the server gives no answer
 */
export async function accessCluster(cluster: ClusterConfig, env?: KubeconfigEnv): Promise<ClusterAccess> {
  const named = namedContext(cluster, env);
  try {
    // runs the credential plugin, if there is one: its failure is not the server's
    await named.config.applyToHTTPSOptions({});
  } catch (error) {
    throw new AccessError(credentialRefusal(error, named));
  }
  const ask = async <T>(question: Promise<T>): Promise<T> => {
    try {
      return await question;
    } catch (error) {
      throw new AccessError(refusalOf(error, named));
    }
  };
  const { gitVersion } = await ask(
    send(named, { method: "GET", path: "/version", accept: "application/json", seconds: 10 }),
  );
  return {
    ...named,
    version: String(gitVersion).replace(/^v/, ""),
    objects: KubernetesObjectApi.makeApiClient(named.config),
    api: (type) => named.config.makeApiClient(type),
    ask,
    find: (question) =>
      ask(question.catch((error: unknown) => (isNotFound(error) ? undefined : Promise.reject(error)))),
  };
}

/** Whether an object is not there, or its kind is not served. */
function isNotFound(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return "code" in error ? error.code === 404 : error.message.startsWith("Unrecognized API version and kind");
}

/** What is wrong with the version of a cluster, if it is too old. */
export function versionProblem({ version, context }: ClusterAccess, { kubernetesVersion }: ClusterConfig): Problem[] {
  if (isBefore(version, oldestKubernetes))
    return [
      {
        path: "filiera:cluster.context",
        message: `the API server of "${context}" is of Kubernetes ${version}; allowed: ${oldestKubernetes} or newer: upgrade the cluster`,
      },
    ];
  if (isBefore(version, kubernetesVersion))
    return [
      {
        path: "filiera:cluster.kubernetesVersion",
        message: `found "${kubernetesVersion}", and the API server of "${context}" is of Kubernetes ${version}; allowed: its minor version, "${minor(version).join(".")}"`,
      },
    ];
  return [];
}

function isBefore(version: string, other: string): boolean {
  const [[major, mine], [otherMajor, least]] = [minor(version), minor(other)];
  return major < otherMajor || (major === otherMajor && mine < least);
}

function minor(version: string): [number, number] {
  const [major = 0, second = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  return [major, second];
}
