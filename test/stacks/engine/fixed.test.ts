import { expect, it } from "vitest";
import { fixedProblems, lostStores } from "../../../stacks/engine/fixed.ts";
import { readState } from "../../../stacks/engine/state.ts";
import { type Deployed, deployed } from "../../support/deployed.ts";
import { type Changes, environment, RECOVERED } from "../../support/platform.ts";

/** An environment with a Kafka, deployed and then changed: what is said before anything is touched. */
async function change(before: object, after: object, others: { before?: Changes; after?: Changes } = {}) {
  const run = (kafka: object, more: Changes = {}): Promise<Deployed> =>
    deployed("dev", environment("dev", { ...more, "filiera:kafka": { kind: "strimzi", ...kafka } }), {
      preview: false,
    });
  const first = await run(before, others.before);
  const resources = first.plan.resources.map(({ urn, type, inputs }) => ({ urn, type, inputs }));
  const { plan } = await run(after, others.after);
  return fixedProblems(plan, readState({ deployment: { resources } })).map(
    ({ path, message }) => `${path}: ${message}`,
  );
}

const topic = (settings: object) => ({
  brokers: { replicas: 3 },
  topics: { payments: { partitions: 6, ...settings } },
});

it("what grows, or comes, may be changed", async () => {
  const grown = { brokers: { replicas: 5, storage: "30Gi" }, topics: { payments: { partitions: 12, replicas: 3 } } };
  expect(await change(topic({}), grown)).toEqual([]);
  expect(await change({}, topic({}))).toEqual([]);
  expect(await change(topic({}), { brokers: { replicas: 3 } })).toEqual([]);
});

it("no partition is taken away, and no copy is moved", async () => {
  expect(await change(topic({}), topic({ partitions: 3, replicas: 2 }))).toEqual([
    "platform/data/kafka/topic-payments: has 6 partitions, and 3 are asked for: Kafka takes none away; write 6 or more, or another name and copy the records",
    "platform/data/kafka/topic-payments: has 3 copies of each partition, and 2 are asked for: Strimzi moves copies with Cruise Control alone, which is not here; write replicas: 3, or another name and copy the records",
  ]);
});

it("no volume shrinks, of a Kafka or a PostgreSQL", async () => {
  const postgres = (storage: string, walStorage: string) => ({ "filiera:postgres": { storage, walStorage } });
  expect(
    await change(
      { brokers: { storage: "20Gi" } },
      { brokers: { storage: "10240Mi" } },
      { before: postgres("20Gi", "5Gi"), after: postgres("10Gi", "1Gi") },
    ),
  ).toEqual([
    "platform/data/kafka/nodes: the volume of each node has 20Gi, and 10240Mi are asked for: a volume grows, and never shrinks; write 20Gi or more",
    "platform/data/postgres/cluster: the volume of each server has 20Gi, and 10Gi are asked for: a volume grows, and never shrinks; write 20Gi or more",
    "platform/data/postgres/cluster: the volume of each server's write-ahead log has 5Gi, and 1Gi are asked for: a volume grows, and never shrinks; write 5Gi or more",
  ]);
});

it("a Kafka keeps its kinds of nodes while it is there", async () => {
  const controllers = { replicas: 3, storage: "5Gi", resources: { requests: { cpu: 1, memory: "1Gi" } } };
  expect(await change({}, { controllers })).toEqual([
    "platform/data/kafka/cluster: would lose its nodes, and the records on them: brokers and controllers can be neither parted nor joined later; take its controllers out again, or make another Kafka and copy the records",
  ]);
  expect(await change({ controllers }, {})).toEqual([
    "platform/data/kafka/cluster: would lose its brokers, and the records on them: brokers and controllers can be neither parted nor joined later; give it controllers again, or make another Kafka and copy the records",
    "platform/data/kafka/cluster: would lose its controllers, and the records on them: brokers and controllers can be neither parted nor joined later; give it controllers again, or make another Kafka and copy the records",
  ]);
});

it("a Kafka that is gone from the file is told, with the way to let it go", async () => {
  const { plan } = await deployed("dev", environment("dev", { "filiera:kafka": { kind: "strimzi" } }), {
    preview: false,
  });
  const resources = plan.resources.map(({ urn, type, inputs }) => ({ urn, type, inputs }));
  const state = readState({ deployment: { resources } });
  const without = await deployed("dev", environment("dev"), { preview: false });
  expect(fixedProblems(without.plan, state)).toEqual([]);
  expect(lostStores(plan, state)).toEqual([]);
  expect(lostStores(without.plan, state)).toEqual([
    {
      path: "filiera:kafka",
      message:
        "is gone from the file, and with it would go the Kafka kafka and all its data: put it back, or say that the data may go with --allow-data-loss",
    },
  ]);
});

/** Staging with clusters of PostgreSQL: what it plans, and how that stands in the state once it is deployed. */
async function clusters(postgres: object) {
  const { plan } = await deployed("staging", environment("staging", { "filiera:postgres": postgres }), {
    preview: false,
  });
  const resources = plan.resources.map(({ urn, type, inputs }) => ({ urn, type, inputs }));
  return { plan, state: readState({ deployment: { resources } }) };
}

it("a cluster is recovered once, to one time", async () => {
  const recovered = (to: string) => ({ recoveries: { "postgres-2": { to } } });
  const before = await clusters(recovered("2026-11-27T10:00:00Z"));
  const { plan } = await clusters(recovered("2026-11-27T11:00:00Z"));
  expect(fixedProblems(before.plan, before.state)).toEqual([]);
  expect(fixedProblems(plan, before.state)).toEqual([
    {
      path: "platform/data/postgres-2/cluster",
      message:
        "is recovered from postgres as of 2026-11-27T10:00:00.000Z, and postgres as of 2026-11-27T11:00:00.000Z is asked for: a cluster is recovered once; give the new one another name",
    },
  ]);
});

it("a cluster that is retired is told, with the way to let it go", async () => {
  const { recoveries, serving } = Object(RECOVERED["filiera:postgres"]);
  const before = await clusters({ recoveries, serving });
  const after = await clusters({ recoveries, serving, retired: ["postgres"] });
  expect(lostStores(before.plan, before.state)).toEqual([]);
  expect(lostStores(after.plan, before.state)).toEqual([
    {
      path: "filiera:postgres",
      message:
        "has one cluster less, and with it would go the Cluster postgres and all its data: put it back, or say that the data may go with --allow-data-loss",
    },
  ]);
});
