import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { FilieraError, messageOf } from "../../constructs/kernel/errors.ts";
import type { ClusterConfig } from "../environment/config.ts";
import { didYouMean } from "../environment/suggest.ts";

/** What of the process's environment says where kubeconfigs are. */
export interface KubeconfigEnv {
  readonly KUBECONFIG?: string | undefined;
  readonly HOME?: string | undefined;
}

/** A context that an environment names; the kubeconfig's own current context plays no part. */
export interface NamedContext {
  readonly context: string;
  /** URL of its API server. */
  readonly server: string;
  /** Name of the kubeconfig's user. */
  readonly user: string;
  /** The kubeconfigs that were read, as people write them. */
  readonly files: readonly string[];
  /** With that context, and no other, in force. */
  readonly config: KubeConfig;
}

const CONTEXT = "filiera:cluster.context";
const FILE = "filiera:cluster.kubeconfig";

/**
 * Finds the context that the environment names: in `filiera:cluster.kubeconfig`, or in the files of `$KUBECONFIG`, or
 * in `~/.kube/config`. Never takes another one in its place: no current context, no cluster that this runs in.
 *
 * @throws FilieraError where there is no such file or context, or where the context is not whole
 */
export function namedContext(cluster: ClusterConfig, env: KubeconfigEnv = process.env): NamedContext {
  const { context } = cluster;
  const files = filesOf(cluster, env);
  const config = merged(files.filter((file) => existsSync(file)));
  const shown = files.map((file) => withTilde(file, env));
  const known = config.contexts.map(({ name }) => name);
  if (!known.includes(context)) throw FilieraError.at(CONTEXT, missing(context, known, shown));
  config.setCurrentContext(context);
  const server = config.getCurrentCluster()?.server;
  const { cluster: clusterName, user: userName } = config.getContextObject(context) ?? {};
  const hole =
    server === undefined
      ? `cluster "${clusterName}"`
      : userName !== undefined && !config.getCurrentUser()
        ? `user "${userName}"`
        : undefined;
  if (server === undefined || hole !== undefined)
    throw FilieraError.at(
      CONTEXT,
      `the context "${context}" names the ${hole}, which is not in ${shown.join(", ")}: fetch the kubeconfig anew`,
    );
  return { context, server, user: userName ?? "", files: shown, config };
}

/** The files that may hold the context, whether they exist or not. */
function filesOf({ kubeconfig }: ClusterConfig, env: KubeconfigEnv): readonly string[] {
  const home = env.HOME ?? homedir();
  if (kubeconfig !== undefined) {
    const file = resolve(kubeconfig.replace(/^~(?=\/)/, home));
    if (!existsSync(file))
      throw FilieraError.at(FILE, `found "${kubeconfig}", and there is no such file; allowed: path of a kubeconfig`);
    const relative =
      /^\s*(?:- )?(certificate-authority|client-certificate|client-key|tokenFile):\s*["']?(?![/"'\s])/m.exec(
        readFileSync(file, "utf8"),
      )?.[1];
    if (relative !== undefined)
      throw FilieraError.at(
        FILE,
        `found "${kubeconfig}", whose ${relative} is a path from there, and Pulumi looks for it elsewhere: write it in full, or take the file that kubectl config view --raw --flatten prints`,
      );
    return [file];
  }
  const named = (env.KUBECONFIG ?? "").split(delimiter).filter((file) => file !== "");
  return named.length > 0 ? named.map((file) => resolve(file)) : [join(home, ".kube", "config")];
}

/** All files as one: of two entries of one name the first counts, as kubectl has it. */
function merged(files: readonly string[]): KubeConfig {
  const whole = new KubeConfig();
  for (const file of files) {
    const { clusters, contexts, users } = read(file);
    // the client wants to hear of a plain server that its TLS is not checked
    addNew(
      whole.clusters,
      clusters.map((each) => (each.server.startsWith("http:") ? { ...each, skipTLSVerify: true } : each)),
    );
    addNew(whole.contexts, contexts);
    addNew(whole.users, users);
  }
  return whole;
}

function read(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file, { onInvalidEntry: "filter" });
    return config;
  } catch (error) {
    throw FilieraError.at(file, `is no kubeconfig (${messageOf(error).split("\n", 1)[0]}): fetch it anew`);
  }
}

function addNew<T extends { readonly name: string }>(to: T[], from: readonly T[]): void {
  for (const entry of from) if (!to.some(({ name }) => name === entry.name)) to.push(entry);
}

function withTilde(file: string, { HOME }: KubeconfigEnv): string {
  const home = HOME ?? homedir();
  return file.startsWith(`${home}/`) ? `~${file.slice(home.length)}` : file;
}

function missing(context: string, known: readonly string[], files: readonly string[]): string {
  const where = files.join(", ");
  const has =
    known.length > 0
      ? `${where} has ${known.slice(0, 10).join(", ")}${known.length > 10 ? `, … ${known.length - 10} more` : ""}`
      : `${where} has none`;
  const kind = /^kind-(.+)$/.exec(context)?.[1];
  const way = kind === undefined ? "" : `; kind create cluster --name ${kind} makes it`;
  return `found "${context}"; allowed: a context of the kubeconfig, and ${has}${didYouMean(context, known)}${way}`;
}
