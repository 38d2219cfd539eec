import { describe, expect, it } from "vitest";
import { generationProblems } from "../../../stacks/engine/generations.ts";
import { readState } from "../../../stacks/engine/state.ts";
import { deployed } from "../../support/deployed.ts";
import { type Changes, environment, KAFKA } from "../../support/platform.ts";

/** The environment with Kafka, its credentials of these generations. */
async function plan(credentialGeneration: number, rest: object = {}) {
  const changes: Changes = {
    "filiera:postgres": { credentialGeneration },
    "filiera:objectStore": { credentialGeneration, ...rest },
    "filiera:kafka": Object.assign({ credentialGeneration }, KAFKA["filiera:kafka"]),
  };
  return (await deployed("dev", environment("dev", changes), { preview: false })).plan;
}

async function change(before: number, after: number, rest: object = {}): Promise<readonly string[]> {
  const resources = (await plan(before)).resources.map(({ urn, type, inputs }) => ({ urn, type, inputs }));
  const problems = generationProblems(await plan(after, rest), readState({ deployment: { resources } }));
  return problems.map(({ path, message }) => `${path}: ${message}`);
}

describe("a generation of credentials", () => {
  it.each([
    [1, 1],
    [1, 2],
    [2, 3],
  ])("may follow the one before it: %i, %i", async (before, after) => {
    expect(await change(before, after)).toEqual([]);
  });

  it("is not passed over, nor taken back", async () => {
    const refused = (path: string, found: number, had: number) =>
      `filiera:${path}.credentialGeneration: found ${found}, and ${had} is deployed: those who use it would be refused before they have the new one; write ${had} or ${had + 1}`;
    const all = ["kafka", "objectStore", "postgres"];
    expect(await change(1, 3)).toEqual(all.map((path) => refused(path, 3, 1)));
    expect(await change(3, 2)).toEqual(all.map((path) => refused(path, 2, 3)));
  });

  it("may be any for what nobody shares: root's password", async () => {
    expect(await change(1, 1, { rootGeneration: 5 })).toEqual([]);
  });
});
