"""Measures how good forecasts are."""

import json
from typing import NamedTuple

from filiera_steps import models
from filiera_steps.forecast.evaluation import evaluate, flat
from filiera_steps.tables import read_table
from kfp.dsl import Artifact, Dataset, Input, Metrics, Model, Output


class Evaluation(NamedTuple):
    """What a pipeline decides by: the loss, and by which share it is below the best baseline's."""

    pinball: float
    skill: float


def evaluate_forecast(
    model: Input[Model],
    data: Input[Dataset],
    metrics: Output[Metrics],
    report: Output[Artifact],
    slices: list = [],  # noqa: B006 - kfp reads no other default of a list
    confidence: float = 0.95,
) -> Evaluation:
    """Compares quantiles with what was asked then, over all and by slices."""
    about = model.metadata
    forecaster = models.read_model(model.path)
    found = evaluate(forecaster, read_table(data.path), about["item"], about["time"], slices, confidence)
    for name, value in flat({**found, "slices": {}}).items():
        metrics.log_metric(name, value)
    with open(report.path, "w", encoding="utf-8") as file:
        json.dump(found, file)
    loss, gain = found["pinball"]["value"], found["gain"]["value"]
    return Evaluation(loss, gain / (loss + gain) if loss + gain else 0.0)
