import { describe, expect, it } from "vitest";
import { kindOf } from "../../../constructs/kernel/identity.ts";
import { isObject, type Json, type JsonObject } from "../../../constructs/kernel/json.ts";
import { HELM_RELEASE } from "../../../constructs/operator/operator.ts";
import { type Answer, known } from "../../../stacks/findings/index.ts";
import { ailmentOf } from "../../../stacks/status/ailments.ts";
import { MADE, type StatusFacts } from "../../../stacks/status/collect.ts";
import { statusFrom } from "../../../stacks/status/status.ts";
import { wantedObjects } from "../../../stacks/wanted/index.ts";
import { deployment, REFUSED, told } from "../../support/cluster.ts";
import { ENVIRONMENTS, environment } from "../../support/platform.ts";

const wanted = wantedObjects(environment("dev"));
const objects = wanted.filter(({ manifest }) => kindOf(manifest) !== HELM_RELEASE);

const READY = [
  { type: "Ready", status: "True" },
  { type: "Complete", status: "True" },
];

/** An object as a cluster would have it, well and with some value in each hole. */
function live(holed: unknown): JsonObject {
  const filled = fill(holed);
  const object = isObject(filled) ? filled : {};
  const { stringData, ...rest } = object;
  const status = { conditions: READY, applied: true, readyReplicas: 9, updatedReplicas: 9 };
  const data = isObject(stringData)
    ? Object.fromEntries(
        Object.entries(stringData).map(([key, text]) => [key, Buffer.from(String(text)).toString("base64")]),
      )
    : undefined;
  return { ...rest, ...(data && { data }), status };
}

function fill(value: unknown): Json {
  if (Array.isArray(value)) return value.map(fill);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner)]));
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : "known later";
}

const release = (name: string, namespace: string, version: string, status = "deployed") => ({
  name,
  namespace,
  status,
  revision: 1,
  chart: { name, version, appVersion: version },
});
const RELEASES = [
  release("cert-manager", "cert-manager", "v1.21.1"),
  release("cloudnative-pg", "cnpg-system", "0.29.0"),
  release("plugin-barman-cloud", "cnpg-system", "0.7.0"),
  release("prometheus-operator-crds", "filiera-system", "31.0.1"),
];

/** A cluster in which all is as the file says. */
const WELL: StatusFacts = {
  live: new Map(
    objects.map(({ identity, holed }): [string, Answer<JsonObject | undefined>] => [identity, known(live(holed))]),
  ),
  pods: known([]),
  deployments: known([]),
  secrets: new Map(),
  releases: known(RELEASES),
  served: known(new Set()),
  labelled: known([]),
};

const ask = (facts: Partial<StatusFacts> = {}) =>
  told(
    statusFrom({ ...WELL, ...facts }, wanted, {
      environment: "dev",
      context: "dev",
      now: new Date("2026-11-24T12:00:00Z"),
    }),
  );
const wrong = (facts: Partial<StatusFacts>) => ask(facts).filter((each) => !each.startsWith("fine "));

/** The facts with one object changed, or gone. */
function changed(identity: string, change: (object: JsonObject) => JsonObject | undefined): Partial<StatusFacts> {
  const before = WELL.live.get(identity);
  if (before?.kind !== "known" || !before.value) throw new Error(`there is no ${identity}`);
  return { live: new Map([...WELL.live, [identity, known(change(before.value))]]) };
}

describe("the status of an environment", () => {
  it("is well", () => {
    expect(ask()).toEqual([
      `fine filiera:cluster.context: ${objects.length} of ${objects.length} objects are there and well`,
      "fine filiera:operators: cert-manager v1.21.1, cloudnative-pg 1.30.0, plugin-barman-cloud v0.13.0, prometheus-operator-crds v0.93.1, silo:RELEASE.2026-09-16T00-00-00Z, postgresql:18.4-system-trixie, mlflow:3.17.2",
      "fine filiera:cluster.context: all objects are what the file says, and there are no others",
    ]);
  });

  it("is nothing, where nothing is deployed", () => {
    expect(ask({ live: new Map(objects.map(({ identity }) => [identity, known(undefined)])) })).toEqual([
      `problem filiera:cluster.context: nothing of dev is in "dev": none of its ${objects.length} objects → filiera up dev makes them`,
    ]);
  });

  it("is not known, where one may not look", () => {
    const secrets = objects.filter(({ manifest }) => manifest.kind === "Secret");
    const found = wrong({
      live: new Map([...WELL.live, ...secrets.map(({ identity }): [string, Answer<never>] => [identity, REFUSED])]),
      releases: REFUSED,
      labelled: REFUSED,
    });
    expect([...new Set(found)]).toEqual([
      `unknown filiera:cluster.context: could not look at ${secrets.length} objects (Secret): it is forbidden`,
      "unknown filiera:operators: could not look: it is forbidden",
      "unknown filiera:cluster.context: could not look: it is forbidden",
    ]);
  });

  it("names an object that is not well, the pod that is to blame, and the command to look further", () => {
    const labels = Object.fromEntries(
      [
        ["name", "mlflow"],
        ["instance", "mlflow"],
        ["component", "server"],
      ].map(([key, value]) => [`app.kubernetes.io/${key}`, value]),
    );
    const pod = {
      metadata: { namespace: "mlflow", name: "mlflow-7d", labels },
      status: { containerStatuses: [{ name: "main", state: { waiting: { reason: "ImagePullBackOff" } } }] },
    };
    const facts = changed("apps/Deployment/mlflow/mlflow", (object) => ({ ...object, status: { readyReplicas: 0 } }));
    expect(wrong({ ...facts, pods: known([pod]) })[0]).toBe(
      "problem mlflow/Deployment mlflow: 0 of 1 pod is ready; pod mlflow-7d: main waits, ImagePullBackOff → kubectl --context dev --namespace mlflow describe pod mlflow-7d",
    );
    const issuer = changed("cert-manager.io/ClusterIssuer//filiera-ca", (object) => ({ ...object, status: {} }));
    expect(wrong(issuer)).toEqual([
      "note ClusterIssuer filiera-ca: has no status yet: nobody acts on it → kubectl --context dev describe clusterissuer.cert-manager.io filiera-ca",
    ]);
  });

  it("names an object that is not there, and one that nobody asked for", () => {
    expect(wrong(changed("/ConfigMap/minio/minio-setup", () => undefined))).toEqual([
      "problem minio/ConfigMap minio-setup: is not there → filiera up dev makes it",
    ]);
    const left = { apiVersion: "apps/v1", kind: "Deployment", metadata: { namespace: "mlflow", name: "gateway" } };
    const there = { apiVersion: "apps/v1", kind: "Deployment", metadata: { namespace: "mlflow", name: "mlflow" } };
    expect(wrong({ labelled: known([left, there]) })).toEqual([
      "problem mlflow/Deployment gateway: is filiera's, and the file does not ask for it → filiera up dev removes what it once made; kubectl delete removes the rest",
    ]);
  });

  it("names fields that differ, three of an object at most", () => {
    const facts = changed("/Service/mlflow/mlflow", (object) => ({
      ...object,
      spec: { selector: { app: "other" }, ports: [] },
    }));
    expect(wrong(facts)).toEqual([
      'problem mlflow/Service mlflow: spec.ports[0] is not there, and the file says {"name":"http","port":5000,"protocol":"TCP","targetPort":"ht…; spec.selector["app.kubernetes.io/component"] is not there, and the file says "server"; spec.selector["app.kubernetes.io/instance"] is not there, and the file says "mlflow"; … 2 more → filiera up dev makes it what the file says',
    ]);
  });

  it("shows nothing of a Secret", () => {
    const facts = changed("/Secret/mlflow/mlflow-admin", (object) => ({
      ...object,
      data: { username: "aG9zdGlsZQ==", extra: "aHVudGVyMg==" },
    }));
    expect(wrong(facts)).toEqual([
      "problem mlflow/Secret mlflow-admin: data.username is not what the file says; data.password is not there; data.extra is not what the file says → filiera up dev makes it what the file says",
    ]);
  });
});

describe("the versions that run", () => {
  it.each([
    ["is not there → filiera up dev installs it", undefined],
    [
      "is v1.20.0, and the file says v1.21.1 → filiera up dev moves it there",
      release("cert-manager", "cert-manager", "v1.20.0"),
    ],
    [
      "is pending-upgrade → filiera up dev puts it in order",
      release("cert-manager", "cert-manager", "v1.21.1", "pending-upgrade"),
    ],
  ])("of an operator: %s", (says, found) => {
    const releases = known([...(found ? [found] : []), ...RELEASES.slice(1)]);
    expect(wrong({ releases })).toEqual([`problem cert-manager/Helm release cert-manager: ${says}`]);
  });

  it("of an operator without Helm's books are its images'", () => {
    const running = (tag: string) => [
      deployment("cert-manager", "cert-manager", `quay.io/jetstack/cert-manager-controller:${tag}`, 1),
    ];
    const facts = { releases: known(RELEASES.slice(1)) };
    expect(wrong({ ...facts, deployments: known(running("v1.21.1")) })).toEqual([]);
    expect(wrong({ ...facts, deployments: known(running("v1.18.0")) })).toEqual([
      "problem cert-manager/Helm release cert-manager: its image is of v1.18.0, and the file says v1.21.1 → render it anew for your GitOps tool",
    ]);
    const kinds = ["PodMonitor", "ServiceMonitor"].map((kind) => `monitoring.coreos.com/${kind}`);
    expect(wrong({ releases: known(RELEASES.slice(0, 3)), served: known(new Set(kinds)) })).toHaveLength(1);
  });

  it("of a pod are those of what it belongs to", () => {
    const pod = {
      metadata: { namespace: "postgres", name: "postgres-1", labels: { "cnpg.io/cluster": "postgres" } },
      spec: { containers: [{ name: "postgres", image: "ghcr.io/cloudnative-pg/postgresql:17.2" }] },
    };
    expect(wrong({ pods: known([pod]) })).toEqual([
      "problem postgres/Cluster postgres: 1 of 1 pod runs ghcr.io/cloudnative-pg/postgresql:17.2, and the file says ghcr.io/cloudnative-pg/postgresql:18.4-system-trixie → wait for its rollout, or see why it stands still",
    ]);
  });
});

describe("a cluster with backups", () => {
  const manifest = wantedObjects(environment("staging")).find(({ manifest }) => manifest.kind === "Cluster")?.manifest;
  const condition = (type: string, status: string, more: JsonObject = {}): JsonObject => ({ type, status, ...more });
  const why = (...conditions: JsonObject[]) =>
    manifest && ailmentOf(manifest, { status: { conditions: [condition("Ready", "True"), ...conditions] } });

  it("is well once its log is archived and a base backup is taken, also while another is", () => {
    const archived = condition("ContinuousArchiving", "True");
    expect(why(archived, condition("LastBackupSucceeded", "True"))).toBeUndefined();
    expect(why(archived, condition("LastBackupSucceeded", "False", { reason: "BackupStarted" }))).toBeUndefined();
    expect(why(archived)).toEqual({ why: "has no base backup yet, and cannot be recovered", underWay: true });
  });

  it("is not where one of the two fails, in the operator's words", () => {
    expect(why(condition("ContinuousArchiving", "False", { message: "exit status 4" }))).toEqual({
      why: "does not archive its write-ahead log: exit status 4",
    });
    const failed = condition("LastBackupSucceeded", "False", { reason: "LastBackupFailed", message: "no space" });
    expect(why(failed)).toEqual({ why: "its last base backup failed: no space" });
  });
});

describe("the kinds among which leftovers are looked for", () => {
  it.each(ENVIRONMENTS)("have all that %s makes", (name) => {
    const made = new Set(MADE.map((each) => each.join("/")));
    const kinds = wantedObjects(environment(name))
      .filter(({ manifest }) => kindOf(manifest) !== HELM_RELEASE)
      .map(({ manifest }) => `${manifest.apiVersion}/${manifest.kind}`);
    expect([...new Set(kinds)].filter((kind) => !made.has(kind))).toEqual([]);
  });
});
