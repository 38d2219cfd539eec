import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isObject, type JsonObject, listAt, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import { type OperatorChart, operatorCharts } from "../../../constructs/operator/index.ts";
import { conditionOf, type KubeObject } from "../control-plane/client.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { CRDS } from "../layers.ts";
import type { Install } from "./apply.ts";

/** Stands for the time at which kwok plays. */
const NOW = "now";
const ready = {
  conditions: [{ type: "Ready", status: "True", reason: "Played", message: "by kwok", lastTransitionTime: NOW }],
};

const condition = (type: string) => ({ ...ready.conditions[0], type });

/** What operators that do not run here would write into the status of their objects, by `apiVersion/Kind`. */
const STATUS: Readonly<Record<string, JsonObject>> = {
  "cert-manager.io/v1/Issuer": ready,
  "cert-manager.io/v1/ClusterIssuer": ready,
  "cert-manager.io/v1/Certificate": ready,
  "kafka.strimzi.io/v1/Kafka": ready,
  "kafka.strimzi.io/v1/KafkaTopic": ready,
  "kafka.strimzi.io/v1/KafkaUser": ready,
  "postgresql.cnpg.io/v1/Cluster": {
    conditions: ["Ready", "ContinuousArchiving", "LastBackupSucceeded"].map(condition),
    phase: "Cluster in healthy state",
  },
  "postgresql.cnpg.io/v1/Database": { applied: true },
  "postgresql.cnpg.io/v1/DatabaseRole": { applied: true },
};

/** @see StandIns */
export interface StandInOptions {
  /** Groups whose operator runs: their kinds get no status from here. @default - none */
  readonly real?: readonly string[];
  /** How long it takes an object to become ready. @default 0 */
  readonly delaySeconds?: number;
}

/** Stands for operators: brings the kinds of their charts, and has kwok write what they would say of their objects. */
export class StandIns {
  readonly #played: string[] = [];
  readonly #leftOut: string[] = [];
  readonly #plane: ControlPlane;
  readonly #delaySeconds: number;
  readonly #status: Readonly<Record<string, JsonObject>>;

  constructor(plane: ControlPlane, { real = [], delaySeconds = 0 }: StandInOptions = {}) {
    this.#plane = plane;
    this.#delaySeconds = delaySeconds;
    this.#status = Object.fromEntries(
      Object.entries(STATUS).filter(([kind]) => !real.some((group) => kind.startsWith(`${group}/`))),
    );
  }

  /** Installs the stand-in for a Helm release. */
  readonly install: Install = async (release) => {
    const chart = chartOf(release);
    await Promise.all(definitionsOf(chart).map((definition) => this.#plane.client.create(definition)));
    this.#leftOut.push(...chart.bill.webhooks.map(({ name }) => name));
    await this.play(release);
  };

  /** Once somebody has installed the kinds of a Helm release, has kwok write the status of their objects. */
  async play(release: string): Promise<void> {
    const chart = chartOf(release);
    for (const definition of definitionsOf(chart))
      await this.#plane.until(
        "kube-apiserver",
        "established",
        definition,
        (found) => conditionOf(found, "Established") === "True",
      );
    const kinds = chart.bill.crds.flatMap(({ group, versions, kind }) =>
      versions.map((version) => `${group}/${version}/${kind}`),
    );
    const stages = kinds.flatMap((kind) => {
      const status = this.#status[kind];
      return status ? [stageOf(kind, status, this.#delaySeconds)] : [];
    });
    if (stages.length === 0) return;
    // a kind and its schema are listed a moment after it is established, and kwok asks once
    for (const kind of kinds.filter((each) => each in this.#status)) await this.#listed(kind);
    this.#plane.play(`stages-${release}`, stages);
    this.#played.push(...kinds.filter((kind) => kind in this.#status));
  }

  /** Waits until a kind (`group/version/Kind`) stands in the API server's lists, and its schema in the index of schemas. */
  async #listed(kind: string): Promise<void> {
    const { client, processes } = this.#plane;
    const [group, version, name] = kind.split("/");
    await processes.until("kube-apiserver", `listing ${kind}`, async () => {
      const groups = await client.request("GET", "/apis");
      if (!listAt(groups.body, "groups").some((each) => each["name"] === group)) return undefined;
      const resources = await client.request("GET", `/apis/${group}/${version}`);
      if (!listAt(resources.body, "resources").some((each) => each["kind"] === name)) return undefined;
      // JSON that says of itself that it is plain text
      const schemas = await client.request("GET", "/openapi/v3");
      return textAt(schemas.body, "message")?.includes(`"apis/${group}/${version}"`) || undefined;
    });
  }

  /** Kinds whose status nobody but kwok wrote, and webhooks that nobody serves here and that therefore are not there. */
  summary(): string {
    const played = this.#played.map((kind) => kind.replace(/^.*\//, ""));
    return `status by kwok: ${played.join(", ")}; left out: ${this.#leftOut.join(", ")}`;
  }
}

/** Every definition that a chart brings, by its bill. */
export function definitionsOf({ bill }: OperatorChart): KubeObject[] {
  const files = readdirSync(CRDS).map((folder) => join(CRDS, folder));
  return bill.crds.map(({ plural, group }) => {
    const name = `${plural}.${group}`;
    const file = files.map((folder) => join(folder, `${name}.json`)).find((path) => existsSync(path));
    if (file === undefined) throw new Error(`no folder of ${CRDS} defines ${name}`);
    const definition: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (!isObject(definition)) throw new Error(`${file} holds no object`);
    const metadata = { ...objectAt(definition, "metadata"), name, creationTimestamp: undefined };
    return { ...definition, apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata };
  });
}

/** The chart behind a release. */
export function chartOf(release: string): OperatorChart {
  const found: OperatorChart | undefined = Object.values(operatorCharts).find((chart) => chart.release === release);
  if (!found) throw new Error(`no chart is released as ${release}`);
  return found;
}

/** A stage of kwok: an object that has no status yet gets this one. */
function stageOf(kind: string, status: JsonObject, delaySeconds: number): JsonObject {
  const [group, version, name = ""] = kind.split("/");
  const [first] = Object.keys(status);
  return {
    apiVersion: "kwok.x-k8s.io/v1alpha1",
    kind: "Stage",
    metadata: { name: `${name.toLowerCase()}-ready` },
    spec: {
      resourceRef: { apiGroup: `${group}/${version}`, kind: name },
      selector: {
        matchExpressions: [
          { key: ".metadata.deletionTimestamp", operator: "DoesNotExist" },
          { key: `.status.${first}`, operator: "DoesNotExist" },
        ],
      },
      delay: { durationMilliseconds: delaySeconds * 1000 },
      next: { statusTemplate: JSON.stringify(status).replaceAll(`"${NOW}"`, "{{ Now | Quote }}") },
    },
  };
}
