import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { listAt, textAt } from "../../../constructs/kernel/json.ts";
import { resolved } from "../../support/platform.ts";
import { ControlPlane } from "../control-plane/control-plane.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";
import { applyAtOnce, type Install } from "./apply.ts";
import { CLUSTER } from "./cluster.ts";
import { chartOf, StandIns } from "./operators.ts";
import { type Step, stepsOfProgram, stepsOfRendering } from "./steps.ts";
import { Webhook } from "./webhook.ts";

const { skip, title } = skipped(layers.environments);

// with more than one API server, as this one is told, a kind is established seconds after it was accepted
const SLOW = { ...CLUSTER, apiServer: ["--apiserver-count=2"] };

describe.skipIf(skip)(`${title}, where everything is late`, () => {
  it.each([
    {
      what: "prod, as the program asks for it,",
      steps: () => stepsOfProgram("prod", resolved("prod")),
      asked: ["Certificate", "Cluster", "ClusterIssuer", "Database", "ScheduledBackup"],
    },
    {
      what: "local, as it is rendered,",
      steps: async () => stepsOfRendering(resolved("local")),
      asked: ["Certificate", "Cluster", "ClusterIssuer", "Database"],
    },
  ])("$what goes in at once as its order allows, each object once", async ({ steps, asked }) => {
    await using plane = await ControlPlane.start(SLOW);
    await using webhooks = new Webhooks(plane);
    const operators = new StandIns(plane, { delaySeconds: 2 });
    const outcomes = await applyAtOnce(plane, await steps(), async (release) => {
      await webhooks.demand(release);
      await sleep(1000);
      await operators.install(release);
      await sleep(2000);
      // as a release does: done when its webhook answers
      await webhooks.answer(release);
    });
    expect(outcomes.filter(({ changed }) => !changed)).toEqual([]);
    expect([...webhooks.asked].sort()).toEqual(asked);

    const ready = await readyAt(plane);
    const [migrated] = (await plane.client.list("batch/v1", "Job", "mlflow")).map((job) => ({
      began: timeAt(job, "metadata", "creationTimestamp"),
      ended: timeAt(job, "status", "completionTime"),
    }));
    const [mlflow] = await plane.client.list("apps/v1", "Deployment", "mlflow");
    expect(migrated?.began).toBeGreaterThanOrEqual(ready);
    expect(timeAt(mlflow, "metadata", "creationTimestamp")).toBeGreaterThanOrEqual(migrated?.ended ?? Infinity);
  });

  it("a kind that does not wait for its operator is refused", async () => {
    const steps = (await stepsOfProgram("local", resolved("local"))).map(
      (step): Step => ({ ...step, after: step.after.filter((other) => !other.includes(":Release::")) }),
    );
    await using plane = await ControlPlane.start(SLOW);
    const operators = new StandIns(plane);
    const install: Install = async (release) => {
      await sleep(1000);
      await operators.install(release);
    };
    await expect(applyAtOnce(plane, steps, install)).rejects.toThrow(/was refused: \S+ \S+ is not served$/);
  });

  it("an object whose operator's webhook does not answer yet is refused", async () => {
    const steps = await stepsOfProgram("local", resolved("local"));
    await using plane = await ControlPlane.start(SLOW);
    await using webhooks = new Webhooks(plane);
    const operators = new StandIns(plane);
    const install: Install = async (release) => {
      await webhooks.demand(release);
      await operators.install(release);
    };
    await expect(applyAtOnce(plane, steps, install)).rejects.toThrow(/was refused: .*failed calling webhook/);
  });
});

/** The webhooks of all releases: demanded first, answering when told. */
class Webhooks implements AsyncDisposable {
  readonly #plane: ControlPlane;
  readonly #byRelease = new Map<string, Webhook>();

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  get asked(): Set<string> {
    return new Set([...this.#byRelease.values()].flatMap((webhook) => [...webhook.asked]));
  }

  async demand(release: string): Promise<void> {
    const { webhooks } = chartOf(release).bill;
    if (webhooks.length === 0) return;
    const webhook = await Webhook.prepare();
    this.#byRelease.set(release, webhook);
    await this.#plane.client.apply(webhook.configuration(release, webhooks));
  }

  async answer(release: string): Promise<void> {
    await this.#byRelease.get(release)?.listen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const webhook of this.#byRelease.values()) await webhook[Symbol.asyncDispose]();
  }
}

/** When the database cluster said that it is ready. */
async function readyAt({ client }: ControlPlane): Promise<number> {
  const [cluster] = await client.list("postgresql.cnpg.io/v1", "Cluster");
  const [condition] = listAt(cluster, "status", "conditions");
  return timeAt(condition, "lastTransitionTime");
}

function timeAt(object: unknown, ...path: readonly string[]): number {
  return Date.parse(textAt(object, ...path) ?? "");
}
