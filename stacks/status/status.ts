import { isFilieraError } from "../../constructs/kernel/errors.ts";
import { identityOf, kindOf } from "../../constructs/kernel/identity.ts";
import { type JsonObject, textAt } from "../../constructs/kernel/json.ts";
import { HELM_RELEASE } from "../../constructs/operator/operator.ts";
import type { KubeconfigEnv } from "../cluster/kubeconfig.ts";
import { placeOf } from "../doctor/cluster.ts";
import { reach, unreached } from "../doctor/doctor.ts";
import type { Environment } from "../environment/index.ts";
import { type Finding, findingsOf, given, type Report } from "../findings/index.ts";
import { count } from "../plan/amounts.ts";
import { type WantedObject, wantedObjects } from "../wanted/index.ts";
import { certificates } from "./certificates.ts";
import { collectStatus, type StatusFacts } from "./collect.ts";
import { drift, leftovers, missing } from "./drift.ts";
import { health } from "./health.ts";
import { versions } from "./versions.ts";

/** Where a platform was deployed to, and under which name. */
export interface Deployed {
  readonly environment: string;
  readonly context: string;
  readonly now: Date;
}

/** An object of the file that is in the cluster. */
export interface LiveObject {
  readonly wanted: WantedObject;
  readonly live: JsonObject;
}

/** How a deployed platform is: whether its objects are well, what runs, what ends, and what is not as the file says. */
export function statusFrom(
  facts: StatusFacts,
  wanted: readonly WantedObject[],
  deployed: Deployed,
): readonly Finding[] {
  const objects = wanted.filter(({ manifest }) => kindOf(manifest) !== HELM_RELEASE);
  const answers = objects.map((object) => ({ object, answer: facts.live.get(object.identity) }));
  const live = answers.flatMap(({ object, answer }): LiveObject[] =>
    answer?.kind === "known" && answer.value ? [{ wanted: object, live: answer.value }] : [],
  );
  const absent = answers.flatMap(({ object, answer }) => (answer?.kind === "known" && !answer.value ? [object] : []));
  const { environment, context } = deployed;
  if (absent.length === objects.length)
    return [
      findingsOf("health").problem(
        "filiera:cluster.context",
        `nothing of ${environment} is in "${context}": none of its ${objects.length} objects`,
        `filiera up ${environment} makes them`,
      ),
    ];
  return [
    ...refused(answers),
    ...health(facts, live, objects.length, deployed),
    ...versions(facts, wanted, deployed),
    ...certificates(
      live.flatMap((each) => issued(each, facts)),
      deployed.now,
    ),
    ...drifts(facts, live, absent, wanted, environment),
  ];
}

/** What could not be looked at, by the reason. */
function refused(
  answers: readonly { readonly object: WantedObject; readonly answer: ReturnType<StatusFacts["live"]["get"]> }[],
): Finding[] {
  const byReason = new Map<string, WantedObject[]>();
  for (const { object, answer } of answers)
    if (answer?.kind === "refused") byReason.set(answer.why, [...(byReason.get(answer.why) ?? []), object]);
  return [...byReason].map(([why, objects]) => {
    const kinds = [...new Set(objects.map(({ manifest }) => manifest.kind))].join(", ");
    return findingsOf("health").unknown(
      "filiera:cluster.context",
      `could not look at ${count(objects.length, "object")} (${kinds}): ${why}`,
    );
  });
}

function issued({ wanted: { manifest }, live }: LiveObject, { secrets }: StatusFacts) {
  if (manifest.kind !== "Certificate") return [];
  const { namespace = "" } = manifest.metadata;
  const secret = secrets.get(`${namespace}/${textAt(manifest, "spec", "secretName")}`);
  return [{ path: placeOf(manifest), certificate: live, secret }];
}

function drifts(
  { labelled }: StatusFacts,
  live: readonly LiveObject[],
  absent: readonly WantedObject[],
  wanted: readonly WantedObject[],
  environment: string,
): readonly Finding[] {
  const say = findingsOf("drift");
  const path = "filiera:cluster.context";
  const known = new Set(wanted.map(({ identity }) => identity));
  const found = [
    ...absent.map((object) => missing(object, environment)),
    ...live.flatMap((each) => drift(each.wanted, each.live, environment)),
    ...given(labelled, say, path, (all) =>
      leftovers(
        all.filter((object) => !known.has(identityIn(object))),
        environment,
      ),
    ),
  ];
  return found.length > 0 ? found : [say.fine(path, "all objects are what the file says, and there are no others")];
}

function identityIn(object: JsonObject): string {
  const namespace = textAt(object, "metadata", "namespace");
  return identityOf({
    apiVersion: textAt(object, "apiVersion") ?? "",
    kind: textAt(object, "kind") ?? "",
    metadata: { name: textAt(object, "metadata", "name") ?? "", ...(namespace !== undefined && { namespace }) },
  });
}

/** Examines a deployed environment. Changes nothing. */
export async function examineDeployed(
  name: string,
  environment: Environment,
  { env, now = new Date() }: { readonly env?: KubeconfigEnv; readonly now?: Date } = {},
): Promise<Report> {
  const { context } = environment.cluster;
  const found = await reach(environment, env);
  if (isFilieraError(found)) return { environment: name, context, findings: unreached(found) };
  const wanted = wantedObjects(environment);
  const facts = await collectStatus(found, wanted);
  return {
    environment: name,
    context,
    server: found.server,
    kubernetes: found.version,
    findings: statusFrom(facts, wanted, { environment: name, context, now }),
  };
}
