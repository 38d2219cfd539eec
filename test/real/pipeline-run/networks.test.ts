import { cpSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { at } from "../../../constructs/kernel/json.ts";
import { readRun } from "../../../local/pipeline/record.ts";
import { ownProgram } from "../../../local/programs/own.ts";
import { filiera, folder } from "../../support/filiera.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";

const examples = [
  {
    layer: layers.keras,
    example: "maintenance",
    image: "steps-keras",
    model: "machine-failure",
    column: "window",
    package: "keras",
    slices: ["plant.north", "line.1"],
  },
  {
    layer: layers.pytorch,
    example: "imaging",
    image: "steps-pytorch",
    model: "scan-findings",
    column: "pixels",
    package: "torch",
    slices: ["site.b", "sex.f", "age.under 60"],
  },
];

for (const { layer, example, image, model, column, package: needed, slices } of examples) {
  const { skip, title } = skipped(layer);
  describe.skipIf(skip)(title, () => {
    test(`the example ${example} has a champion, and MLflow tells of it and of each epoch`, async () => {
      const cwd = folder();
      cpSync(join(import.meta.dirname, "../../../examples", example), cwd, { recursive: true });
      const env = { MLFLOW_TRACKING_URI: "", FILIERA_KEYS: "" };
      const { code, stderr } = await filiera(["pipeline", "run", example], { cwd, env });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const { outputs } = readRun(cwd, example, "last");
      expect(outputs).toMatchObject({ version: "1", promoted: true, fairness: "fair", reason: "all hold" });

      const { path, env: own } = await ownProgram(image, () => {});
      const { stdout } = await execa(join(path[0] ?? "", "python"), [join(import.meta.dirname, "network.py"), model], {
        env: { ...own, MLFLOW_TRACKING_URI: `sqlite:///${join(cwd, ".filiera/mlflow/mlflow.db")}` },
      });
      const told: unknown = JSON.parse(stdout);
      expect(told).toMatchObject({
        aliases: { challenger: "1", champion: "1" },
        signature: [column],
        example: "answered",
        requirements: expect.arrayContaining([expect.stringMatching(`^${needed}==`)]),
        record: [],
      });
      expect(at(told, "metrics", "auc")).toBeCloseTo(Number(at(outputs, "auc")), 12);
      for (const slice of slices) expect(at(told, "metrics", `${slice}.auc_low`), slice).toEqual(expect.any(Number));
      const losses = Array.from(Object(at(told, "losses")), Number);
      expect(losses.length).toBeGreaterThan(2);
      expect(Math.min(...losses)).toBeLessThan(Number(losses[0]) / 2);
    });
  });
}
