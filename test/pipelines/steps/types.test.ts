import { expect, test } from "vitest";
import { pipeline, stepLibrary } from "../../../pipelines/index.ts";

const library = stepLibrary({ image: "registry.example.com/filiera/steps:1" });

test("a dataset does not go where a model is wanted, and schemas and rules have the fields that they have", () => {
  const typed = pipeline({ name: "typed" }, (steps) => {
    const data = steps.run(library.ingest, { uri: "x" }).output;
    // @ts-expect-error a dataset is no model
    const model = () => steps.run(library.evaluate, { model: data, data });
    const columns = { x: { type: "number", role: "y" } } as const;
    // @ts-expect-error the role is none of those that there are
    const schema = () => steps.run(library.validateData, { data, schema: { columns } });
    // @ts-expect-error terms have no such field
    const terms = () => steps.run(library.promote, { name: "x", version: "1", holdout: data, terms: { flor: 0.6 } });
    // @ts-expect-error a treatment that there is not
    const policy = () => steps.run(library.ingest, { uri: "x", policy: { columns: { x: "hash" } } });
    // @ts-expect-error a date has no generalisation of that name
    const date = () => steps.run(library.ingest, { uri: "x", policy: { columns: { x: { generalise: "week" } } } });
    const { output: ranks } = steps.run(library.trainRecommender, { data });
    const judge = { model: ranks, train: data, test: data };
    const limits = { equalized_odds_ratio: 1 };
    // @ts-expect-error no limit of classifiers is one of rankings
    const rules = () => steps.run(library.judgeRanking, { ...judge, rules: { limits } });
    // @ts-expect-error a network has no such parameter
    const depth = () => steps.run(library.trainImages, { data, validation: data, parameters: { depth: 3 } });
    const cut = { series: "machine", order: "cycle", values: ["current"], event: "failed", length: 30 };
    // @ts-expect-error windows have a horizon
    const windows = () => steps.run(library.window, { data, recipe: cut });
    expect([model, schema, terms, policy, date, rules, depth, windows]).toHaveLength(8);
  });
  typed.describe();
});
