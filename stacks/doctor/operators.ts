import { type JsonObject, objectAt, textAt } from "../../constructs/kernel/json.ts";
import { type OperatorChart, operatorCharts } from "../../constructs/operator/index.ts";
import type { HelmRelease } from "../cluster/helm.ts";
import type { Environment } from "../environment/index.ts";
import { type Finding, findingsOf, given } from "../findings/index.ts";
import type { Facts } from "./facts.ts";
import { nameOf } from "./nodes.ts";
import { isOurs } from "./ours.ts";
import { compareVersions, type RunningOperator, runningOf } from "./running.ts";

const say = findingsOf("operators");

export type OperatorFacts = Pick<Facts, "definitions" | "deployments" | "releases" | "served" | "present">;

interface Asked {
  readonly setting: keyof Environment["operators"];
  readonly chart: OperatorChart;
  /** Why it must run in our chart's namespace, and what to do where it does not. @default - it may run anywhere */
  readonly atHome?: { readonly why: string; readonly fix: string };
}

/** Whether each operator is what the environment says: free to be installed, or there and fit for the platform. */
export function operators(
  facts: OperatorFacts,
  { operators: chosen, tls, postgres, kafka }: Pick<Environment, "operators" | "tls" | "postgres" | "kafka">,
  used: ReadonlySet<string>,
): readonly Finding[] {
  const asked: readonly Asked[] = [
    {
      setting: "certManager",
      chart: operatorCharts["cert-manager"],
      ...(tls.kind === "internal" && {
        atHome: {
          why: "the Secret of the platform's authority is looked for in its own namespace",
          fix: "set filiera:tls to an issuer that the cluster has",
        },
      }),
    },
    ...(postgres.kind === "cloudnative-pg"
      ? [
          {
            setting: "cloudnativePg" as const,
            chart: operatorCharts["cloudnative-pg"],
            atHome: {
              why: "the databases' NetworkPolicies admit it from there alone",
              fix: "move it there, or have filiera install it",
            },
          },
        ]
      : []),
    ...(kafka?.kind === "strimzi"
      ? [
          {
            setting: "strimzi" as const,
            chart: operatorCharts.strimzi,
            atHome: {
              why: "Kafka's NetworkPolicies admit it from there alone",
              fix: "move it there, or have filiera install it",
            },
          },
        ]
      : []),
    ...(postgres.kind === "cloudnative-pg"
      ? [{ setting: "barmanCloud" as const, chart: operatorCharts["barman-cloud"] }]
      : []),
    { setting: "prometheusCrds", chart: operatorCharts["prometheus-operator-crds"] },
  ];
  return asked.flatMap((each) => {
    if (chosen[each.setting] === "install") return toInstall(facts, each);
    return chosen[each.setting] === "existing" ? toFind(facts, each, used) : [];
  });
}

function pathOf({ setting }: Asked): string {
  return `filiera:operators.${setting}`;
}

function toInstall({ definitions, releases, present }: OperatorFacts, asked: Asked): readonly Finding[] {
  const { chart } = asked;
  const path = pathOf(asked);
  return given(releases, say, path, (all) =>
    given(definitions, say, path, (defined) =>
      given(present, say, path, (objects) => {
        const own = all.find(({ name, namespace }) => name === chart.release && namespace === chart.namespace);
        if (own && [...objects.values()].some((object) => isOurs(object) && isIn(chart.namespace, object)))
          return installed(own, asked);
        const others = defined.filter((definition) => isOf(chart, definition) && !ownedBy(chart, definition));
        if (own || others.length > 0) return [taken(others, own, asked)];
        const left = defined.filter((definition) => isOf(chart, definition)).length;
        const kinds = left > 0 ? `; ${left} of its kinds are there from an earlier deployment, and are taken over` : "";
        return [say.fine(path, `${chart.bill.chart} ${chart.bill.version} is to be installed${kinds}`)];
      }),
    ),
  );
}

/** Whether an object is in a namespace, or is it. */
function isIn(namespace: string, object: JsonObject): boolean {
  const isIt = object["kind"] === "Namespace" && nameOf(object) === namespace;
  return isIt || textAt(object, "metadata", "namespace") === namespace;
}

function installed({ status, chart: found }: HelmRelease, asked: Asked): readonly Finding[] {
  const { chart } = asked;
  const path = pathOf(asked);
  const release = `the Helm release ${chart.namespace}/${chart.release}`;
  if (status.startsWith("pending-"))
    return [say.note(path, `${release} is ${status} since a run was killed`, "filiera up clears it")];
  if (status !== "deployed") return [say.note(path, `${release} is ${status}`, "filiera up tries again")];
  const order = found ? compareVersions(found.version, chart.bill.version) : 0;
  if (found && order > 0)
    return [
      say.problem(
        path,
        `${release} has ${found.name} ${found.version}, and this filiera would set it back to ${chart.bill.version}`,
        "use the filiera that installed it, or a newer one",
      ),
    ];
  if (found && order < 0)
    return [say.note(path, `${release} has ${found.name} ${found.version}, and up moves it to ${chart.bill.version}`)];
  return [say.fine(path, `${chart.bill.chart} ${chart.bill.version} is installed`)];
}

/** Somebody else has installed it: Helm takes over neither releases nor kinds. */
function taken(definitions: readonly JsonObject[], own: HelmRelease | undefined, asked: Asked): Finding {
  const { chart } = asked;
  const [first] = definitions;
  const owner = own ? `${own.namespace}/${own.name}` : first && ownerOf(first);
  const by = owner === undefined ? "not by Helm" : `by the Helm release ${owner}`;
  const version = own?.chart ? ` ${own.chart.version}` : "";
  const found =
    definitions.length > 0
      ? `its kinds are there already, ${nameOf(first)}${definitions.length > 1 ? " and others" : ""}, installed ${by}`
      : `${chart.bill.chart}${version} is there already, installed ${by}, and not by filiera`;
  return say.problem(
    pathOf(asked),
    `found "install", and ${found}`,
    'set it to "existing", or remove what is there first',
  );
}

function toFind(facts: OperatorFacts, asked: Asked, used: ReadonlySet<string>): readonly Finding[] {
  const { chart } = asked;
  const path = pathOf(asked);
  return given(facts.served, say, path, (served) => {
    const kinds = new Set(chart.bill.crds.map(({ group, kind }) => `${group}/${kind}`));
    const needed = [...used].filter((each) => kinds.has(each.replace(/\/[^/]+\//, "/")));
    const missing = needed.filter((each) => !served.has(each)).sort();
    if (missing.length > 0)
      return [
        say.problem(
          path,
          `found "existing", and the cluster does not serve ${missing.join(", ")}`,
          `${missing.length === needed.length ? "install it" : "upgrade it"} (filiera is made for ${chart.bill.chart} ${chart.bill.appVersion}), or set it to "install"`,
        ),
      ];
    if (chart.bill.workloads.length === 0) return [say.fine(path, `the cluster has the kinds of ${chart.bill.chart}`)];
    return given(facts.deployments, say, path, (deployments) => there(runningOf(chart, deployments), asked));
  });
}

function there(running: readonly RunningOperator[], asked: Asked): readonly Finding[] {
  const { chart, atHome } = asked;
  const path = pathOf(asked);
  const [first] = running;
  if (!first)
    return [
      say.note(
        path,
        `no Deployment runs an image of ${chart.bill.chart}, and somebody must act on its kinds`,
        "see that it runs",
      ),
    ];
  const down = running.find(({ available }) => !available);
  if (down)
    return [
      say.problem(path, `the Deployment ${down.namespace}/${down.name} has no pod that is available`, "mend it first"),
    ];
  if (atHome && first.namespace !== chart.namespace)
    return [
      say.problem(
        path,
        `it runs in the namespace ${first.namespace}, not in ${chart.namespace}, and ${atHome.why}`,
        atHome.fix,
      ),
    ];
  const version = first.version;
  const order = version === undefined ? 0 : compareVersions(version, chart.bill.appVersion);
  const found = `${chart.bill.chart} ${version ?? "of an unknown version"} runs in ${first.namespace}`;
  if (order === 0) return [say.fine(path, found)];
  return [say.note(path, `${found}; filiera is made for ${chart.bill.appVersion}`)];
}

function isOf({ bill }: OperatorChart, definition: JsonObject): boolean {
  return bill.crds.some(({ plural, group }) => nameOf(definition) === `${plural}.${group}`);
}

function ownerOf(definition: JsonObject): string | undefined {
  const annotations = objectAt(definition, "metadata", "annotations");
  const { "meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": namespace } = annotations;
  return name === undefined ? undefined : `${namespace}/${name}`;
}

function ownedBy({ namespace, release }: OperatorChart, definition: JsonObject): boolean {
  return ownerOf(definition) === `${namespace}/${release}`;
}
