import { kindOf } from "../../constructs/kernel/identity.ts";
import { type JsonObject, listAt, textAt } from "../../constructs/kernel/json.ts";
import { podTemplateOf } from "../../constructs/kernel/pods.ts";
import { type OperatorChart, operatorCharts } from "../../constructs/operator/index.ts";
import { HELM_RELEASE } from "../../constructs/operator/operator.ts";
import type { HelmRelease } from "../cluster/helm.ts";
import { placeOf } from "../doctor/cluster.ts";
import { compareVersions, type RunningOperator, runningOf } from "../doctor/running.ts";
import { type Finding, findingsOf, given } from "../findings/index.ts";
import { count } from "../plan/amounts.ts";
import type { WantedObject } from "../wanted/index.ts";
import type { StatusFacts } from "./collect.ts";
import { isOf } from "./health.ts";
import type { Deployed } from "./status.ts";

const say = findingsOf("versions");

const charts: readonly OperatorChart[] = Object.values(operatorCharts);

/** What runs against what the file asks for. */
export function versions(
  facts: StatusFacts,
  wanted: readonly WantedObject[],
  { environment }: Pick<Deployed, "environment">,
): readonly Finding[] {
  const path = "filiera:operators";
  const releases = wanted.filter(({ manifest }) => kindOf(manifest) === HELM_RELEASE);
  const images = imagesOf(wanted);
  const others = given(facts.pods, say, "filiera:cluster.context", (pods) =>
    images.flatMap(({ object, asked }) =>
      otherImages(
        placeOf(object.manifest),
        asked,
        pods.filter((pod) => isOf({ wanted: object, live: {} }, pod)),
      ),
    ),
  );
  const found = releases.flatMap(({ manifest }): readonly Finding[] => {
    const chart = charts.find((each) => each.release === manifest.metadata.name);
    if (!chart) return [];
    return given(facts.releases, say, path, (all) =>
      given(facts.deployments, say, path, (deployments) => {
        const own = all.find(({ name, namespace }) => name === chart.release && namespace === chart.namespace);
        const served =
          facts.served.kind === "known" &&
          chart.bill.crds.every(
            ({ group, kind }) => facts.served.kind === "known" && facts.served.value.has(`${group}/${kind}`),
          );
        return release(chart, { found: own, running: runningOf(chart, deployments), served }, environment);
      }),
    );
  });
  const all = [...found, ...others];
  if (all.some(({ verdict }) => verdict !== "fine")) return all.filter(({ verdict }) => verdict !== "fine");
  const tags = images.flatMap(({ asked }) => [...asked].map(shortOf));
  const line = [...found.map((each) => each.found), ...new Set(tags)].join(", ");
  return [say.fine(path, line)];
}

/** Where a custom kind says which image its pods run. */
const IMAGES: Readonly<Record<string, readonly string[]>> = {
  "kafka.strimzi.io/Kafka": ["spec", "kafka", "image"],
  "postgresql.cnpg.io/Cluster": ["spec", "imageName"],
};

/** Objects that run pods, with the images that these must have. */
function imagesOf(wanted: readonly WantedObject[]) {
  return wanted.flatMap((object) => {
    const { manifest } = object;
    const template = podTemplateOf(manifest);
    const containers = listAt(template?.spec, "containers").flatMap((each) => textAt(each, "image") ?? []);
    const image = IMAGES[kindOf(manifest)];
    const asked = new Set([...containers, ...(image ? [textAt(manifest, ...image) ?? ""] : [])]);
    return asked.size > 0 && manifest.kind !== "Job" ? [{ object, asked }] : [];
  });
}

/** `mlflow:3.17.2` of `registry.example.com/filiera/mlflow:3.17.2@sha256:…`. */
function shortOf(image: string): string {
  const reference = image.replace(/@.*$/, "");
  return reference.slice(reference.lastIndexOf("/") + 1);
}

/** What of a chart runs against what the file asks for: as Helm's books say, or else as its images do. */
function release(
  chart: OperatorChart,
  { found, running, served }: { found: HelmRelease | undefined; running: readonly RunningOperator[]; served: boolean },
  environment: string,
): readonly Finding[] {
  const path = `${chart.namespace}/Helm release ${chart.release}`;
  const up = `filiera up ${environment}`;
  const { bill } = chart;
  const asked = [say.fine(path, `${bill.chart} ${bill.appVersion}`)];
  if (!found) {
    // a GitOps tool may have applied the chart without Helm
    const tag = running[0]?.version;
    if (running.length > 0 && (tag === undefined || compareVersions(tag, bill.appVersion) === 0)) return asked;
    if (tag !== undefined)
      return [say.problem(path, `its image is of ${tag}, and the file says ${bill.appVersion}`, MOVE)];
    if (bill.workloads.length === 0 && served) return asked;
    return [say.problem(path, "is not there", `${up} installs it`)];
  }
  if (found.status !== "deployed") return [say.problem(path, `is ${found.status}`, `${up} puts it in order`)];
  if (!found.chart)
    return [say.note(path, `is deployed, and its version cannot be read: the file says ${bill.version}`)];
  const { version } = found.chart;
  if (version === chart.chart.version) return asked;
  return [say.problem(path, `is ${version}, and the file says ${chart.chart.version}`, `${up} moves it there`)];
}

const MOVE = "render it anew for your GitOps tool";

/** Pods that run other images than what they belong to asks for, as one. */
function otherImages(owner: string, wanted: ReadonlySet<string>, pods: readonly JsonObject[]): readonly Finding[] {
  const others = pods.flatMap((pod) => {
    const images = listAt(pod, "spec", "containers").flatMap((each) => textAt(each, "image") ?? []);
    // what others put into a pod, such as a mesh's proxy, is theirs
    const missing = [...wanted].filter((image) => !images.includes(image));
    return missing.length > 0 ? [{ images: [...new Set(images)], missing }] : [];
  });
  const [first] = others;
  if (!first) return [];
  return [
    say.problem(
      owner,
      `${others.length} of ${count(pods.length, "pod")} run${others.length === 1 ? "s" : ""} ${first.images.join(", ")}, and the file says ${first.missing.join(", ")}`,
      "wait for its rollout, or see why it stands still",
    ),
  ];
}
