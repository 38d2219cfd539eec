import {
  boolean,
  choice,
  dataset,
  double,
  integer,
  keyed,
  pipeline,
  pythonStep,
  stepLibrary,
  string,
  tracked,
} from "filiera/pipelines";
import { claim, fairness, feedback, image, names, policy, ranking, secret } from "./config.ts";

const { ingest, validateData, register, promote, recordLineage, ...of } = stepLibrary({ image });
const mlflow = tracked({ secret });
// who is the champion, and what is recorded, may have changed since it was last asked
const anew = { ...mlflow, cache: false };

const goods = pythonStep({
  file: new URL("goods.py", import.meta.url),
  inputs: { people: integer(), items: integer(), seed: integer(), biased: boolean() },
  outputs: { feedback: dataset() },
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
    steps.run(recordLineage, { pipeline: "recommendations", data, registered, promotion: promotion.report }, anew);
    const { promoted, reason } = promotion;
    return { version, promoted, reason, fairness: judged.verdict, ndcg: evaluated.ndcg };
  },
);

/** The same with a shop that is made up. */
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
    outputs: { recommended: string(), fairness: string(), ndcg: double() },
  },
  (steps, { people, items, seed, biased, estimator }) => {
    const { feedback } = steps.run(goods, { people, items, seed, biased }).outputs;
    const { reason, fairness, ndcg } = steps.run(recommendations, { taken: feedback, estimator }).outputs;
    return { recommended: reason, fairness, ndcg };
  },
);
