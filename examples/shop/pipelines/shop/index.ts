import {
  boolean,
  choice,
  dataset,
  deploying,
  double,
  integer,
  keyed,
  pipeline,
  pythonStep,
  stepLibrary,
  string,
  tracked,
} from "filiera/pipelines";
import {
  claim,
  demand,
  fairness,
  feedback,
  forecasting,
  image,
  names,
  policy,
  ranking,
  requests,
  sales,
  secret,
  stocked,
} from "./config.ts";

const { ingest, validateData, register, promote, recordLineage, deploy, ...of } = stepLibrary({ image });
const mlflow = tracked({ secret });
// who is the champion, and what is recorded, may have changed since it was last asked
const anew = { ...mlflow, cache: false };
const serving = { ...deploying({ mlflow: secret, requests }), cache: false };

const goods = pythonStep({
  file: new URL("goods.py", import.meta.url),
  inputs: { people: integer(), items: integer(), seed: integer(), biased: boolean() },
  outputs: { feedback: dataset(), sales: dataset() },
  image,
});

const estimator = choice(["popular", "item_cosine", "ease"], { default: "ease" });

/** From who took what, in a CSV file, to a champion that recommends. */
export const recommendations = pipeline(
  {
    name: "recommendations",
    inputs: { taken: dataset(), estimator },
    outputs: { version: string(), promoted: boolean(), reason: string(), fairness: string(), ndcg: double() },
  },
  (steps, { taken, estimator }) => {
    const data = steps.run(ingest, { source: taken, format: "csv", policy }, keyed({ claim })).output;
    const { valid, skewed } = steps.run(validateData, { data, schema: feedback }).outputs;
    const { train, test, holdout } = steps.run(of.splitFeedback, { data: valid, schema: feedback }).outputs;
    const model = steps.run(of.trainRecommender, { data: train, estimator }).output;
    const evaluated = steps.run(of.evaluateRanking, { model, data: test, slices: ["born"] }).outputs;
    const judged = steps.run(of.judgeRanking, { model, train, test, rules: fairness }).outputs;
    const name = names.recommendations;
    const { registered, version } = steps.run(
      register,
      { model, train, evaluation: evaluated.report, fairness: judged.report, name },
      mlflow,
    ).outputs;
    const promotion = steps.run(
      promote,
      { name, version, holdout, fairness: judged.verdict, skewed, terms: ranking },
      anew,
    ).outputs;
    const { promoted, reason, report } = promotion;
    const recorded = steps.run(
      recordLineage,
      { pipeline: "recommendations", data, registered, promotion: report },
      anew,
    ).outputs;
    steps.run(deploy, { promotion: report, record: recorded.head }, serving);
    return { version, promoted, reason, fairness: judged.verdict, ndcg: evaluated.ndcg };
  },
);

/** From sales, in a CSV file, to a champion that forecasts, and to what should be ordered. */
export const stock = pipeline(
  {
    name: "stock",
    inputs: { sold: dataset(), seed: integer({ default: 1 }) },
    outputs: { version: string(), promoted: boolean(), reason: string(), skill: double(), saving: double() },
  },
  (steps, { sold, seed }) => {
    const data = steps.run(ingest, { source: sold, format: "csv" }).output;
    const { valid, skewed } = steps.run(validateData, { data, schema: sales }).outputs;
    const rows = steps.run(of.prepareDemand, { data: valid, schema: sales, demand }).outputs;
    const { train, test, holdout, current } = rows;
    const model = steps.run(of.trainForecaster, { data: train, seed }).output;
    const evaluated = steps.run(of.evaluateForecast, { model, data: test, slices: ["supplier"] }).outputs;
    const name = names.demand;
    const { registered, version } = steps.run(
      register,
      { model, train, evaluation: evaluated.report, name },
      mlflow,
    ).outputs;
    const promotion = steps.run(promote, { name, version, holdout, skewed, terms: forecasting }, anew);
    const { promoted, reason, report } = promotion.outputs;
    const recorded = steps.run(recordLineage, { pipeline: "stock", data, registered, promotion: report }, anew);
    steps.run(deploy, { promotion: report, record: recorded.outputs.head }, serving);
    const planned = steps.run(of.planStock, { name, version, current, holdout, policy: stocked }, anew);
    planned.after(promotion);
    return { version, promoted, reason, skill: evaluated.skill, saving: planned.outputs.saving };
  },
);

/** Both with a shop that is made up. */
export const shop = pipeline(
  {
    name: "shop",
    inputs: {
      people: integer({ default: 600 }),
      items: integer({ default: 150 }),
      seed: integer({ default: 1 }),
      biased: boolean({ default: false, description: "whether the shop hid what local suppliers offer" }),
      estimator,
    },
    outputs: {
      recommended: string(),
      fairness: string(),
      ndcg: double(),
      forecast: string(),
      skill: double(),
      saving: double(),
    },
  },
  (steps, { people, items, seed, biased, estimator }) => {
    const made = steps.run(goods, { people, items, seed, biased }).outputs;
    const shown = steps.run(recommendations, { taken: made.feedback, estimator }).outputs;
    const ordered = steps.run(stock, { sold: made.sales, seed }).outputs;
    return {
      recommended: shown.reason,
      fairness: shown.fairness,
      ndcg: shown.ndcg,
      forecast: ordered.reason,
      skill: ordered.skill,
      saving: ordered.saving,
    };
  },
);
