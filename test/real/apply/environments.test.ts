import { describe, expect, it } from "vitest";
import { type JsonObject, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import { decrypted, MANAGED, VARIANTS } from "../../support/platform.ts";
import { conditionOf } from "../control-plane/client.ts";
import { ControlPlane } from "../control-plane/control-plane.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";
import { applyInOrder } from "./apply.ts";
import { CLUSTER } from "./cluster.ts";
import { StandIns } from "./operators.ts";
import { appliedBy, stepsOfProgram, stepsOfRendering } from "./steps.ts";

const { skip, title } = skipped(layers.environments);

/** Those with a Kafka, or recovered, have every object of those without. */
const FULLEST = [...VARIANTS, ...MANAGED].filter(([what]) => !["local", "prod", "staging"].includes(what));

describe.skipIf(skip)(title, () => {
  it.each(FULLEST)(
    "%s goes in, one object after the other, each once; a second time changes nothing",
    async (what, name, changes) => {
      const environment = decrypted(name, changes);
      await using plane = await ControlPlane.start(CLUSTER);
      const operators = new StandIns(plane);
      const steps = await stepsOfProgram(name, environment);
      const first = await applyInOrder(plane, steps, operators.install);
      console.log(`${what}: ${first.length} objects; ${operators.summary()}`);
      expect(first.length).toBe(appliedBy(steps).length);
      expect(first.filter(({ changed }) => !changed)).toEqual([]);
      expect(first.flatMap(({ object, warnings }) => warnings.map((text) => `${object}: ${text}`))).toEqual([]);

      const workloads = await workloadsOf(plane);
      expect(workloads.filter(({ done }) => done).length).toBeGreaterThan(1);
      expect(workloads.filter(({ done }) => !done)).toEqual([]);

      const second = await applyInOrder(plane, steps, async () => {});
      expect(second.filter(({ changed }) => changed)).toEqual([]);

      const rendered = appliedBy(stepsOfRendering(environment));
      expect(rendered.length).toBe(first.length);
      for (const object of rendered) await plane.client.apply(object, { dryRun: true });
    },
  );
});

/** What runs pods, and whether it has come to what it is for. */
async function workloadsOf({ client }: ControlPlane) {
  const [deployments, sets, jobs] = await Promise.all([
    client.list("apps/v1", "Deployment"),
    client.list("apps/v1", "StatefulSet"),
    client.list("batch/v1", "Job"),
  ]);
  const named = (found: JsonObject, done: boolean) => ({ name: textAt(found, "metadata", "name"), done });
  return [
    ...deployments.map((each) => named(each, conditionOf(each, "Available") === "True")),
    ...sets.map((each) =>
      named(each, objectAt(each, "status")["readyReplicas"] === objectAt(each, "spec")["replicas"]),
    ),
    ...jobs.map((each) => named(each, conditionOf(each, "Complete") === "True")),
  ];
}
