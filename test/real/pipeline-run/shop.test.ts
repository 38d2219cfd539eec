import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { at } from "../../../constructs/kernel/json.ts";
import { folder } from "../../support/filiera.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";
import { ask, run } from "./library.ts";

const { skip, title } = skipped(layers.library);

describe.skipIf(skip)(title, () => {
  test("a shop hides a supplier and recommends no more, its demand is forecast and ordered, and MLflow tells of both", async () => {
    const cwd = folder();
    cpSync(join(import.meta.dirname, "../../../examples/shop"), cwd, { recursive: true });
    const biased = await run(cwd, "shop", "--param", "biased=true");
    expect(biased.outputs).toMatchObject({
      recommended: "fairness: found unfair, wanted fair",
      fairness: "unfair",
      forecast: "all hold",
    });
    expect(Number(at(biased.outputs, "skill"))).toBeGreaterThan(0.1);
    expect(await ask(cwd, "read_shop.py")).toMatchObject({
      recommendations: {
        aliases: { challenger: "1" },
        tags: { fairness: "unfair", promoted: "false" },
        entries: [{ policy: { customer: "pseudonymise", born: "generalise" }, promotion: { promoted: false } }],
        record: [],
        unknown: [0, 0],
        listed: [10, 10],
      },
      demand: {
        aliases: { challenger: "1", champion: "1" },
        tags: { promoted: "true", data_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
        record: [],
        columns: ["q0.05", "q0.25", "q0.5", "q0.75", "q0.9", "q0.95", "q0.98"],
      },
      models: 2,
      // nobody's name or pseudonym is in what was learnt
      told: [],
    });
  });
});
