import { artifact, dataset, double, integer, listOf, metrics, model, string } from "../../language/ports.ts";
import { pythonStep } from "../../language/python-step.ts";
import { given, leftOut } from "../given.ts";
import type { DataSchema } from "../types.ts";
import type { DemandRows, ForecasterParameters, StockPolicy } from "./types.ts";

/** The steps for demand of items, and how much of each to order. `file` says where a step's Python is. */
export function forecastSteps(image: string, file: (name: string) => string) {
  const prepareDemand = pythonStep({
    file: file("forecast/prepare_demand"),
    image,
    inputs: { data: dataset(), schema: given<DataSchema>(), demand: leftOut<DemandRows>() },
    outputs: {
      train: dataset(),
      test: dataset(),
      holdout: dataset(),
      current: dataset({ description: "the last day of each item" }),
    },
  });
  const trainForecaster = pythonStep({
    file: file("forecast/train_forecaster"),
    image,
    inputs: { data: dataset(), parameters: leftOut<ForecasterParameters>(), seed: integer({ default: 1 }) },
    outputs: { model: model() },
  });
  const evaluateForecast = pythonStep({
    file: file("forecast/evaluate_forecast"),
    image,
    inputs: {
      model: model(),
      data: dataset(),
      slices: listOf(string(), { optional: true, description: "columns by whose values metrics are told, too" }),
      confidence: double({ default: 0.95 }),
    },
    outputs: {
      metrics: metrics(),
      report: artifact(),
      pinball: double(),
      skill: double({ description: "by which share the loss is below that of the best baseline" }),
    },
  });
  const planStock = pythonStep({
    file: file("forecast/plan_stock"),
    image,
    inputs: {
      name: string({ description: "of the model in MLflow, whose champion plans" }),
      version: string({ description: "what knows the baselines, where there is no champion" }),
      current: dataset(),
      holdout: dataset({ description: "what the policy is measured with" }),
      policy: given<StockPolicy>(),
    },
    outputs: {
      orders: dataset({ description: "a row for each item: reorder_point, order and what they are of" }),
      report: artifact({ description: "service, fill and cost on the holdout, beside those of the baselines" }),
      by: string({ description: "the model that planned, or the baseline: week or level" }),
      saving: double({ description: "of a delivery's cost, in the units of the costs" }),
    },
  });
  return { prepareDemand, trainForecaster, evaluateForecast, planStock } as const;
}
