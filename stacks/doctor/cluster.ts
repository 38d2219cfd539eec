import { type JsonObject, textAt } from "../../constructs/kernel/json.ts";
import type { Environment } from "../environment/index.ts";
import { type Finding, findingsOf, given } from "../findings/index.ts";
import { count } from "../plan/amounts.ts";
import type { Facts } from "./facts.ts";
import { conditionOf, nameOf } from "./nodes.ts";
import { isOurs } from "./ours.ts";
import { compareVersions } from "./running.ts";

/** Whether the API server is of a version that the platform runs on, and that the environment names. */
export function kubernetes(
  { version }: Pick<Facts, "version">,
  { cluster }: Pick<Environment, "cluster">,
  supported: readonly string[],
): readonly Finding[] {
  const say = findingsOf("kubernetes");
  const [oldest = "", newest = ""] = [supported[0], supported.at(-1)];
  const minor = version.split(".").slice(0, 2).join(".");
  if (compareVersions(minor, oldest) < 0)
    return [
      say.problem(
        "filiera:cluster.context",
        `the API server is of Kubernetes ${version}; allowed: ${oldest} to ${newest}`,
        "upgrade the cluster",
      ),
    ];
  const path = "filiera:cluster.kubernetesVersion";
  if (compareVersions(minor, newest) > 0)
    return [
      say.note(
        "filiera:cluster.context",
        `the API server is of Kubernetes ${version}, and filiera is made for ${oldest} to ${newest}`,
      ),
    ];
  if (minor === cluster.kubernetesVersion) return [say.fine(path, `the API server is of Kubernetes ${version}`)];
  const found = `found "${cluster.kubernetesVersion}", and the API server is of Kubernetes ${version}`;
  // a newer standard than the server's own is no standard
  return compareVersions(minor, cluster.kubernetesVersion) < 0
    ? [say.problem(path, found, `set it to "${minor}"`)]
    : [say.note(path, found, `set it to "${minor}", so that the newer Pod Security Standard is enforced`)];
}

/** Whether the caller may make all that the platform is made of. */
export function access({ denied }: Pick<Facts, "denied">): readonly Finding[] {
  const say = findingsOf("access");
  const path = "filiera:cluster.context";
  return given(denied, say, path, (all) => {
    if (all.length === 0) return [say.fine(path, "its user may make all objects of the platform")];
    const shown = all.slice(0, 3).map(({ verb, resource, namespace }) => {
      return `${verb} ${resource}${namespace === undefined ? "" : ` in ${namespace}`}`;
    });
    const more = all.length > shown.length ? `, … ${all.length - shown.length} more` : "";
    return [
      say.problem(
        path,
        `its user may not ${shown.join(", ")}${more}`,
        "ask the cluster's administrators for the role cluster-admin",
      ),
    ];
  });
}

/** Whether identities of the platform are taken by objects of somebody else. */
export function names({ present }: Pick<Facts, "present">): readonly Finding[] {
  const say = findingsOf("names");
  return given(present, say, "filiera:cluster.context", (objects) => {
    const foreign = [...objects.values()].filter((object) => !isOurs(object));
    if (foreign.length > 0)
      return foreign.map((object) =>
        say.problem(
          placeOf(object),
          "is there already, and is not filiera's: it lacks the label app.kubernetes.io/part-of",
          "remove it, or deploy to another cluster",
        ),
      );
    const found =
      objects.size === 0
        ? "no object of the platform's names is there yet"
        : `${count(objects.size, "object is", "objects are")} there from an earlier deployment`;
    return [say.fine("filiera:cluster.context", found)];
  });
}

/** How people call an object: `mlflow/Deployment mlflow`. */
export function placeOf(object: JsonObject): string {
  const namespace = textAt(object, "metadata", "namespace");
  return `${namespace === undefined ? "" : `${namespace}/`}${textAt(object, "kind")} ${nameOf(object)}`;
}

/** Whether the issuer that the environment names is there and ready. */
export function trust({ issuer }: Pick<Facts, "issuer">, { tls }: Pick<Environment, "tls">): readonly Finding[] {
  const say = findingsOf("trust");
  if (tls.kind !== "issuer") return [];
  const path = "filiera:tls.name";
  return given(issuer, say, path, (found) => {
    if (!found)
      return [
        say.problem(
          path,
          `found "${tls.name}", and the cluster has no such ${tls.issuerKind}`,
          "make it, or name another",
        ),
      ];
    const ready = conditionOf(found, "Ready");
    if (ready?.["status"] === "True") return [say.fine(path, `the ${tls.issuerKind} ${tls.name} is ready`)];
    const why = textAt(ready, "message") ?? "cert-manager says nothing of it yet";
    return [say.problem(path, `the ${tls.issuerKind} ${tls.name} is not ready: ${why}`, "mend it first")];
  });
}

/** Whether somebody serves the metrics by which autoscalers go. */
export function metrics(
  { metricsApi }: Pick<Facts, "metricsApi">,
  { mlflow }: Pick<Environment, "mlflow">,
): readonly Finding[] {
  const say = findingsOf("metrics");
  if (!mlflow.autoscaling) return [];
  const path = "filiera:mlflow.autoscaling";
  return given(metricsApi, say, path, (found) => {
    const fix = "install metrics-server, or remove the setting";
    if (!found) return [say.problem(path, "is set, and nobody serves metrics.k8s.io, by which it scales", fix)];
    const available = conditionOf(found, "Available");
    if (available?.["status"] === "True") return [say.fine(path, "metrics.k8s.io is served")];
    const why = textAt(available, "message") ?? "no reason given";
    return [say.problem(path, `is set, and metrics.k8s.io is not available: ${why}`, "mend metrics-server")];
  });
}
