import { cpSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { at, listAt, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import { readServingRequest } from "../../../constructs/serving/index.ts";
import { readRun } from "../../../local/pipeline/record.ts";
import { filiera, folder, write } from "../../support/filiera.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";
import { ask, env, run, those } from "./library.ts";

const { skip, title } = skipped(layers.library);

const WITHIN = "fraud-of-files/";

/** What MLflow's own client reads back of the model. */
function readBack(cwd: string): Promise<unknown> {
  return ask(cwd, "read_back.py", "card-fraud");
}

describe.skipIf(skip)(title, () => {
  test("biased labels stop a model, mitigation lets it pass, and MLflow tells why", async () => {
    const cwd = folder();
    cpSync(join(import.meta.dirname, "../../../examples/fraud"), cwd, { recursive: true });
    const biased = ["--param", "biased=true"];
    const stopped = await run(cwd, "fraud", ...biased);
    expect(stopped.outputs).toMatchObject({
      version: "1",
      promoted: false,
      fairness: "unfair",
      reason: "fairness: found unfair, wanted fair",
      request: "nothing to deploy: fairness: found unfair, wanted fair",
    });
    expect(globSync(".filiera/serving/**/*.json", { cwd })).toEqual([]);
    expect(await readBack(cwd)).toMatchObject({ aliases: { challenger: "1" }, record: [] });

    const passed = await run(cwd, "fraud", ...biased, "--param", "mitigation=thresholds");
    expect(those(passed, "cached", WITHIN)).toEqual([
      "ingest",
      "ingest-2",
      "payments",
      "preprocess",
      "train",
      "validate-data",
    ]);
    expect(passed.outputs).toMatchObject({ version: "2", promoted: true, fairness: "fair", reason: "all hold" });
    const told = await readBack(cwd);
    expect(told).toMatchObject({
      aliases: { challenger: "2", champion: "2" },
      tags: { fairness: "fair", mitigation: "thresholds", promoted: "true", gates: "all hold" },
      signature: expect.arrayContaining(["amount_log", "origin", "age"]),
      fairness: { verdict: "fair", before: { verdict: "unfair" } },
      record: [],
      entries: [
        {
          version: "1",
          policy: { cardholder: "pseudonymise", born: "generalise" },
          promotion: { promoted: false },
          events: [{ eventType: "START" }, { eventType: "COMPLETE" }],
        },
        { version: "2", promotion: { promoted: true }, events: [{ eventType: "START" }, { eventType: "COMPLETE" }] },
        { version: "2", deployment: { request: at(passed.outputs, "request") }, events: [{}, {}] },
      ],
    });
    const auc = Number(at(passed.outputs, "auc"));
    expect(at(told, "metrics", "auc")).toBeCloseTo(auc, 12);
    for (const slice of ["origin.a", "origin.b", "age.under 60", "merchant.fuel"]) {
      for (const part of ["auc", "auc_low", "recall_high", "brier"]) {
        expect(at(told, "metrics", `${slice}.${part}`), `${slice}.${part}`).toEqual(expect.any(Number));
      }
    }

    // what is asked to be served is that version, with what MLflow tells of it; serving reads it by the same type
    const place = textAt(passed.outputs, "request") ?? "";
    const document = readFileSync(place, "utf8");
    const request = readServingRequest(document, place);
    expect(request).toMatchObject({
      model: { name: "card-fraud", version: "2", uri: "models:/card-fraud/2", task: "classification" },
      runtime: { framework: expect.stringMatching(/^scikit-learn==1\.7\./) },
      source: { data_sha256: at(told, "tags", "data_sha256") },
      fairness: { verdict: "fair", mitigation: "thresholds" },
      gates: [{ gate: "rows" }, { gate: "floor" }, { gate: "data" }, { gate: "fairness", found: "fair" }],
      // nothing was served before
      traffic: { steps: [{ percent: 100, minutes: 0 }] },
      previous: null,
      written: { pipeline_run: passed.id },
      sha256: at(told, "entries", "2", "deployment", "sha256"),
    });
    expect(request.model.inputs.map(({ name }) => name)).toEqual(at(told, "signature"));
    expect(request.evaluation.metrics["auc"]).toBe(at(told, "metrics", "auc"));
    const slices = Object.entries(objectAt(told, "metrics")).filter(([metric]) => metric.endsWith(".auc"));
    expect(request.evaluation.worst["auc"]?.metric).toBe(Math.min(...slices.map(([, value]) => Number(value))));

    const again = await run(cwd, "fraud", ...biased, "--param", "mitigation=thresholds");
    expect(those(again, "succeeded", WITHIN)).toEqual(["deploy", "promote", "record-lineage"]);
    expect(again.outputs).toEqual(passed.outputs);
    // it is there already, as it was, and the record has it once
    expect(readFileSync(place, "utf8")).toBe(document);
    expect(listAt(await readBack(cwd), "entries").map((entry) => Object.hasOwn(entry, "deployment"))).toEqual([
      false,
      false,
      true,
      false,
    ]);

    // a cardholder is erased: their pseudonym was in every table, and nothing leads to it any more
    expect(await ask(cwd, "erase.py", join(cwd, ".filiera"), "card-ay007")).toEqual({
      payments: expect.any(Number),
      models: 2,
      pseudonym: ["data", "holdout", "test", "train", "valid", "validation"],
      erased: 1,
      known: [],
      key: [],
      record: [],
    });
    expect(await readBack(cwd)).toMatchObject({ record: [] });
  });

  test("data is taken in once, and again when a row has changed; what is wrong with it is told", async () => {
    const cwd = folder();
    write(cwd, {
      "pipelines/taken.mjs": `
        import { dataset, pipeline, stepLibrary } from "filiera/pipelines";
        const { ingest, validateData } = stepLibrary({ image: "registry.example.com/filiera/steps:1" });
        const schema = { columns: { amount: { type: "number", min: 0 }, bad: { type: "boolean", role: "target" } } };
        export const taken = pipeline({ name: "taken", inputs: { source: dataset() } }, (steps, { source }) => {
          const data = steps.run(ingest, { source, format: "csv" }).output;
          steps.run(validateData, { data, schema });
        });`,
    });
    const file = join(cwd, "payments.csv");
    const rows = ["amount,bad", "1,true", "2,false", "3,true", "4,false"];
    const take = (lines: readonly string[]) => {
      writeFileSync(file, `${lines.join("\n")}\n`);
      return filiera(["pipeline", "run", "taken", "--file", `source=${file}`], { cwd, env });
    };
    expect(await take(rows)).toMatchObject({ code: 0, stderr: "" });
    expect(await take(rows)).toMatchObject({ code: 0, stderr: "" });
    expect(those(readRun(cwd, "taken", "last"), "cached")).toEqual(["ingest", "validate-data"]);
    const wrong = await take(rows.with(1, "-1,"));
    expect(those(readRun(cwd, "taken", "last"), "succeeded")).toEqual(["ingest"]);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain(
      "taken/validate-data: found that it failed (exit status 1: filiera_steps.errors.StepError: [data.amount] found -1, the least that is allowed is 0; [data.bad] found 1 rows without a label, the first is row 0: label them or leave them out)",
    );
  });
});
