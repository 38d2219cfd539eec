import {
  artifact,
  choice,
  dataset,
  double,
  integer,
  listOf,
  markdown,
  metrics,
  model,
  string,
  struct,
} from "../../language/ports.ts";
import { pythonStep } from "../../language/python-step.ts";
import { given, leftOut } from "../given.ts";
import type { DataSchema } from "../types.ts";
import type { FeedbackCuts, RankingRules } from "./types.ts";

/** The steps for recommendations by what people took. `file` says where a step's Python is. */
export function rankingSteps(image: string, file: (name: string) => string) {
  const splitFeedback = pythonStep({
    file: file("ranking/split_feedback"),
    image,
    inputs: { data: dataset(), schema: given<DataSchema>(), cuts: leftOut<FeedbackCuts>() },
    outputs: { train: dataset(), test: dataset(), holdout: dataset() },
  });
  const trainRecommender = pythonStep({
    file: file("ranking/train_recommender"),
    image,
    inputs: {
      data: dataset(),
      estimator: choice(["popular", "item_cosine", "ease"], { default: "ease" }),
      parameters: struct({ optional: true, description: "least_users; of ease l2; of item_cosine shrink, neighbours" }),
      k: integer({ default: 10, description: "how many items are recommended" }),
    },
    outputs: { model: model() },
  });
  const evaluateRanking = pythonStep({
    file: file("ranking/evaluate_ranking"),
    image,
    inputs: {
      model: model(),
      data: dataset(),
      slices: listOf(string(), {
        optional: true,
        description: "columns of people by whose values metrics are told, too",
      }),
      confidence: double({ default: 0.95 }),
    },
    outputs: { metrics: metrics(), report: artifact(), ndcg: double(), recall: double() },
  });
  const judgeRanking = pythonStep({
    file: file("ranking/judge_ranking"),
    image,
    inputs: {
      model: model(),
      train: dataset({ description: "what the model learnt from" }),
      test: dataset({ description: "what the verdict is reached with" }),
      rules: given<RankingRules>(),
    },
    outputs: {
      report: artifact(),
      page: markdown(),
      verdict: string({ description: "fair, unfair or undecided" }),
    },
  });
  return { splitFeedback, trainRecommender, evaluateRanking, judgeRanking } as const;
}
