import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { at } from "../../../constructs/kernel/json.ts";
import { readRun } from "../../../local/pipeline/record.ts";
import { filiera, folder } from "../../support/filiera.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";

const { skip, title } = skipped(layers.iris);

describe.skipIf(skip)(title, () => {
  test("trains four classifiers, takes the best and describes it; a second run takes all of it as it was", async () => {
    const cwd = folder();
    cpSync(join(import.meta.dirname, "../../../examples/iris"), cwd, {
      recursive: true,
      filter: (path) => !path.includes(".filiera"),
    });
    const run = async (...options: readonly string[]) => {
      const { code, stderr } = await filiera(["pipeline", "run", "iris", ...options], { cwd });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      return readRun(cwd, "iris", "last");
    };
    const first = await run();
    const steps = Object.entries(first.tasks).filter(([, { log }]) => log !== undefined);
    expect(steps).toHaveLength(11);
    expect(new Set(steps.map(([, { state }]) => state))).toEqual(new Set(["succeeded"]));
    expect(Number(at(first.outputs, "accuracy"))).toBeGreaterThan(0.9);
    const card = String(at(first.tasks["condition-2/describe"], "outputs", "card", "uri"));
    expect(readFileSync(card, "utf8")).toMatch(
      /^# Iris classifier\n\nA logistic regression of strength [\d.]+, right for 9\d\.\d%/,
    );
    const metrics = at(first.tasks["for-loop-1[0]/evaluate"], "outputs", "metrics");
    expect(metrics).toMatchObject({ artifact: "system.Metrics", metadata: { accuracy: expect.any(Number) } });

    const second = await run("--param", "good_enough=1.1", "--page");
    expect(new Set(Object.values(second.tasks).flatMap(({ log, state }) => (log ? [state] : [])))).toEqual(
      new Set(["cached"]),
    );
    expect(second.tasks["condition-2"]?.state).toBe("skipped");
    expect(second.outputs).toEqual(first.outputs);
    const page = readFileSync(join(cwd, ".filiera/pipeline-runs/iris", second.id, "page/index.html"), "utf8");
    const [, kept = ""] = /<script type="application\/json" id="state">(.*?)<\/script>/s.exec(page) ?? [];
    expect(JSON.parse(kept)).toMatchObject({
      state: "succeeded",
      says: "succeeded: 10 of 10 steps that began are over",
      svg: expect.stringContaining('<g class="group skipped" data-task="condition-2">'),
    });
  });
});
